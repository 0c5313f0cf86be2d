/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/engine_loop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include "tools/hd-bench/engine_ring.h"
#include "tools/hd-bench/engine_wait.h"
#include "tools/hd-bench/receiver.h"
#include "tools/hd-bench/sender.h"
#include "util/error.h"
#include "util/mono.h"

#define EVENTS_MAX 256
#define CHURN_LIFE_NS MONO_NS_PER_S
#define SLOW_STEP_NS (100 * MONO_NS_PER_MS) /* a slow reader reads that often */
#define SLOW_RECV_BUFFER (64 * 1024)

static void complain(struct engine *e, const char *what, const char *why)
{
	if (e->complaint[0] == '\0')
		snprintf(e->complaint, sizeof(e->complaint), "%s: %s", what, why);
}

static bool in_traffic(const struct engine *e)
{
	return atomic_load_explicit(&e->run->stage, memory_order_acquire) == CLIENT_TRAFFIC;
}

/* --- connections ------------------------------------------------------------ */

static bool logging_in(const struct client *c)
{
	return c->conn.state != CONN_CLOSED && c->conn.state < CONN_READY;
}

static void drop(struct engine *e, struct client *c)
{
	if (logging_in(c))
		e->logins_open--;
	list_remove(&c->rx_node);
	list_remove(&c->tx_node);
	c->ending = false;
	if (c->conn.carried)
		engine_ring_drop(e, c);
	else
		conn_close(&c->conn);
}

/* The connection ended on its own. */
static void lose(struct engine *e, struct client *c, int err)
{
	if (c->conn.state == CONN_READY) {
		complain(e, "connection lost", conn_why(&c->conn, err));
		count_add(&e->log.count.other[COUNT_CLOSED], 1);
		if (err == ERROR_MALFORMED)
			count_add(&e->log.count.other[COUNT_PROTOCOL], 1);
	} else {
		complain(e, "login failed", conn_why(&c->conn, err));
		count_add(&e->log.count.other[COUNT_LOGINS_FAILED], 1);
	}
	drop(e, c);
}

static void open_client(struct engine *e, struct client *c)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c };
	int err = conn_open(&c->conn, c->plan->role == PLAN_SLOW ? SLOW_RECV_BUFFER : 0);

	if (!err) {
		e->logins_open++;
		if (epoll_ctl(e->epoll, EPOLL_CTL_ADD, c->conn.transport.fd, &ev) != 0)
			err = ERROR_IO;
	}
	if (err) {
		complain(e, "connecting", conn_why(&c->conn, err));
		count_add(&e->log.count.other[COUNT_LOGINS_FAILED], 1);
		if (c->conn.state != CONN_CLOSED)
			drop(e, c);
	}
}

static void open_more(struct engine *e)
{
	for (; e->login_at < e->count && e->logins_open < e->parallel; e->login_at++)
		if (e->mine[e->login_at]->plan->role != PLAN_CHURN)
			open_client(e, e->mine[e->login_at]);
}

static void logged_in(struct engine *e, struct client *c, uint64_t now_ns)
{
	e->logins_open--;
	hist_add(&e->log.login, now_ns - c->conn.opened_ns);
	count_add(&e->log.count.other[COUNT_LOGINS], 1);
	if (!c->counted_login && c->plan->role != PLAN_CHURN)
		count_add(&e->log.count.other[COUNT_LOGINS_PENDING], UINT64_MAX);
	c->counted_login = true;
	if (!in_traffic(e))
		open_more(e);
}

/* --- sending ---------------------------------------------------------------- */

static void run_sender(struct engine *e, struct client *c, uint64_t now_ns)
{
	enum client_verdict verdict;
	int err = sender_run(c, now_ns, &verdict);

	if (err) {
		lose(e, c, err);
		return;
	}
	if (c->conn.carried)
		err = engine_ring_send(e, c);
	if (err) {
		lose(e, c, err);
		return;
	}
	c->sender->verdict = verdict;
	if (verdict == CLIENT_AGAIN)
		list_push_back(&e->tx, &c->tx_node);
	else if (verdict == CLIENT_LATER)
		due_push(&e->due, c->sender->pace.next_ns, c);
}

/* What it waited for has happened. */
static void resume_sender(struct engine *e, struct client *c, enum client_verdict waited_for)
{
	if (!c->sender || !e->started || c->conn.state != CONN_READY || c->sender->verdict != waited_for)
		return;
	c->sender->verdict = CLIENT_AGAIN;
	list_push_back(&e->tx, &c->tx_node);
}

