/* SPDX-License-Identifier: MIT */
#include "tools/lib/derp_stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "proto/frame.h"
#include "tools/lib/tls_stream.h"
#include "util/error.h"
#include "util/mono.h"

#define READ_SIZE_MIN 4096u
#define READ_SIZE_MAX (256u * 1024)

void derp_stream_init(struct derp_stream *s)
{
	s->fd = -1;
	s->tls = NULL;
	s->in_at = 0;
	s->read_size = READ_SIZE_MIN;
	bytes_init(&s->out, DERP_STREAM_OUTBOX_MAX + FRAME_HEADER_SIZE + DERP_STREAM_FRAME_MAX);
	bytes_init(&s->in, FRAME_HEADER_SIZE + DERP_STREAM_FRAME_MAX + READ_SIZE_MAX);
}

void derp_stream_close(struct derp_stream *s)
{
	tls_stream_free(s->tls);
	if (s->fd >= 0)
		close(s->fd);
	bytes_release(&s->in);
	bytes_release(&s->out);
	derp_stream_init(s);
}

static uint64_t deadline_in(uint32_t timeout_ms)
{
	return mono_now_ns() + timeout_ms * MONO_NS_PER_MS;
}

/* Rounded up, so that a wait does not end before its time. */
static int ms_until(uint64_t deadline_ns)
{
	uint64_t now = mono_now_ns();

	return now >= deadline_ns ? 0 : (int)((deadline_ns - now + MONO_NS_PER_MS - 1) / MONO_NS_PER_MS);
}

/* 0 when one of `events`, an error or a hang-up is there. */
static int await_fd(int fd, short events, uint64_t deadline_ns)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = events };
		int n = poll(&p, 1, ms_until(deadline_ns));

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return ERROR_IO;
		if (ms_until(deadline_ns) == 0)
			return ERROR_TIMEOUT;
	}
}

static int finish_connect(int fd, uint64_t deadline_ns)
{
	int failure = 0;
	socklen_t len = sizeof(failure);
	int err = await_fd(fd, POLLOUT, deadline_ns);

	if (err)
		return err;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len) < 0)
		return ERROR_IO;
	if (failure) {
		errno = failure;
		return ERROR_IO;
	}
	return 0;
}

int derp_stream_connect(struct derp_stream *s, const struct sockaddr_storage *address, socklen_t address_len,
			uint32_t recv_buffer, uint32_t timeout_ms)
{
	int one = 1, err = 0, fd;

	hd_assert(s->fd < 0);
	fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERROR_IO;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (recv_buffer)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &recv_buffer, sizeof(recv_buffer));
	if (connect(fd, (const struct sockaddr *)address, address_len) < 0)
		err = errno == EINPROGRESS ? finish_connect(fd, deadline_in(timeout_ms)) : ERROR_IO;
	if (err) {
		int saved = errno;

		close(fd);
		errno = saved;
		return err;
	}
	s->fd = fd;
	return 0;
}

/* --- plain or TLS --------------------------------------------------------- */

/* Bytes; ERROR_MORE: after await_ready(). */
static ssize_t write_some(struct derp_stream *s, const uint8_t *data, size_t len)
{
	ssize_t n;

	if (s->tls)
		return tls_stream_write(s->tls, data, len);
	n = send(s->fd, data, len, MSG_NOSIGNAL);
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? ERROR_MORE : ERROR_IO;
}

/* The end of TLS without a close_notify is an end, too: relays that are killed go so. */
static ssize_t read_some(struct derp_stream *s, uint8_t *data, size_t cap)
{
	ssize_t n;

	if (s->tls) {
		n = tls_stream_read(s->tls, data, cap);
		return n == ERROR_IO && errno == 0 ? ERROR_CLOSED : n;
	}
	n = recv(s->fd, data, cap, 0);
	if (n > 0)
		return n;
	if (n == 0)
		return ERROR_CLOSED;
	return errno == EAGAIN || errno == EINTR ? ERROR_MORE : ERROR_IO;
}

/* After ERROR_MORE from an attempt to read (POLLIN) or write (POLLOUT). */
static int await_ready(const struct derp_stream *s, short events, uint64_t deadline_ns)
{
	return await_fd(s->fd, s->tls ? tls_stream_wants(s->tls) : events, deadline_ns);
}

int derp_stream_secure(struct derp_stream *s, struct tls_client *client, const char *name, uint32_t timeout_ms)
{
	uint64_t deadline_ns = deadline_in(timeout_ms);
	int err;

	hd_assert(!s->tls && s->out.len == 0);
	if (s->fd < 0)
		return ERROR_CLOSED;
	err = tls_stream_new(&s->tls, client, s->fd, name);
	if (err)
		return err;
	while ((err = tls_stream_handshake(s->tls)) == ERROR_MORE) {
		err = await_ready(s, POLLIN, deadline_ns);
		if (err)
			return err;
	}
	return err;
}

