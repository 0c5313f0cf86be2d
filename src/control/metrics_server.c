/* SPDX-License-Identifier: MIT */
#include "control/metrics_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/addr.h"
#include "util/error.h"
#include "util/log.h"

#define ACCEPTS_PER_PASS 16
#define PAUSE_MS 1000 /* without descriptors or memory, the listener rests this long */

const struct metrics_server_limits metrics_server_default_limits = {
	.conns_max = 64,
	.refusals_max = 16,
	.conn = { .idle_ms = 120000, .request_ms = 10000, .response_ms = 60000, .linger_ms = 2000 },
};

struct metrics_server {
	struct loop_io io;
	struct loop_timer resume;
	struct loop *loop;
	int fd;
	const struct page_site *site;
	struct metrics_server_limits limits;
	struct list conns;
	uint32_t served;
	uint32_t refused;
};

static struct log_limit accept_limit = { .burst = 1, .interval_ms = 60000 };

static void on_listener(struct loop *l, struct loop_io *io, uint32_t events);

static void on_closed(void *owner, struct metrics_conn *c)
{
	struct metrics_server *s = owner;

	if (metrics_conn_is_refused(c))
		s->refused--;
	else
		s->served--;
}

static bool is_loopback(const struct sockaddr_storage *ss)
{
	static const uint8_t v4_mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t ip[16];
	uint16_t port;

	addr_split((const struct sockaddr *)ss, ip, &port);
	if (memcmp(ip, v4_mapped, sizeof(v4_mapped)) == 0)
		return ip[12] == 127;
	return memcmp(ip, &in6addr_loopback, sizeof(ip)) == 0;
}

static void take(struct metrics_server *s, int fd, const struct sockaddr_storage *ss)
{
	const struct metrics_conn_setup setup = {
		.loop = s->loop,
		.site = s->site,
		.limits = &s->limits.conn,
		.closed = on_closed,
		.owner = s,
		.loopback = is_loopback(ss),
		.refuse = s->served >= s->limits.conns_max,
	};
	struct metrics_conn *c;

	if (setup.refuse && s->refused >= s->limits.refusals_max) {
		close(fd);
		return;
	}
	c = metrics_conn_new(fd, &setup);
	if (!c)
		return;
	list_push_back(&s->conns, metrics_conn_node(c));
	if (setup.refuse)
		s->refused++;
	else
		s->served++;
}

/* What was accepted stays in the backlog meanwhile; polling on would spin. */
static void pause_accepting(struct metrics_server *s)
{
	log_limited(&accept_limit, LOG_LEVEL_WARN, "control", "metrics listener pauses: %s", strerror(errno));
	loop_remove(s->loop, &s->io);
	loop_timer_set(s->loop, &s->resume, PAUSE_MS);
}

static void on_resume(struct loop *l, struct loop_timer *t)
{
	struct metrics_server *s = list_entry(t, struct metrics_server, resume);

	if (loop_add(l, &s->io, s->fd, EPOLLIN, on_listener) < 0)
		loop_timer_set(l, &s->resume, PAUSE_MS);
}

static void on_listener(struct loop *l, struct loop_io *io, uint32_t events)
{
	struct metrics_server *s = list_entry(io, struct metrics_server, io);

	(void)l;
	(void)events;
	for (unsigned i = 0; i < ACCEPTS_PER_PASS; i++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);
		int fd = accept4(s->fd, (struct sockaddr *)&ss, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			take(s, fd, &ss);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			pause_accepting(s);
			return;
		} else if (errno == EAGAIN) {
			return;
		}
		/* Any other error is about one connection that is gone again. */
	}
}

int metrics_server_new(struct metrics_server **server, struct loop *loop, int fd, const struct page_site *site,
		       const struct metrics_server_limits *limits)
{
	struct metrics_server *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return ERROR_NO_MEMORY;
	s->loop = loop;
	s->fd = fd;
	s->site = site;
	s->limits = *limits;
	list_init(&s->conns);
	loop_timer_init(&s->resume, on_resume);
	err = loop_add(loop, &s->io, fd, EPOLLIN, on_listener);
	if (err < 0) {
		free(s);
		return err;
	}
	*server = s;
	return 0;
}

void metrics_server_free(struct metrics_server *s)
{
	struct list_node *n;

	if (!s)
		return;
	while ((n = list_first(&s->conns)))
		metrics_conn_free(metrics_conn_of_node(n));
	loop_timer_cancel(s->loop, &s->resume);
	loop_remove(s->loop, &s->io);
	free(s);
}
