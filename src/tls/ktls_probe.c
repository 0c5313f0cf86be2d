/* SPDX-License-Identifier: MIT */
#include "tls/ktls_probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/ktls.h"
#include "util/error.h"

#define WAIT_MS 1000 /* loopback takes microseconds; a key that opens nothing says nothing */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* ---- a connection to oneself ---- */

static int listen_on(union address *a, int family)
{
	socklen_t len = family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(a, 0, sizeof(*a));
	a->any.sa_family = (sa_family_t)family;
	if (family == AF_INET)
		a->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		a->v6.sin6_addr = in6addr_loopback;
	if (fd >= 0 && bind(fd, &a->any, len) == 0 && listen(fd, 1) == 0 && getsockname(fd, &a->any, &len) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* 0 or an errno. */
static int connect_pair(int fd[2])
{
	int families[] = { AF_INET, AF_INET6 };
	union address a;
	int listener = -1, error = 0;

	for (size_t i = 0; i < HD_ARRAY_LEN(families) && listener < 0; i++)
		listener = listen_on(&a, families[i]);
	if (listener < 0)
		return errno;
	fd[0] = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd[0] < 0 || connect(fd[0], &a.any, sizeof(a)) < 0 ||
	    (fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
		error = errno;
	close(listener);
	if (error != 0 && fd[0] >= 0)
		close(fd[0]);
	return error;
}

/* ---- one suite ---- */

static void fill(struct tls_secrets_half *half, uint8_t with)
{
	memset(half->key, with, sizeof(half->key));
	memset(half->iv, with + 1, sizeof(half->iv));
}

/* 0 or an errno. */
static int pass(int from, int to)
{
	static const char text[] = "from kernel to kernel";
	char came[sizeof(text)];
	struct pollfd p = { .fd = to, .events = POLLIN };
	ssize_t n = send(from, text, sizeof(text), MSG_NOSIGNAL);

	if (n < 0)
		return errno;
	if (poll(&p, 1, WAIT_MS) != 1)
		return ETIMEDOUT;
	n = recv(to, came, sizeof(came), MSG_DONTWAIT);
	if (n < 0)
		return errno;
	return n == sizeof(text) && memcmp(came, text, sizeof(text)) == 0 ? 0 : EBADMSG;
}

/* 0 or an errno. The secrets protect nothing. */
static int try_suite(enum tls_version version, enum suite suite)
{
	struct tls_secrets ours = { .version = (uint16_t)version, .suite = (uint8_t)suite };
	struct tls_secrets theirs = ours;
	int fd[2] = { -1, -1 }, error = connect_pair(fd);

	if (error != 0)
		return error;
	fill(&ours.tx, 1);
	fill(&ours.rx, 3);
	theirs.tx = ours.rx;
	theirs.rx = ours.tx;
	if (ktls_install(fd[0], &ours) < 0 || ktls_install(fd[1], &theirs) < 0)
		error = errno;
	if (error == 0)
		error = pass(fd[0], fd[1]);
	if (error == 0)
		error = pass(fd[1], fd[0]);
	close(fd[0]);
	close(fd[1]);
	return error;
}

static void add_missing(struct ktls_probe *p, enum tls_version version, enum suite suite, int error)
{
	size_t at = strlen(p->missing);

	if (p->error == 0)
		p->error = error;
	snprintf(p->missing + at, sizeof(p->missing) - at, "%s%s of TLS 1.%d (%s)", at > 0 ? ", " : "",
		 suite_name(suite), version == TLS_VERSION_1_3 ? 3 : 2, strerror(error));
}

void ktls_probe(struct ktls_probe *p)
{
	static const enum tls_version versions[] = { TLS_VERSION_1_3, TLS_VERSION_1_2 };

	*p = (struct ktls_probe){ 0 };
	for (unsigned i = 0; i < KTLS_PROBE_PARTS; i++) {
		enum tls_version version = versions[i / SUITE_COUNT];
		enum suite suite = (enum suite)(i % SUITE_COUNT);
		int error = try_suite(version, suite);

		if (error == 0)
			p->working++;
		else
			add_missing(p, version, suite, error);
	}
}
