/* SPDX-License-Identifier: MIT
 * Bytes are read into the thread's scratch buffer and offered to the steps
 * there; only what no step could take yet is kept, in `in`. So a connection
 * that waits for its client holds no buffer. */
#include "accept/login.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "accept/step.h"
#include "net/addr.h"
#include "proto/frame.h"
#include "tls/context.h"
#include "tls/handshake.h"
#include "util/error.h"
#include "util/log.h"
#include "util/mono.h"

#define RETRY_MS 2 /* until a full ring is tried again */
#define KEEPERS_LOOKED_AT 16 /* when one must make room */

/* Summary of failed logins for those who do not log at debug. */
static struct log_limit failed_limit = { .burst = 1, .interval_ms = 60000 };

static struct login *login_of(struct loop_io *io)
{
	return list_entry(io, struct login, io);
}

static void log_end(const struct login *l, enum login_result result)
{
	char from[ADDR_TEXT_SIZE];

	if (result == LOGIN_OK || result == LOGIN_PAGE || result == LOGIN_SHUTDOWN)
		return;
	addr_text(from, l->addr.ip, l->addr.port);
	if (log_wants(LOG_LEVEL_DEBUG))
		log_debug("accept", "login of %s failed in step %s: %s", from, step_name(l->step),
			  login_result_text(result));
	else
		log_limited(&failed_limit, LOG_LEVEL_INFO, "accept", "login of %s failed in step %s: %s", from,
			    step_name(l->step), login_result_text(result));
}

/* Beside the login itself, which is small. */
static size_t memory_of(const struct login *l)
{
	size_t handshake = l->handshake ? handshake_memory(l->handshake) : 0;

	return l->in.cap + l->out.cap + transport_held(&l->transport) + handshake;
}

/* Brings up to date what the thread knows of the login's memory. */
static void count_kept(struct login *l, size_t now)
{
	struct plane_thread *t = l->thread;

	if (now == l->kept_bytes)
		return;
	t->kept_bytes += now - l->kept_bytes;
	stats_set(t->stats, STAT_LOGIN_BYTES, t->kept_bytes);
	l->kept_bytes = now;
	if (l->kept_bytes == 0)
		list_remove(&l->kept_node);
	else if (!list_linked(&l->kept_node))
		list_push_back(&t->keepers, &l->kept_node);
}

/* The memory of handshakes goes back when the crowd has come. */
static void on_trim(struct loop *loop, struct loop_timer *timer)
{
	struct plane_thread *t = list_entry(timer, struct plane_thread, trim_timer);
	uint64_t again_ms;

	if (trim_look(&t->trim, loop_now_ms(loop), &again_ms))
		trim_now();
	else
		loop_timer_set(loop, timer, again_ms);
}

static void note_end(struct plane_thread *t)
{
	uint64_t after_ms = t->plane->settings.tls ? trim_note(&t->trim) : 0;

	if (after_ms > 0)
		loop_timer_set(t->loop, &t->trim_timer, after_ms);
}

/* The one way out: every login ends here, exactly once. The descriptor goes
 * last: a client that sees its connection end has been accounted for. */
static void end(struct login *l, enum login_result result)
{
	struct plane_thread *t = l->thread;

	log_end(l, result);
	stats_cell_add(&t->stats->logins[result], 1);
	if (result == LOGIN_OK)
		stats_login_time(t->stats, mono_now_ns() - l->accepted_ns);
	else
		conn_count_give(t->plane->count, l->addr.ip);
	if (result != LOGIN_OK && !l->handshake && !l->shut_down)
		transport_shutdown(&l->transport); /* a client of TLS is told that this is the end */
	list_remove(&l->node);
	t->login_count--;
	stats_set(t->stats, STAT_HALF_OPEN, t->login_count);
	loop_timer_cancel(t->loop, &l->timer);
	loop_remove(t->loop, &l->io);
	count_kept(l, 0);
	handshake_free(l->handshake);
	transport_release(&l->transport);
	box_shared_wipe(&l->shared);
	bytes_release(&l->in);
	bytes_release(&l->out);
	free(l);
	note_end(t);
}

