/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/transport_tls.h"

#include "tools/lib/tls_stream.h"
#include "util/error.h"

static int tls_secure(struct transport *t)
{
	struct tls_stream *s = t->state;

	if (!s) {
		int err = tls_stream_new(&s, t->rules->tls, t->fd, t->rules->host);

		if (err)
			return err;
		t->state = s;
	}
	return tls_stream_handshake(s);
}

static ssize_t tls_read(struct transport *t, void *data, size_t cap)
{
	size_t len = 0;

	while (len < cap) {
		ssize_t n = tls_stream_read(t->state, (uint8_t *)data + len, cap - len);

		/* An end is told again by the next call. */
		if (n < 0)
			return len ? (ssize_t)len : n;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static ssize_t tls_write(struct transport *t, const void *data, size_t len)
{
	return tls_stream_write(t->state, data, len);
}

static void tls_release(struct transport *t)
{
	tls_stream_free(t->state);
	t->state = NULL;
}

static const char *tls_why(const struct transport *t)
{
	return t->state ? tls_stream_why(t->state) : NULL;
}

const struct transport_ops transport_tls = {
	.secure = tls_secure,
	.read = tls_read,
	.write = tls_write,
	.release = tls_release,
	.why = tls_why,
};
