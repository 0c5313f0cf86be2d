/* SPDX-License-Identifier: MIT */
#include "tests/unit/data/ring_fixture.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct ring *fixture_ring;
int fixture_wake_fd;

static void open_with(struct ring_settings s)
{
	s.buf_size = FIXTURE_BUF_SIZE;
	s.buf_count = FIXTURE_BUF_COUNT;
	fixture_wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ck_assert_int_ge(fixture_wake_fd, 0);
	s.wake_fd = fixture_wake_fd;
	ck_assert_int_eq(ring_new(&fixture_ring, &s), 0);
}

void fixture_open(bool sqpoll)
{
	open_with((struct ring_settings){ .sqpoll = sqpoll });
}

void fixture_open_parts(void)
{
	open_with((struct ring_settings){ .parts = true });
}

void fixture_close(void)
{
	ring_free(fixture_ring);
	close(fixture_wake_fd);
}

static void set_nonblocking(int fd)
{
	ck_assert_int_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
}

void fixture_pair(int fd[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	set_nonblocking(fd[0]);
	set_nonblocking(fd[1]);
}

void fixture_tcp(int fd[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(l, 0);
	ck_assert_int_eq(bind(l, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(l, 1), 0);
	ck_assert_int_eq(getsockname(l, (struct sockaddr *)&a, &len), 0);
	fd[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd[1], 0);
	ck_assert_int_eq(connect(fd[1], (struct sockaddr *)&a, sizeof(a)), 0);
	fd[0] = accept4(l, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(fd[0], 0);
	close(l);
	set_nonblocking(fd[0]);
	set_nonblocking(fd[1]);
}

void fixture_close_pair(const int fd[2])
{
	close(fd[0]);
	close(fd[1]);
}

struct ring_event fixture_next(void)
{
	struct ring_event e;

	/* A wait may end without an event, by the ring's own business. */
	for (int i = 0; i < 100; i++) {
		if (ring_next(fixture_ring, &e))
			return e;
		ring_enter(fixture_ring, FIXTURE_WAIT_NS);
	}
	ck_abort_msg("no event");
}

void fixture_quiet(void)
{
	struct ring_event e;

	for (int i = 0; i < 3; i++) {
		ring_enter(fixture_ring, 1000000);
		ck_assert(!ring_next(fixture_ring, &e));
	}
}

struct ring_event fixture_next_of(uint64_t tag)
{
	struct ring_event e = fixture_next();

	ck_assert_uint_eq(e.tag, tag);
	return e;
}

/* TCP makes room later for what is on its way or not acknowledged yet. */
static bool under_way(int fd)
{
	int unacked, unsent; /* the first counts the second, too */

	if (ioctl(fd, SIOCOUTQNSD, &unsent) < 0)
		return false; /* no TCP: the other end has all of it */
	ck_assert_int_eq(ioctl(fd, SIOCOUTQ, &unacked), 0);
	return unacked > unsent || unsent == 0;
}

size_t fixture_fill(int fd)
{
	static const uint8_t zero[65536];
	size_t sum = 0, before;
	ssize_t n;
	bool moves;

	do {
		moves = under_way(fd); /* and what has then come to rest stays full */
		before = sum;
		while ((n = send(fd, zero, sizeof(zero), MSG_NOSIGNAL | MSG_DONTWAIT)) > 0)
			sum += (size_t)n;
		ck_assert_int_eq(errno, EAGAIN);
		sched_yield();
	} while (moves || sum > before);
	return sum;
}
