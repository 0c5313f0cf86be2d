/* SPDX-License-Identifier: MIT */
#include "net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/addr.h"
#include "util/error.h"

#define KEEPALIVE_PROBES 4
#define KEEPALIVE_INTERVAL_S 15
#define ANY_PORT_ATTEMPTS 16

/* Options only tune; a kernel that refuses one serves the client all the same. */
static void set_int(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

void listener_tune(int fd)
{
	set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

/* The socket, or -1 with errno and what failed. */
static int open_socket(const struct sockaddr_storage *ss, socklen_t len, const char **what)
{
	const int on = 1;
	int fd = socket(ss->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	int saved;

	*what = "socket";
	if (fd < 0)
		return -1;
	*what = "setsockopt";
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		goto fail;
	if (ss->ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		goto fail;
	listener_tune(fd);
	*what = "bind";
	if (bind(fd, (const struct sockaddr *)ss, len) < 0)
		goto fail;
	*what = "listen";
	if (listen(fd, LISTENER_BACKLOG) < 0)
		goto fail;
	return fd;
fail:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* One line: where, what failed, why, what to do about it. */
static void explain(char *why, size_t cap, const char *address, uint16_t port, const char *what, int error)
{
	const char *bracket = strchr(address, ':') && address[0] != '[' ? "[" : "";
	const char *close_bracket = *bracket ? "]" : "";
	char remedy[160] = "";

	switch (error) {
	case EADDRINUSE:
		snprintf(remedy, sizeof(remedy), ": another process listens there: ss -ltnp 'sport = :%u'", port);
		break;
	case EACCES:
		snprintf(remedy, sizeof(remedy),
			 ": ports below 1024 want CAP_NET_BIND_SERVICE (AmbientCapabilities= in the unit)");
		break;
	case EADDRNOTAVAIL:
		snprintf(remedy, sizeof(remedy), ": no interface has this address: ip address");
		break;
	case EAFNOSUPPORT:
		snprintf(remedy, sizeof(remedy), ": this kernel does not do that address family");
		break;
	case EMFILE:
	case ENFILE:
		snprintf(remedy, sizeof(remedy), ": raise LimitNOFILE= (ulimit -n)");
		break;
	default:
		break;
	}
	snprintf(why, cap, "%s %s%s%s:%u: %s%s", what, bracket, address, close_bracket, port,
		 strerror(error), remedy);
}

/* Code for an errno; EACCES and EPERM are for the operator to grant. */
static int error_of(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return ERROR_DENIED;
	case EADDRINUSE:
		return ERROR_EXISTS;
	case EADDRNOTAVAIL:
		return ERROR_NOT_FOUND;
	case EAFNOSUPPORT:
		return ERROR_UNSUPPORTED;
	default:
		return ERROR_IO;
	}
}

int listener_open(const char *address, uint16_t port, char *why, size_t why_cap)
{
	struct sockaddr_storage ss;
	const char *what;
	socklen_t len;
	int fd, saved;

	if (addr_parse(&ss, &len, address, port) != 0) {
		snprintf(why, why_cap, "listen: '%s' is not a numeric IPv4 or IPv6 address", address);
		return ERROR_MALFORMED;
	}
	fd = open_socket(&ss, len, &what);
	if (fd >= 0)
		return fd;
	saved = errno;
	explain(why, why_cap, address, port, what, saved);
	errno = saved;
	return error_of(saved);
}

/* The kernel was built or started without the family, or has no address of it. */
static bool family_missing(int code)
{
	return code == ERROR_UNSUPPORTED || code == ERROR_NOT_FOUND;
}

static int open_both(int fds[2], uint16_t port, char *why, size_t why_cap)
{
	int six = listener_open("::", port, why, why_cap);
	int four;

	if (six < 0 && !family_missing(six))
		return six;
	four = listener_open("0.0.0.0", six >= 0 && !port ? listener_port(six) : port, why, why_cap);
	if (four < 0 && (six < 0 || !family_missing(four))) {
		if (six >= 0)
			close(six);
		return four;
	}
	fds[0] = six >= 0 ? six : four;
	if (six < 0 || four < 0)
		return 1;
	fds[1] = four;
	return 2;
}

int listener_open_any(int fds[2], uint16_t port, char *why, size_t why_cap)
{
	int n = open_both(fds, port, why, why_cap);

	/* Port 0: the port that IPv6 was given may be taken in IPv4. */
	for (int i = 1; port == 0 && n == ERROR_EXISTS && i < ANY_PORT_ATTEMPTS; i++)
		n = open_both(fds, port, why, why_cap);
	return n;
}

uint16_t listener_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	uint8_t ip[16];
	uint16_t port;

	memset(&ss, 0, sizeof(ss));
	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return 0;
	addr_split((struct sockaddr *)&ss, ip, &port);
	return port;
}

/* What is off is set as well: the listening socket may have had it on. */
void listener_tune_heirs(int fd, const struct listener_client_options *o)
{
	set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)o->tcp_user_timeout_ms);
	set_int(fd, SOL_SOCKET, SO_KEEPALIVE, o->tcp_keepalive_s > 0);
	if (o->tcp_keepalive_s) {
		set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)o->tcp_keepalive_s);
		set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
		set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
	}
	if (o->notsent_lowat)
		set_int(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, (int)o->notsent_lowat);
}

void listener_tune_buffers(int fd, const struct listener_client_options *o)
{
	if (!o->sockbuf)
		return;
	set_int(fd, SOL_SOCKET, SO_SNDBUF, (int)o->sockbuf);
	set_int(fd, SOL_SOCKET, SO_RCVBUF, (int)o->sockbuf);
}

void listener_tune_client(int fd, const struct listener_client_options *o)
{
	listener_tune_heirs(fd, o);
	listener_tune_buffers(fd, o);
}