static void start_senders(struct engine *e)
{
	e->started = true;
	e->churn_next_ns = e->run->start_ns;
	for (uint32_t i = 0; i < e->count; i++) {
		if (!e->mine[i]->sender || e->mine[i]->conn.state != CONN_READY)
			continue;
		sender_start(e->mine[i]);
		e->mine[i]->sender->verdict = CLIENT_LATER;
		due_push(&e->due, e->mine[i]->sender->pace.next_ns, e->mine[i]);
	}
}

static void wake_slow_reader(struct engine *e, struct client *c)
{
	c->slow_waits = false;
	if (!list_linked(&c->rx_node))
		list_push_back(&e->rx, &c->rx_node);
}

static void send_all(struct engine *e, uint64_t now_ns)
{
	struct list ready;
	struct client *c;
	struct list_node *n;

	list_init(&ready);
	list_splice_back(&ready, &e->tx);
	while ((n = list_pop_front(&ready)))
		run_sender(e, list_entry(n, struct client, tx_node), now_ns);
	while ((c = due_pop(&e->due, now_ns))) {
		if (c->conn.state != CONN_READY)
			continue;
		if (c->sender)
			run_sender(e, c, now_ns);
		else
			wake_slow_reader(e, c);
	}
}

/* Blocked senders, and those with something else to write, go on with writing. */
static void writable(struct engine *e, struct client *c)
{
	int err;

	if (c->conn.state == CONN_READY && conn_out_empty(&c->conn))
		return;
	err = conn_push(&c->conn);
	if (err && err != ERROR_MORE)
		lose(e, c, err);
	else if (!err)
		resume_sender(e, c, CLIENT_BLOCKED);
}

/* --- receiving -------------------------------------------------------------- */

/* A receiver has seen more. */
static void open_window(struct engine *e, const struct client *c)
{
	if (c->plan->role == PLAN_TRAFFIC && e->run->options->window_bytes)
		resume_sender(e, &e->run->clients[c->plan->source_first], CLIENT_WINDOW);
}

static int take(struct engine *e, struct client *c, size_t len)
{
	uint64_t now_ns = mono_now_ns();
	const uint8_t *data = e->buffer;

	if (c->conn.state != CONN_READY) {
		ssize_t n = conn_login(&c->conn, data, len);

		if (n < 0 && n != ERROR_MORE)
			return (int)n;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
		if (c->conn.state == CONN_READY)
			logged_in(e, c, now_ns);
	}
	if (c->conn.state == CONN_READY) {
		ssize_t n = receiver_take(c, data, len, now_ns);

		if (n < 0)
			return (int)n;
		data += n;
		len -= (size_t)n;
	}
	return len > CONN_FRAME_MAX ? ERROR_MALFORMED : conn_keep(&c->conn, data, len);
}

/* Reads once. More waits for the next round, so that everyone gets a turn. */
static void receive(struct engine *e, struct client *c, size_t cap)
{
	size_t len;
	bool more;
	int err;

	if (c->conn.state < CONN_UPGRADING)
		return;
	err = conn_pull(&c->conn, e->buffer, cap, &len, &more);
	if (err == ERROR_MORE)
		return;
	if (!err)
		err = take(e, c, len);
	if (err) {
		lose(e, c, err);
		return;
	}
	if (more || c->ending)
		list_push_back(&e->rx, &c->rx_node);
	open_window(e, c);
}

/* Reads its share of bytes, then nothing until the next share is due. */
static void receive_slowly(struct engine *e, struct client *c, uint64_t now_ns)
{
	uint64_t share = e->run->options->slow_bytes_per_s * SLOW_STEP_NS / MONO_NS_PER_S;

	if (now_ns >= c->slow_next_ns) {
		if (share)
			receive(e, c,
				c->conn.rest_len +
					(share < ENGINE_LOOP_READ_SIZE ? share : ENGINE_LOOP_READ_SIZE));
		c->slow_next_ns = now_ns + SLOW_STEP_NS;
	}
	if (c->conn.state != CONN_READY)
		return;
	list_remove(&c->rx_node);
	if (!c->slow_waits)
		due_push(&e->due, c->slow_next_ns, c);
	c->slow_waits = true;
}

static void receive_all(struct engine *e, uint64_t now_ns)
{
	struct list ready;
	struct list_node *n;

	list_init(&ready);
	list_splice_back(&ready, &e->rx);
	while ((n = list_pop_front(&ready))) {
		struct client *c = list_entry(n, struct client, rx_node);

		if (c->plan->role == PLAN_SLOW && !c->sender && c->conn.state == CONN_READY)
			receive_slowly(e, c, now_ns);
		else
			receive(e, c, ENGINE_LOOP_BUFFER_SIZE);
	}
}

