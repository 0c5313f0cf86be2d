/* SPDX-License-Identifier: MIT */
#include "accept/intake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accept/login.h"
#include "net/addr.h"
#include "util/error.h"
#include "util/log.h"
#include "util/mono.h"

#define BATCH 32          /* connections accepted before others get their turn */
#define TROUBLE_PAUSE_MS 100

/* One listener, as this thread waits on it; registered while not paused. */
struct door {
	struct loop_io io;
	struct intake *intake;
	bool heirs; /* no connection waits here from before the listener was tuned */
};

struct intake {
	struct plane_thread *thread;
	struct door *doors;       /* [listen_count] */
	struct loop_timer resume;
	int reserve_fd;           /* given up to take and close a connection when there is no other; or -1 */
};

static struct log_limit no_fd_limit = { .burst = 1, .interval_ms = 60000 };
static struct log_limit no_memory_limit = { .burst = 1, .interval_ms = 60000 };
static struct log_limit other_limit = { .burst = 1, .interval_ms = 60000 };

static void on_acceptable(struct loop *loop, struct loop_io *io, uint32_t events);

static void pause_listening(struct intake *in, uint64_t ms)
{
	struct plane_thread *t = in->thread;

	for (uint32_t i = 0; i < t->plane->settings.listen_count; i++)
		loop_remove(t->loop, &in->doors[i].io);
	loop_timer_set(t->loop, &in->resume, ms);
	stats_add(t->stats, STAT_ACCEPT_PAUSES, 1);
}

/* Any descriptor would do; this kind wants no file system. */
static void open_reserve(struct intake *in)
{
	if (in->reserve_fd < 0)
		in->reserve_fd = eventfd(0, EFD_CLOEXEC);
}

static void listen_again(struct intake *in)
{
	struct plane_thread *t = in->thread;
	const struct accept_settings *s = &t->plane->settings;

	open_reserve(in);
	for (uint32_t i = 0; i < s->listen_count; i++) {
		int err = loop_add(t->loop, &in->doors[i].io, s->listen_fds[i], EPOLLIN | EPOLLEXCLUSIVE,
				   on_acceptable);

		if (err) {
			log_limited(&no_memory_limit, LOG_LEVEL_ERROR, "accept", "cannot wait for connections: %s",
				    err == ERROR_IO ? strerror(errno) : error_text(err));
			pause_listening(in, TROUBLE_PAUSE_MS);
			return;
		}
	}
}

static void on_resume(struct loop *loop, struct loop_timer *timer)
{
	(void)loop;
	listen_again(list_entry(timer, struct intake, resume));
}

/* At once and without a trace: no TIME_WAIT for those who come too often. */
static void close_by_reset(int fd)
{
	const struct linger hard = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(fd);
}

static void refuse(struct intake *in, int fd, enum refuse_reason reason)
{
	stats_cell_add(&in->thread->stats->refusals[reason], 1);
	close_by_reset(fd);
}

static enum refuse_reason reason_of(enum conn_count_result r)
{
	switch (r) {
	case CONN_COUNT_TOTAL:
		return REFUSE_MAX_CONNECTIONS;
	case CONN_COUNT_PER_IP:
		return REFUSE_MAX_PER_IP;
	default:
		return REFUSE_NO_MEMORY;
	}
}

/* Connections that came before the plane was there, as with socket activation,
 * have not inherited their options: the queue is theirs until it is found empty. */
static void tune(const struct door *d, int fd)
{
	const struct listener_client_options *o = &d->intake->thread->plane->client_options;

	if (d->heirs)
		listener_tune_buffers(fd, o);
	else
		listener_tune_client(fd, o);
}

static void welcome(struct door *d, int fd, const struct sockaddr_storage *ss, uint64_t now_ns)
{
	struct intake *in = d->intake;
	struct plane_thread *t = in->thread;
	enum conn_count_result counted;
	struct peer_addr addr;

	stats_add(t->stats, STAT_ACCEPTS, 1);
	addr_split((const struct sockaddr *)ss, addr.ip, &addr.port);
	counted = conn_count_take(t->plane->count, addr.ip);
	if (counted != CONN_COUNT_OK) {
		refuse(in, fd, reason_of(counted));
		return;
	}
	tune(d, fd);
	if (login_start(t, fd, &addr, now_ns) != 0) {
		conn_count_give(t->plane->count, addr.ip);
		refuse(in, fd, REFUSE_NO_MEMORY);
	}
}