/* All that it has sent has been read, and it is not the relay that is to go on. */
static bool waited_for(const struct login *l)
{
	uint8_t next;

	return l->io.events != 0 && recv(l->transport.fd, &next, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

/* Who has kept memory for longest, not counting `but`. Those who have answered
 * go to the end, because their next step is soon: when many come at once it is
 * the relay that keeps them waiting. Not if it is `urgent`. */
static struct login *who_makes_room(struct plane_thread *t, struct login *but, bool urgent)
{
	for (int i = 0; i < KEEPERS_LOOKED_AT; i++) {
		struct list_node *n = list_first(&t->keepers);
		struct login *l;

		if (n == &but->kept_node)
			n = list_next(&t->keepers, n);
		if (!n)
			return NULL;
		l = list_entry(n, struct login, kept_node);
		if (urgent || waited_for(l))
			return l;
		list_remove(n);
		list_push_back(&t->keepers, n);
	}
	return NULL;
}

/* Clients choose how far they go in a handshake, a request or a ClientInfo, and
 * how long they then wait: together they get so much memory. Who has kept some
 * for longest makes room, for an honest client has answered within moments. */
static void bound_kept(struct login *l)
{
	struct plane_thread *t = l->thread;
	size_t all = t->plane->settings.handshake_memory, max = all / t->plane->settings.threads;

	count_kept(l, memory_of(l));
	while (all > 0 && t->kept_bytes > max) {
		struct login *longest = who_makes_room(t, l, t->kept_bytes / 2 > max);

		if (!longest)
			return;
		end(longest, LOGIN_STALLED);
	}
}

/* How a connection that just stops ends: with pages served, or lingering after
 * the last one, that is as good as any. */
static enum login_result silent_result(const struct login *l, enum login_result result)
{
	if (l->step == STEP_LINGER)
		return l->result;
	if (l->step == STEP_HTTP && l->pages > 0 && l->in.len == 0 && l->out.len == 0)
		return LOGIN_PAGE;
	return result;
}

static enum login_result io_result(const struct login *l, ssize_t err)
{
	switch (err) {
	case ERROR_CLOSED:
		return silent_result(l, LOGIN_EOF);
	case ERROR_CRYPTO:
		return silent_result(l, LOGIN_TLS_BAD_RECORD);
	case ERROR_UNSUPPORTED:
		return silent_result(l, LOGIN_TLS);
	case ERROR_NO_MEMORY:
		return silent_result(l, LOGIN_NO_MEMORY);
	default:
		return silent_result(l, LOGIN_IO_ERROR);
	}
}

static void arm(struct login *l, uint64_t after_ms)
{
	uint64_t now = loop_now_ms(l->thread->loop);
	uint64_t left = l->deadline_ms > now ? l->deadline_ms - now : 0;

	loop_timer_set(l->thread->loop, &l->timer, after_ms < left ? after_ms : left);
}

void login_restart_deadline(struct login *l, uint64_t after_ms)
{
	l->deadline_ms = loop_now_ms(l->thread->loop) + after_ms;
	arm(l, after_ms);
}

int login_write(struct login *l, const void *data, size_t len)
{
	const uint8_t *at = data;

	while (len > 0 && l->out.len == 0) {
		ssize_t n = transport_write(&l->transport, at, len);

		if (n == ERROR_MORE)
			break;
		if (n < 0)
			return (int)n;
		at += n;
		len -= (size_t)n;
	}
	return len > 0 ? bytes_append(&l->out, at, len) : 0;
}

/* Something is still to be written before the next step. */
static bool unsent(const struct login *l)
{
	return l->out.len > 0 || transport_unsent(&l->transport);
}

/* 0 when all is written, ERROR_MORE when the socket takes no more. */
static int flush(struct login *l)
{
	while (l->out.len > 0) {
		ssize_t n = transport_write(&l->transport, l->out.data, l->out.len);

		if (n < 0)
			return (int)n;
		bytes_consume(&l->out, (size_t)n);
	}
	bytes_release(&l->out);
	return transport_flush(&l->transport);
}

/* Runs steps until one waits, or the socket takes no more, or the login has
 * ended (false: it is freed). *verb gets what the last step said. */
static bool run_steps(struct login *l, struct step_input *in, enum step_verb *verb)
{
	*verb = STEP_WAIT;
	while (!unsent(l)) {
		struct step_move move = step_run(l, in);

		*verb = move.verb;
		if (move.verb == STEP_END) {
			end(l, move.result);
			return false;
		}
		if (move.verb != STEP_GO)
			return true;
		l->step = (uint8_t)move.next;
	}
	return true;
}

/* Keeps what is left of the input, wherever it lies. */
static int keep(struct login *l, const struct step_input *in)
{
	if (l->in.len > 0) {
		bytes_consume(&l->in, l->in.len - in->left);
		if (l->in.len == 0)
			bytes_release(&l->in);
		return 0;
	}
	return in->left > 0 ? bytes_append(&l->in, in->at, in->left) : 0;
}

/* False: the login has ended. */
static bool drive(struct login *l, struct step_input in)
{
	enum step_verb verb;
	uint32_t events;

	if (!run_steps(l, &in, &verb))
		return false;
	if (keep(l, &in) != 0) {
		end(l, LOGIN_NO_MEMORY);
		return false;
	}
	bound_kept(l);
	if (unsent(l) || verb == STEP_DRAIN)
		events = EPOLLOUT;
	else
		events = verb == STEP_RETRY ? 0 : EPOLLIN;
	loop_modify(l->thread->loop, &l->io, events);
	if (verb == STEP_RETRY)
		arm(l, RETRY_MS);
	return true;
}

static struct step_input kept_input(struct login *l)
{
	return (struct step_input){ .at = l->in.data, .left = l->in.len };
}

static bool on_writable(struct login *l)
{
	int err = flush(l);

	if (err == ERROR_MORE)
		return true;
	if (!err)
		return drive(l, kept_input(l));
	end(l, io_result(l, err));
	return false;
}

static bool on_readable(struct login *l)
{
	struct plane_thread *t = l->thread;
	size_t room = step_input_max(l->step) - l->in.len;
	ssize_t n;

	if (l->step == STEP_TLS) /* reads for itself */
		return drive(l, kept_input(l));
	if (room > PLANE_SCRATCH_SIZE)
		room = PLANE_SCRATCH_SIZE;
	n = transport_read(&l->transport, t->scratch, room);
	if (n == ERROR_MORE) {
		bound_kept(l); /* of a record that has begun */
		return true;
	}
	if (n > 0 && l->in.len == 0)
		return drive(l, (struct step_input){ .at = t->scratch, .left = (size_t)n });
	if (n > 0 && bytes_append(&l->in, t->scratch, (size_t)n) == 0)
		return drive(l, kept_input(l));
	end(l, n > 0 ? LOGIN_NO_MEMORY : io_result(l, n));
	return false;
}

/* The descriptor does not tell of data that TLS has opened already. */
static void read_pending(struct login *l, bool alive)
{
	while (alive && l->io.events & EPOLLIN && transport_pending(&l->transport))
		alive = on_readable(l);
}

static void on_event(struct loop *loop, struct loop_io *io, uint32_t events)
{
	struct login *l = login_of(io);

	(void)loop;
	(void)events;
	wake_late(&l->thread->wake);
	if (io->events & EPOLLOUT)
		read_pending(l, on_writable(l));
	else if (io->events & EPOLLIN)
		read_pending(l, on_readable(l));
	else /* nothing is waited for: only an error or a hang-up comes here */
		end(l, LOGIN_EOF);
}

static void on_timer(struct loop *loop, struct loop_timer *timer)
{
	struct login *l = list_entry(timer, struct login, timer);

	if (loop_now_ms(loop) < l->deadline_ms)
		read_pending(l, drive(l, kept_input(l)));
	else if (l->step == STEP_HANDOVER)
		end(l, LOGIN_OVERLOAD);
	else
		end(l, silent_result(l, LOGIN_TIMEOUT));
}

static int start_tls(struct login *l, struct accept_plane *plane, int fd)
{
	struct tls_context *ctx = accept_plane_take_tls(plane);
	int err;

	if (!ctx)
		return 0;
	err = handshake_new(&l->handshake, ctx, fd);
	context_unref(ctx);
	return err;
}

int login_start(struct plane_thread *t, int fd, const struct peer_addr *addr, uint64_t accepted_ns)
{
	struct login *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return ERROR_NO_MEMORY;
	err = start_tls(l, t->plane, fd);
	if (!err)
		err = loop_add(t->loop, &l->io, fd, EPOLLIN, on_event);
	if (err) {
		handshake_free(l->handshake);
		free(l);
		return err;
	}
	l->thread = t;
	list_node_init(&l->kept_node);
	transport_init(&l->transport, fd);
	bytes_init(&l->in, FRAME_HEADER_SIZE + FRAME_CLIENT_INFO_MAX);
	bytes_init(&l->out, t->plane->site.size_max);
	l->addr = *addr;
	l->accepted_ns = accepted_ns;
	l->step = l->handshake ? STEP_TLS : STEP_HTTP;
	loop_timer_init(&l->timer, on_timer);
	login_restart_deadline(l, t->plane->settings.handshake_timeout_ms);
	list_push_back(&t->logins, &l->node);
	t->login_count++;
	stats_set(t->stats, STAT_HALF_OPEN, t->login_count);
	return 0;
}

void login_init(struct plane_thread *t)
{
	list_init(&t->logins);
	list_init(&t->keepers);
	loop_timer_init(&t->trim_timer, on_trim);
}

void login_stop_all(struct plane_thread *t)
{
	for (struct list_node *n = list_first(&t->logins); n; n = list_first(&t->logins)) {
		struct login *l = list_entry(n, struct login, node);

		end(l, silent_result(l, LOGIN_SHUTDOWN));
	}
	loop_timer_cancel(t->loop, &t->trim_timer);
}