/* --- carried by the ring ---------------------------------------------------- */

static void on_data(struct engine *e, const struct engine_ring_event *event, uint64_t now_ns)
{
	struct client *c = event->client;
	int err = receiver_take_carried(c, event->data, event->len, now_ns);

	engine_ring_return(e, event);
	/* An answer, if the relay asked for one. */
	if (!err)
		err = engine_ring_send(e, c);
	if (err)
		lose(e, c, err);
	else
		open_window(e, c);
}

static void take_carried_all(struct engine *e)
{
	uint64_t now_ns = mono_now_ns();

	for (;;) {
		struct engine_ring_event event;

		engine_ring_next(e, &event);
		switch (event.kind) {
		case ENGINE_RING_NOTHING:
			return;
		case ENGINE_RING_DATA:
			on_data(e, &event, now_ns);
			break;
		case ENGINE_RING_ROOM:
			resume_sender(e, event.client, CLIENT_BLOCKED);
			break;
		case ENGINE_RING_LOST:
			lose(e, event.client, event.err);
			break;
		}
	}
}

/* --- the loop --------------------------------------------------------------- */

static void churn(struct engine *e, uint64_t now_ns)
{
	while (e->churn_count && now_ns >= e->churn_next_ns) {
		struct client *c = e->mine[e->churn_first + e->churn_at];

		e->churn_at = (e->churn_at + 1) % e->churn_count;
		e->churn_next_ns += CHURN_LIFE_NS / e->churn_count;
		if (c->conn.state != CONN_CLOSED)
			drop(e, c);
		open_client(e, c);
	}
}

/* What is in flight was lost, if it is in flight for that long. */
static void forgive_all(struct engine *e, uint64_t now_ns)
{
	for (uint32_t i = 0; e->run->options->window_bytes && i < e->count; i++) {
		struct client *c = e->mine[i];

		if (c->sender && c->sender->window && sender_stuck(c, now_ns))
			resume_sender(e, c, CLIENT_WINDOW);
	}
}

static void take_events(struct engine *e, const struct epoll_event *events, int count)
{
	for (int i = 0; i < count; i++) {
		struct client *c = events[i].data.ptr;
		bool secured = c->conn.state >= CONN_UPGRADING;

		if (c->conn.state == CONN_CLOSED)
			continue;
		/* A slow reader's turn comes by time. */
		if (c->slow_waits)
			continue;
		/* An end that comes together with data has no event of its own. */
		if (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
			c->ending = true;
		writable(e, c);
		if (c->conn.state == CONN_CLOSED || list_linked(&c->rx_node))
			continue;
		/* A handshake may have read more than its own: no event tells that. */
		secured = !secured && c->conn.state >= CONN_UPGRADING;
		if (events[i].events & ~(uint32_t)EPOLLOUT || secured)
			list_push_back(&e->rx, &c->rx_node);
	}
}

/* Without it all goes on as it is. */
static void start_ring(struct engine *e)
{
	int err = e->by_ring ? engine_ring_start(e) : 0;

	if (err)
		complain(e, "io_uring", err == ERROR_NO_MEMORY ? error_text(err) : strerror(errno));
}

void *engine_loop_run(void *arg)
{
	struct epoll_event events[EVENTS_MAX];
	struct engine *e = arg;

	prctl(PR_SET_TIMERSLACK, 1ul);
	open_more(e);
	while (atomic_load_explicit(&e->run->stage, memory_order_acquire) != CLIENT_FINISH) {
		uint64_t now_ns = mono_now_ns();
		int n = engine_wait(e, events, EVENTS_MAX, now_ns);

		if (n < 0 && errno != EINTR) {
			complain(e, "epoll", strerror(errno));
			break;
		}
		take_events(e, events, n);
		if (e->ring)
			take_carried_all(e);
		now_ns = mono_now_ns();
		receive_all(e, now_ns);
		if (!e->started && in_traffic(e)) {
			start_ring(e);
			start_senders(e);
		}
		if (!e->started)
			continue;
		send_all(e, mono_now_ns());
		if (now_ns < e->tick_ns)
			continue;
		e->tick_ns = now_ns + ENGINE_WAIT_MAX_NS;
		forgive_all(e, now_ns);
		if (now_ns < atomic_load_explicit(&e->run->end_ns, memory_order_relaxed))
			churn(e, now_ns);
	}
	engine_ring_stop(e);
	for (uint32_t i = 0; i < e->count; i++)
		if (e->mine[i]->sender && e->started && e->mine[i]->conn.state == CONN_READY)
			sender_settle(e->mine[i]);
	return NULL;
}
