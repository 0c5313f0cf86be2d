/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/transport.h"

#include <errno.h>
#include <sys/socket.h>

#include "util/error.h"

static int plain_secure(struct transport *t)
{
	(void)t;
	return 0;
}

static ssize_t result_of(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? ERROR_MORE : ERROR_IO;
}

static ssize_t plain_read(struct transport *t, void *data, size_t cap)
{
	ssize_t n = recv(t->fd, data, cap, 0);

	return n == 0 ? ERROR_CLOSED : result_of(n);
}

static ssize_t plain_write(struct transport *t, const void *data, size_t len)
{
	return result_of(send(t->fd, data, len, MSG_NOSIGNAL));
}

static void plain_release(struct transport *t)
{
	(void)t;
}

static int plain_part(struct transport *t)
{
	(void)t;
	return 0;
}

static ssize_t plain_open(struct transport *t, uint8_t **data, size_t *len, uint8_t **plain)
{
	size_t n = *len;

	(void)t;
	*plain = *data;
	*data += n;
	*len = 0;
	return n ? (ssize_t)n : ERROR_MORE;
}

const struct transport_ops transport_plain = {
	.secure = plain_secure,
	.read = plain_read,
	.write = plain_write,
	.release = plain_release,
	.part = plain_part,
	.open = plain_open,
};
