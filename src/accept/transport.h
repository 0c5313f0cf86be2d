/* SPDX-License-Identifier: MIT
 * Bytes of a login to and from its client, without blocking: plain, or through
 * TLS once transport_secure was called. */
#ifndef HD_ACCEPT_TRANSPORT_H
#define HD_ACCEPT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bus/messages.h"
#include "util/assert.h"

struct tls_secrets;
struct transport_tls;

struct transport {
	int fd; /* non-blocking socket, owned; -1: handed over or closed */
	struct ktls_conn *offload; /* TLS in the kernel, or NULL */
	struct transport_tls *tls; /* TLS in user space, or NULL */
};

void transport_init(struct transport *t, int fd);
/* Closes the descriptor, if it is still here. */
void transport_release(struct transport *t);

/* The handshake is over: from here on these keys are used, in the kernel if
 * `offload` is wanted and it takes them, else in user space. The secrets are
 * copied. ERROR_NO_MEMORY, ERROR_IO. */
HD_MUST_CHECK int transport_secure(struct transport *t, const struct tls_secrets *secrets, bool offload);

/* What brings the client its tickets, before anything else is written: it goes with
 * what is written first, or into a full socket not at all. Errors as transport_write. */
HD_MUST_CHECK int transport_put_tickets(struct transport *t, const uint8_t *messages, size_t len);

/* Bytes read or written (> 0); ERROR_MORE: none now, wait for the descriptor;
 * ERROR_CLOSED: end of file, or the client gave up or reset the connection;
 * ERROR_IO; ERROR_CRYPTO: a record that does not verify, or is none, or has no
 * place here; ERROR_UNSUPPORTED: the kernel cannot take a client's new key;
 * ERROR_NO_MEMORY. */
HD_MUST_CHECK ssize_t transport_read(struct transport *t, void *to, size_t cap);
HD_MUST_CHECK ssize_t transport_write(struct transport *t, const void *from, size_t len);
/* The error above for an errno of recv(2) or send(2). */
int transport_error(int error);
/* Bytes can be read though the descriptor may not say so. */
bool transport_pending(const struct transport *t);
/* Bytes taken by transport_write still wait for the descriptor. */
bool transport_unsent(const struct transport *t);
/* Writes them; 0 when all are gone, else as transport_write. */
HD_MUST_CHECK int transport_flush(struct transport *t);
/* Memory taken by what waits, in either direction. */
size_t transport_held(const struct transport *t);
/* No more will be written. */
void transport_shutdown(struct transport *t);

/* Gives everything away: the descriptor, the transport's state, and the bytes
 * that were received and not read, behind the `taken_len` bytes at `taken` that
 * were read and not used. ERROR_NO_MEMORY: nothing was given. */
HD_MUST_CHECK int transport_hand_over(struct transport *t, struct handover *h, const uint8_t *taken,
				      size_t taken_len);

#endif
