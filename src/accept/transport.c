/* SPDX-License-Identifier: MIT */
#include "accept/transport.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/error.h"

void transport_init(struct transport *t, int fd)
{
	hd_assert(fd >= 0);
	t->fd = fd;
}

void transport_release(struct transport *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

int transport_steal(struct transport *t)
{
	int fd = t->fd;

	t->fd = -1;
	return fd;
}

static ssize_t error_of(int error)
{
	if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR)
		return ERROR_MORE;
	return error == ECONNRESET || error == EPIPE ? ERROR_CLOSED : ERROR_IO;
}

ssize_t transport_read(struct transport *t, void *to, size_t cap)
{
	ssize_t n;

	hd_assert(cap > 0);
	n = recv(t->fd, to, cap, 0);
	if (n < 0)
		return error_of(errno);
	return n > 0 ? n : ERROR_CLOSED;
}

ssize_t transport_write(struct transport *t, const void *from, size_t len)
{
	ssize_t n;

	hd_assert(len > 0);
	n = send(t->fd, from, len, MSG_NOSIGNAL);
	return n < 0 ? error_of(errno) : n;
}

void transport_shutdown(struct transport *t)
{
	(void)shutdown(t->fd, SHUT_WR);
}
