/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/engine_ring.h"

#include <errno.h>
#include <sys/epoll.h>

#include "data/ring.h"
#include "util/error.h"

/* Few buffers, which stay in the CPU's cache. But as much must be read in a round
 * as all senders can write in one, an outbox each, and more: else what waits in
 * the relay grows until it drops, and the loss is ours. At a fixed rate all of it
 * is to be read in one round, too: a socket that waits for another's buffer adds
 * to the delay that is measured. */
#define BUF_SIZE (64 * 1024)
#define BUF_COUNT_LEAST 16
#define BUF_COUNT_MAX 1024
/* More than can come at once: only the time ends such a wait. */
#define PATIENCE 4096

enum { TAG_RECV, TAG_SEND };

static uint64_t tag_of(const struct client *c, unsigned kind)
{
	return (uint64_t)c->index << 1 | kind;
}

static void receive(struct engine *e, struct client *c)
{
	c->conn.receiving = true;
	ring_recv(e->ring, c->conn.transport.fd, tag_of(c, TAG_RECV));
}

static bool is_of_load(const struct client *c)
{
	return c->plan->role == PLAN_TRAFFIC && c->conn.state == CONN_READY;
}

static uint32_t buffers_for(const struct engine *e)
{
	uint32_t count = BUF_COUNT_LEAST, senders = 0;

	for (uint32_t i = 0; i < e->count; i++)
		senders += is_of_load(e->mine[i]) && e->mine[i]->plan->dest_count > 0;
	while (count < senders + senders / 2 && count < BUF_COUNT_MAX)
		count *= 2;
	return count;
}

static void carry(struct engine *e, struct client *c)
{
	int fd = c->conn.transport.fd;

	if (!is_of_load(c) || conn_carry(&c->conn) != 0)
		return;
	hd_assert(epoll_ctl(e->epoll, EPOLL_CTL_DEL, fd, NULL) == 0);
	list_remove(&c->rx_node);
	e->carried++;
	count_add(&e->log.count.other[COUNT_CARRIED], 1);
	receive(e, c);
}

int engine_ring_start(struct engine *e)
{
	struct ring_settings settings = {
		.buf_size = BUF_SIZE, .buf_count = buffers_for(e), .wake_fd = e->epoll
	};
	int err = ring_new(&e->ring, &settings);

	list_init(&e->starved);
	list_init(&e->fed);
	e->round = 1;
	for (uint32_t i = 0; !err && i < e->count; i++)
		carry(e, e->mine[i]);
	return err;
}

int engine_ring_send(struct engine *e, struct client *c)
{
	const uint8_t *data;
	ssize_t n = conn_hand_out(&c->conn, &data);

	if (n > 0)
		ring_send(e->ring, c->conn.transport.fd, data, (size_t)n, false, tag_of(c, TAG_SEND));
	return n < 0 ? (int)n : 0;
}

static void cancel(struct engine *e, const struct client *c)
{
	if (c->conn.receiving)
		ring_cancel(e->ring, tag_of(c, TAG_RECV));
	if (c->conn.sending)
		ring_cancel(e->ring, tag_of(c, TAG_SEND));
}

static void close_when_over(struct engine *e, struct client *c)
{
	if (c->conn.receiving || c->conn.sending)
		return;
	e->carried--;
	conn_close(&c->conn);
}

void engine_ring_drop(struct engine *e, struct client *c)
{
	c->conn.state = CONN_LEAVING;
	cancel(e, c);
	close_when_over(e, c);
}

static void receive_again(struct engine *e, struct list *clients)
{
	struct list_node *n;

	while ((n = list_pop_front(clients)))
		receive(e, list_entry(n, struct client, rx_node));
}

/* Buffers go to receives in the order of these, and the first may take all:
 * whoever had none in the last round comes first, so that all have their turn. */
static bool feed(struct engine *e)
{
	bool any = !list_empty(&e->starved) || !list_empty(&e->fed);

	receive_again(e, &e->starved);
	receive_again(e, &e->fed);
	return any;
}

void engine_ring_wait(struct engine *e, uint64_t ns, bool patient)
{
	bool more = feed(e);

	e->round++;
	if (ns == 0 || more)
		ring_enter(e->ring, 0);
	else
		ring_linger(e->ring, patient ? PATIENCE : 1, (int64_t)ns);
}

