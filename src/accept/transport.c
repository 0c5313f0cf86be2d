/* SPDX-License-Identifier: MIT */
#include "accept/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accept/transport_tls.h"
#include "tls/ktls.h"
#include "tls/ktls_conn.h"
#include "tls/ktls_error.h"
#include "tls/suite.h"
#include "util/error.h"
#include "util/log.h"

static struct log_limit refused_limit = { .burst = 1, .interval_ms = 60000 };

void transport_init(struct transport *t, int fd)
{
	hd_assert(fd >= 0);
	*t = (struct transport){ .fd = fd };
}

void transport_release(struct transport *t)
{
	transport_tls_free(t->tls);
	ktls_conn_free(t->offload);
	if (t->fd >= 0)
		close(t->fd);
	*t = (struct transport){ .fd = -1 };
}

/* ERROR_UNSUPPORTED: the kernel does not take this suite; the connection is as
 * it was. */
static int secure_in_kernel(struct transport *t, const struct tls_secrets *secrets)
{
	int rc = ktls_conn_new(&t->offload, secrets);

	if (rc == 0)
		rc = ktls_install(t->fd, secrets);
	if (rc == ERROR_UNSUPPORTED)
		log_limited(&refused_limit, LOG_LEVEL_WARN, "tls", "the kernel does not take the keys of a "
			    "connection (TLS 1.%d, %s): %s; such ones go on in user space",
			    secrets->version == TLS_VERSION_1_3 ? 3 : 2, suite_name(secrets->suite),
			    strerror(errno));
	if (rc < 0) {
		ktls_conn_free(t->offload);
		t->offload = NULL;
	}
	return rc;
}

int transport_secure(struct transport *t, const struct tls_secrets *secrets, bool offload)
{
	int rc = offload ? secure_in_kernel(t, secrets) : ERROR_UNSUPPORTED;

	hd_assert(!t->tls);
	return rc == ERROR_UNSUPPORTED ? transport_tls_new(&t->tls, secrets) : rc;
}

int transport_error(int error)
{
	if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR)
		return ERROR_MORE;
	return error == ECONNRESET || error == EPIPE ? ERROR_CLOSED : ERROR_IO;
}

/* ---- with TLS in the kernel ---- */

static int offload_error(int error)
{
	return ktls_error_of_record(error) ? ERROR_CRYPTO : transport_error(error);
}

/* What came is not data, or has none in it. */
static int offload_control(int event)
{
	switch (event) {
	case CONTROL_CLOSE_NOTIFY:
	case CONTROL_ALERT:
		return ERROR_CLOSED;
	case ERROR_UNSUPPORTED:
	case ERROR_IO:
		return event;
	case ERROR_CRYPTO: /* it verified; there was no memory for the next key */
		return ERROR_NO_MEMORY;
	default:
		return event < 0 ? ERROR_CRYPTO : 0;
	}
}

/* The kernel has nothing more after a KeyUpdate, until it has been dealt with. */
static ssize_t offload_read(struct transport *t, void *to, size_t cap)
{
	for (;;) {
		uint8_t type;
		ssize_t n = ktls_receive(t->fd, to, cap, &type);
		int rc;

		if (n < 0)
			return offload_error(errno);
		if (type == KTLS_NO_RECORD)
			return ERROR_CLOSED;
		rc = offload_control(ktls_conn_take(t->offload, t->fd, type, to, (size_t)n));
		if (rc < 0)
			return rc;
		if (type == TLS_RECORD_DATA && n > 0)
			return n;
	}
}

/* A KeyUpdate that the client asked for goes before the next data. */
static ssize_t offload_write(struct transport *t, const void *from, size_t len)
{
	ssize_t n;
	int rc = ktls_conn_owes(t->offload) ? ktls_conn_pay(t->offload, t->fd) : 0;

	if (rc < 0)
		return rc == ERROR_CRYPTO ? ERROR_NO_MEMORY : rc;
	n = send(t->fd, from, len, MSG_NOSIGNAL);
	if (n < 0)
		return offload_error(errno);
	ktls_conn_sent(t->offload, (size_t)n);
	return n;
}

int transport_put_tickets(struct transport *t, const uint8_t *messages, size_t len)
{
	int rc;

	if (t->tls)
		return transport_tls_put_tickets(t->tls, messages, len);
	rc = ktls_send_record(t->fd, TLS_RECORD_HANDSHAKE, messages, len);
	if (rc == 0)
		ktls_conn_sent(t->offload, len);
	else
		rc = offload_error(errno);
	return rc == ERROR_MORE ? 0 : rc;
}

/* ---- bytes ---- */

ssize_t transport_read(struct transport *t, void *to, size_t cap)
{
	ssize_t n;

	hd_assert(cap > 0);
	if (t->tls)
		return transport_tls_read(t->tls, t->fd, to, cap);
	if (t->offload)
		return offload_read(t, to, cap);
	n = recv(t->fd, to, cap, 0);
	if (n < 0)
		return transport_error(errno);
	return n > 0 ? n : ERROR_CLOSED;
}

ssize_t transport_write(struct transport *t, const void *from, size_t len)
{
	ssize_t n;

	hd_assert(len > 0);
	if (t->tls)
		return transport_tls_write(t->tls, t->fd, from, len);
	if (t->offload)
		return offload_write(t, from, len);
	n = send(t->fd, from, len, MSG_NOSIGNAL);
	return n < 0 ? transport_error(errno) : n;
}

bool transport_pending(const struct transport *t)
{
	return t->tls && transport_tls_pending(t->tls);
}

bool transport_unsent(const struct transport *t)
{
	return t->tls && transport_tls_unsent(t->tls);
}

int transport_flush(struct transport *t)
{
	return t->tls ? transport_tls_flush(t->tls, t->fd) : 0;
}

size_t transport_held(const struct transport *t)
{
	return t->tls ? transport_tls_held(t->tls) : 0;
}

void transport_shutdown(struct transport *t)
{
	if (t->tls)
		transport_tls_goodbye(t->tls, t->fd);
	else if (t->offload)
		ktls_conn_goodbye(t->offload, t->fd, TLS_ALERT_CLOSE_NOTIFY);
	(void)shutdown(t->fd, SHUT_WR);
}

static enum peer_transport kind(const struct transport *t)
{
	if (t->tls)
		return PEER_TRANSPORT_TLS;
	return t->offload ? PEER_TRANSPORT_KTLS : PEER_TRANSPORT_PLAIN;
}

int transport_hand_over(struct transport *t, struct handover *h, const uint8_t *taken, size_t taken_len)
{
	size_t plain_len = 0;
	const uint8_t *plain = t->tls ? transport_tls_plain(t->tls, &plain_len) : NULL;

	if (taken_len + plain_len > 0) {
		h->leftover = malloc(taken_len + plain_len);
		if (!h->leftover)
			return ERROR_NO_MEMORY;
		if (taken_len > 0)
			memcpy(h->leftover, taken, taken_len);
		if (plain_len > 0)
			memcpy(h->leftover + taken_len, plain, plain_len);
		h->leftover_len = (uint32_t)(taken_len + plain_len);
	}
	h->transport = (uint8_t)kind(t);
	h->fd = t->fd;
	h->offload = t->offload;
	if (t->tls)
		transport_tls_give(t->tls, h);
	t->fd = -1;
	t->offload = NULL;
	return 0;
}
