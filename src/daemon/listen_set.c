/* SPDX-License-Identifier: MIT */
#include "daemon/listen_set.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/addr.h"
#include "net/listener.h"
#include "sys/notify.h"
#include "util/error.h"
#include "util/log.h"

#define FIRST_PASSED_FD 3 /* sd_listen_fds(3) */
#define WHY_SIZE 512

void listen_set_init(struct listen_set *l)
{
	*l = (struct listen_set){ .metrics_fd = -1 };
}

static void log_listening(const char *subject, int fd, const char *how)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	char text[ADDR_TEXT_SIZE];
	uint8_t ip[16];
	uint16_t port;

	getsockname(fd, (struct sockaddr *)&ss, &len);
	addr_split((struct sockaddr *)&ss, ip, &port);
	addr_text(text, ip, port);
	log_info(subject, "listening on %s%s", text, how);
}

static int reserve(struct listen_set *l, size_t count)
{
	l->relay_fds = calloc(count, sizeof(*l->relay_fds));
	if (l->relay_fds)
		return 0;
	log_error("relay", "out of memory for %zu listening sockets", count);
	return ERROR_NO_MEMORY;
}

/* A unit file can pass anything; only a listening TCP socket serves. */
static int check_passed(int fd)
{
	int listening = 0, protocol = 0, flags;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0 || !listening ||
	    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) < 0 || protocol != IPPROTO_TCP) {
		log_error("relay", "descriptor %d passed by socket activation is not a listening TCP socket: "
				   "use ListenStream=PORT in the .socket unit", fd);
		return ERROR_UNSUPPORTED;
	}
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		log_error("relay", "descriptor %d passed by socket activation: %s", fd, strerror(errno));
		return ERROR_IO;
	}
	listener_tune(fd);
	return 0;
}

static int take_passed(struct listen_set *l, int count)
{
	int err = reserve(l, (size_t)count);

	/* The set owns them all from the start, also those never looked at. */
	for (int i = 0; i < count && l->relay_fds; i++)
		l->relay_fds[l->relay_count++] = FIRST_PASSED_FD + i;
	for (int i = 0; i < count && !err; i++) {
		err = check_passed(FIRST_PASSED_FD + i);
		if (!err)
			log_listening("relay", FIRST_PASSED_FD + i, " (passed by socket activation)");
	}
	return err;
}

static int open_all_addresses(struct listen_set *l, uint16_t port)
{
	char why[WHY_SIZE];
	int n, err = reserve(l, 2);

	if (err)
		return err;
	n = listener_open_any(l->relay_fds, port, why, sizeof(why));
	if (n < 0) {
		log_error("relay", "%s", why);
		return n;
	}
	l->relay_count = (uint32_t)n;
	for (int i = 0; i < n; i++)
		log_listening("relay", l->relay_fds[i], "");
	return 0;
}

static int open_one(const char *subject, const char *address, uint16_t port)
{
	char why[WHY_SIZE];
	int fd = listener_open(address, port, why, sizeof(why));

	if (fd < 0)
		log_error(subject, "%s", why);
	else
		log_listening(subject, fd, "");
	return fd;
}

static int open_listed(struct listen_set *l, const struct settings_list *addresses, uint16_t port)
{
	int err = reserve(l, addresses->count);

	for (size_t i = 0; i < addresses->count && !err; i++) {
		int fd = open_one("relay", addresses->items[i], port);

		if (fd < 0)
			err = fd;
		else
			l->relay_fds[l->relay_count++] = fd;
	}
	return err;
}

int listen_set_open(struct listen_set *l, const struct settings *s)
{
	int passed = notify_listen_fds();
	int err;

	if (passed > 0)
		err = take_passed(l, passed);
	else if (s->listen.count > 0)
		err = open_listed(l, &s->listen, (uint16_t)s->port);
	else
		err = open_all_addresses(l, (uint16_t)s->port);
	if (!err && s->metrics_port > 0) {
		l->metrics_fd = open_one("metrics", s->metrics_address, (uint16_t)s->metrics_port);
		if (l->metrics_fd < 0)
			err = l->metrics_fd;
	}
	if (err)
		listen_set_close(l);
	return err;
}

void listen_set_close(struct listen_set *l)
{
	for (uint32_t i = 0; i < l->relay_count; i++)
		close(l->relay_fds[i]);
	free(l->relay_fds);
	if (l->metrics_fd >= 0)
		close(l->metrics_fd);
	listen_set_init(l);
}