/* --- sending -------------------------------------------------------------- */

/* As much of what is kept as the socket takes before the deadline; *sent counts it. */
static int write_until(struct derp_stream *s, size_t *sent, uint64_t deadline_ns)
{
	while (*sent < s->out.len) {
		ssize_t n = write_some(s, s->out.data + *sent, s->out.len - *sent);
		int err;

		if (n >= 0) {
			*sent += (size_t)n;
			continue;
		}
		if (n != ERROR_MORE)
			return (int)n;
		err = await_ready(s, POLLOUT, deadline_ns);
		if (err)
			return err;
	}
	return 0;
}

int derp_stream_flush(struct derp_stream *s, uint32_t timeout_ms)
{
	size_t sent = 0;
	int err;

	if (s->fd < 0)
		return ERROR_CLOSED;
	err = write_until(s, &sent, deadline_in(timeout_ms));
	bytes_consume(&s->out, sent);
	return err;
}

int derp_stream_send(struct derp_stream *s, const struct iovec *parts, size_t count, uint32_t timeout_ms)
{
	size_t total = 0;
	int err;

	if (s->fd < 0)
		return ERROR_CLOSED;
	if (s->out.len > DERP_STREAM_OUTBOX_MAX)
		return ERROR_FULL;
	for (size_t i = 0; i < count; i++)
		total += parts[i].iov_len;
	if (total > FRAME_HEADER_SIZE + DERP_STREAM_FRAME_MAX)
		return ERROR_TOO_BIG;
	err = bytes_reserve(&s->out, total);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (parts[i].iov_len)
			memcpy(s->out.data + s->out.len, parts[i].iov_base, parts[i].iov_len);
		s->out.len += parts[i].iov_len;
	}
	return derp_stream_flush(s, timeout_ms);
}

/* --- receiving ------------------------------------------------------------ */

const uint8_t *derp_stream_pending(const struct derp_stream *s, size_t *len)
{
	*len = s->in.len - s->in_at;
	return s->in.data ? s->in.data + s->in_at : NULL;
}

void derp_stream_skip(struct derp_stream *s, size_t n)
{
	hd_assert(n <= s->in.len - s->in_at);
	s->in_at += n;
}

/* One read into the room behind what is pending; waits for bytes if there are none. */
static int fill_until(struct derp_stream *s, uint64_t deadline_ns)
{
	int err;

	if (s->fd < 0)
		return ERROR_CLOSED;
	bytes_consume(&s->in, s->in_at);
	s->in_at = 0;
	err = bytes_reserve(&s->in, s->read_size);
	if (err)
		return err;
	for (;;) {
		ssize_t n = read_some(s, s->in.data + s->in.len, s->read_size);

		if (n > 0) {
			s->in.len += (size_t)n;
			if ((size_t)n == s->read_size && s->read_size < READ_SIZE_MAX)
				s->read_size *= 2;
			return 0;
		}
		if (n != ERROR_MORE)
			return (int)n;
		err = await_ready(s, POLLIN, deadline_ns);
		if (err)
			return err;
	}
}

int derp_stream_fill(struct derp_stream *s, uint32_t timeout_ms)
{
	return fill_until(s, deadline_in(timeout_ms));
}

int derp_stream_recv(struct derp_stream *s, struct derp_frame *f, uint32_t timeout_ms)
{
	uint64_t deadline_ns = deadline_in(timeout_ms);

	for (;;) {
		size_t len;
		const uint8_t *p = derp_stream_pending(s, &len);
		int err;

		if (len >= FRAME_HEADER_SIZE) {
			struct frame_header h = frame_header_load(p);

			if (h.body_len > DERP_STREAM_FRAME_MAX)
				return ERROR_MALFORMED;
			if (len - FRAME_HEADER_SIZE >= h.body_len) {
				*f = (struct derp_frame){ h.type, p + FRAME_HEADER_SIZE, h.body_len };
				s->in_at += FRAME_HEADER_SIZE + h.body_len;
				return 0;
			}
		}
		err = fill_until(s, deadline_ns);
		if (err)
			return err;
	}
}

int derp_stream_recv_raw(struct derp_stream *s, void *data, size_t cap, uint32_t timeout_ms)
{
	size_t len;

	derp_stream_pending(s, &len);
	if (len == 0) {
		int err = derp_stream_fill(s, timeout_ms);

		if (err)
			return err;
	}
	const uint8_t *p = derp_stream_pending(s, &len);

	if (len > cap)
		len = cap;
	memcpy(data, p, len);
	s->in_at += len;
	return (int)len;
}
