/* SPDX-License-Identifier: MIT
 * The floor under any relay's cost: logs clients in, learns from the first
 * packet of each to whom it goes, and from then on moves bytes from one socket
 * to the other without looking at them, by the calls a plain epoll relay makes.
 * No queue: a source waits while its destination does not take more. For
 * `hd-bench --untouched` with pairs.
 * Usage: pump PORT (0: any); prints the port, serves until SIGTERM. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/frame.h"
#include "tests/e2e/plain_login.h"
#include "util/assert.h"

#define ENDS_MAX 4096
#define EVENTS_MAX 64
#define CHUNK (16 * 1024) /* what the relay takes with one receive */

struct end {
	int fd;
	struct key key;
	struct end *to; /* NULL: not known yet */
	struct end *waiting; /* the source whose bytes did not fit into this end */
	uint32_t kept; /* bytes of it */
	uint8_t *rest; /* CHUNK of them at most */
};

static struct end ends[ENDS_MAX];
static int end_count;
static int epoll;
static uint8_t chunk[CHUNK];

static bool read_all(int fd, void *data, size_t len)
{
	return recv(fd, data, len, MSG_WAITALL) == (ssize_t)len;
}

static bool read_request(int fd)
{
	static const char stop[] = "\r\n\r\n";
	size_t matched = 0;
	char c;

	while (matched < sizeof(stop) - 1) {
		if (!read_all(fd, &c, 1))
			return false;
		matched = c == stop[matched] ? matched + 1 : c == stop[0];
	}
	return true;
}

/* One client at a time, blocking. */
static bool log_in(int fd, struct key *key)
{
	uint8_t answer[PLAIN_LOGIN_MAX], header[FRAME_HEADER_SIZE], body[PLAIN_LOGIN_MAX];
	struct frame_header h;
	int n;

	if (!read_request(fd))
		return false;
	n = (int)plain_login_hello(answer);
	if (send(fd, answer, (size_t)n, MSG_NOSIGNAL) != n || !read_all(fd, header, sizeof(header)))
		return false;
	h = frame_header_load(header);
	if (h.type != FRAME_CLIENT_INFO || h.body_len > sizeof(body) || !read_all(fd, body, h.body_len))
		return false;
	n = plain_login_answer(answer, key, body, h.body_len);
	return n > 0 && send(fd, answer, (size_t)n, MSG_NOSIGNAL) == n;
}

static void welcome(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), one = 1;
	struct end *e = &ends[end_count];
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = e };

	if (fd < 0)
		return;
	if (end_count == ENDS_MAX || !log_in(fd, &e->key)) {
		close(fd);
		return;
	}
	e->fd = fd;
	e->rest = malloc(CHUNK);
	hd_assert(e->rest);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	hd_assert(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	hd_assert(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) == 0);
	end_count++;
}

static void watch(struct end *e, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = e };

	hd_assert(epoll_ctl(epoll, EPOLL_CTL_MOD, e->fd, &ev) == 0);
}

/* By the head of the first frame, which is not taken from the socket. */
static bool learn(struct end *e)
{
	uint8_t head[FRAME_HEADER_SIZE + KEY_SIZE];

	if (recv(e->fd, head, sizeof(head), MSG_PEEK) != (ssize_t)sizeof(head) || head[0] != FRAME_SEND_PACKET)
		return false;
	/* The last that came with a key: a key may have been here before. */
	for (int i = end_count - 1; i >= 0 && !e->to; i--)
		if (ends[i].fd >= 0 && memcmp(ends[i].key.bytes, head + FRAME_HEADER_SIZE, KEY_SIZE) == 0)
			e->to = &ends[i];
	return e->to != NULL;
}

static void leave(struct end *e)
{
	close(e->fd);
	e->fd = -1;
	free(e->rest);
	e->rest = NULL;
	for (int i = 0; i < end_count; i++) {
		if (ends[i].to == e)
			ends[i].to = NULL;
		if (ends[i].waiting == e)
			ends[i].waiting = NULL;
	}
}

static void move_bytes(struct end *from)
{
	ssize_t got, sent;

	if (!from->to && !learn(from)) {
		leave(from);
		return;
	}
	got = recv(from->fd, chunk, CHUNK, 0);
	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			leave(from);
		return;
	}
	sent = send(from->to->fd, chunk, (size_t)got, MSG_NOSIGNAL);
	if (sent < 0)
		sent = 0; /* full, or gone: then its own event tells */
	if (sent == got)
		return;
	from->to->kept = (uint32_t)(got - sent);
	memcpy(from->to->rest, chunk + sent, from->to->kept);
	from->to->waiting = from;
	watch(from, 0);
	watch(from->to, EPOLLIN | EPOLLOUT);
}

static void resume(struct end *to)
{
	ssize_t sent = send(to->fd, to->rest, to->kept, MSG_NOSIGNAL);

	if (sent < 0)
		return;
	to->kept -= (uint32_t)sent;
	memmove(to->rest, to->rest + sent, to->kept);
	if (to->kept)
		return;
	watch(to, EPOLLIN);
	if (to->waiting)
		watch(to->waiting, EPOLLIN);
	to->waiting = NULL;
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	socklen_t len = sizeof(sa);

	sa.sin_port = htons(port);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(fd, (struct sockaddr *)&sa, len) != 0 || listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
		return -1;
	printf("%u\n", ntohs(sa.sin_port));
	fflush(stdout);
	return fd;
}

static void loop(int listener)
{
	struct epoll_event events[EVENTS_MAX];

	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS_MAX, -1);

		for (int i = 0; i < n; i++) {
			struct end *e = events[i].data.ptr;

			if (!e)
				welcome(listener);
			else if (e->fd >= 0 && events[i].events & EPOLLOUT && e->kept)
				resume(e);
			if (e && e->fd >= 0 && events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
				move_bytes(e);
		}
	}
}

int main(int argc, char **argv)
{
	char *end = NULL;
	long port = argc == 2 ? strtol(argv[1], &end, 10) : -1;
	struct epoll_event ev = { .events = EPOLLIN };
	int listener;

	if (port < 0 || port > UINT16_MAX || !end || *end) {
		fprintf(stderr, "usage: pump PORT\n");
		return 2;
	}
	if (plain_login_start() != 0)
		return 1;
	listener = listen_on((uint16_t)port);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (listener < 0 || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &ev) != 0) {
		perror("pump");
		return 1;
	}
	loop(listener);
}