/* No descriptor is left. Those who wait are told so by a reset, with the one
 * descriptor kept for this, so that they can try another relay. */
static void turn_away(struct intake *in, int listen_fd)
{
	log_limited(&no_fd_limit, LOG_LEVEL_WARN, "accept", "no file descriptor left for new connections: "
		    "raise LimitNOFILE= (ulimit -n) or set max_connections");
	if (in->reserve_fd >= 0)
		close(in->reserve_fd);
	in->reserve_fd = -1;
	for (int i = 0; i < BATCH; i++) {
		int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			break;
		stats_add(in->thread->stats, STAT_ACCEPTS, 1);
		refuse(in, fd, REFUSE_NO_FD);
	}
	open_reserve(in);
	pause_listening(in, TROUBLE_PAUSE_MS);
}

/* True if accepting may go on at once: the error was that connection's own. */
static bool after_error(struct intake *in, int listen_fd, int error)
{
	switch (error) {
	case EAGAIN:
		return false;
	case EINTR:
	case ECONNABORTED:
	case EPERM: /* a firewall rule */
	case EPROTO:
	case ENOPROTOOPT:
	case EOPNOTSUPP:
	case ENETDOWN:
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case ENONET:
		return true;
	case EMFILE:
	case ENFILE:
		turn_away(in, listen_fd);
		return false;
	case ENOBUFS:
	case ENOMEM:
		log_limited(&no_memory_limit, LOG_LEVEL_WARN, "accept", "no memory for new connections");
		break;
	default:
		log_limited(&other_limit, LOG_LEVEL_ERROR, "accept", "accept: %s", strerror(error));
		break;
	}
	pause_listening(in, TROUBLE_PAUSE_MS);
	return false;
}

static bool accept_one(struct door *d, int listen_fd)
{
	struct intake *in = d->intake;
	struct rate *rate = &in->thread->plane->rate;
	uint64_t now_ns = mono_now_ns();
	uint64_t wait_ns = rate_take(rate, now_ns);
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd;

	if (wait_ns > 0) {
		pause_listening(in, wait_ns / MONO_NS_PER_MS + 1);
		return false;
	}
	fd = accept4(listen_fd, (struct sockaddr *)&ss, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		rate_give(rate);
		d->heirs |= errno == EAGAIN;
		return after_error(in, listen_fd, errno);
	}
	welcome(d, fd, &ss, now_ns);
	return true;
}

static void on_acceptable(struct loop *loop, struct loop_io *io, uint32_t events)
{
	struct door *d = list_entry(io, struct door, io);
	int fd = io->fd;

	(void)loop;
	(void)events;
	for (int i = 0; i < BATCH; i++)
		if (!accept_one(d, fd))
			return;
}

int intake_new(struct intake **out, struct plane_thread *thread)
{
	uint32_t count = thread->plane->settings.listen_count;
	struct intake *in = calloc(1, sizeof(*in));

	if (!in)
		return ERROR_NO_MEMORY;
	in->doors = calloc(count ? count : 1, sizeof(*in->doors));
	if (!in->doors) {
		free(in);
		return ERROR_NO_MEMORY;
	}
	for (uint32_t i = 0; i < count; i++)
		in->doors[i].intake = in;
	in->thread = thread;
	in->reserve_fd = -1;
	loop_timer_init(&in->resume, on_resume);
	*out = in;
	return 0;
}

void intake_free(struct intake *in)
{
	if (!in)
		return;
	if (in->reserve_fd >= 0)
		close(in->reserve_fd);
	free(in->doors);
	free(in);
}

void intake_start(struct intake *in)
{
	listen_again(in);
}

void intake_stop(struct intake *in)
{
	struct plane_thread *t = in->thread;

	for (uint32_t i = 0; i < t->plane->settings.listen_count; i++)
		loop_remove(t->loop, &in->doors[i].io);
	loop_timer_cancel(t->loop, &in->resume);
}