static void lost(struct engine_ring_event *event, int error)
{
	event->kind = ENGINE_RING_LOST;
	event->err = ERROR_IO;
	errno = error;
}

/* A receive has brought something, or is over. */
static void on_receive(struct engine *e, const struct ring_event *r, struct engine_ring_event *event)
{
	struct client *c = event->client;

	c->conn.receiving = r->more;
	if (r->has_buf && r->res > 0) {
		event->kind = ENGINE_RING_DATA;
		event->data = ring_buf(e->ring, r->buf);
		event->len = (size_t)r->res;
		event->buf = r->buf;
		c->conn.fed_round = e->round;
		/* It ended for lack of room in the queue of events, no more. */
		if (!r->more)
			receive(e, c);
		return;
	}
	if (r->has_buf)
		ring_buf_return(e->ring, r->buf);
	if (r->res == 0) {
		event->kind = ENGINE_RING_LOST;
		event->err = ERROR_CLOSED;
	} else if (r->res != -ENOBUFS && r->res != -EINTR) {
		lost(event, -r->res);
	} else if (!r->more && r->res == -EINTR) {
		receive(e, c);
	} else if (!r->more) {
		list_push_back(c->conn.fed_round == e->round ? &e->fed : &e->starved, &c->rx_node);
	}
}

/* A send has ended. What the socket did not take waits for room there. */
static void on_sent(struct engine *e, const struct ring_event *r, struct engine_ring_event *event)
{
	struct client *c = event->client;
	bool blocked = c->conn.blocked;
	const uint8_t *data;
	ssize_t n;

	conn_handed(&c->conn, r->res > 0 ? (size_t)r->res : 0);
	if (r->res < 0 && r->res != -EAGAIN && r->res != -EINTR) {
		lost(event, -r->res);
		return;
	}
	n = conn_hand_out(&c->conn, &data);
	if (n < 0) {
		event->kind = ENGINE_RING_LOST;
		event->err = (int)n;
	} else if (n > 0) {
		c->conn.blocked = true;
		ring_send(e->ring, c->conn.transport.fd, data, (size_t)n, true, tag_of(c, TAG_SEND));
	} else if (blocked) {
		event->kind = ENGINE_RING_ROOM;
	}
}

/* Of a connection that is over, or of a run that is. */
static void on_end(struct engine *e, const struct ring_event *r, struct client *c)
{
	if (r->has_buf)
		ring_buf_return(e->ring, r->buf);
	if ((r->tag & 1) == TAG_SEND)
		conn_handed(&c->conn, r->res > 0 ? (size_t)r->res : 0);
	else
		c->conn.receiving = r->more;
	if (c->conn.state == CONN_LEAVING)
		close_when_over(e, c);
}

void engine_ring_next(struct engine *e, struct engine_ring_event *event)
{
	struct ring_event r;

	*event = (struct engine_ring_event){ .kind = ENGINE_RING_NOTHING };
	while (event->kind == ENGINE_RING_NOTHING && ring_next(e->ring, &r)) {
		struct client *c = event->client = &e->run->clients[r.tag >> 1];

		if (c->conn.state == CONN_LEAVING)
			on_end(e, &r, c);
		else if ((r.tag & 1) == TAG_SEND)
			on_sent(e, &r, event);
		else
			on_receive(e, &r, event);
	}
}

void engine_ring_return(struct engine *e, const struct engine_ring_event *event)
{
	ring_buf_return(e->ring, event->buf);
}

static bool all_over(const struct engine *e)
{
	for (uint32_t i = 0; i < e->count; i++)
		if (e->mine[i]->conn.receiving || e->mine[i]->conn.sending)
			return false;
	return true;
}

void engine_ring_stop(struct engine *e)
{
	struct ring_event r;

	if (!e->ring)
		return;
	for (uint32_t i = 0; i < e->count; i++)
		cancel(e, e->mine[i]);
	while (!all_over(e)) {
		ring_enter(e->ring, -1);
		while (ring_next(e->ring, &r))
			on_end(e, &r, &e->run->clients[r.tag >> 1]);
	}
	ring_free(e->ring);
	e->ring = NULL;
}
