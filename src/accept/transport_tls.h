/* SPDX-License-Identifier: MIT
 * TLS in user space under a login: whole records are opened as they come, what
 * is written is sealed at once. Buffers exist only while something waits. */
#ifndef HD_ACCEPT_TRANSPORT_TLS_H
#define HD_ACCEPT_TRANSPORT_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bus/messages.h"
#include "util/assert.h"

struct tls_secrets;
struct transport_tls;

HD_MUST_CHECK int transport_tls_new(struct transport_tls **t, const struct tls_secrets *secrets);
void transport_tls_free(struct transport_tls *t); /* NULL is fine */

/* As their namesakes in transport.h. */
HD_MUST_CHECK int transport_tls_put_tickets(struct transport_tls *t, const uint8_t *messages, size_t len);
HD_MUST_CHECK ssize_t transport_tls_read(struct transport_tls *t, int fd, void *to, size_t cap);
HD_MUST_CHECK ssize_t transport_tls_write(struct transport_tls *t, int fd, const void *from, size_t len);
bool transport_tls_pending(const struct transport_tls *t);
bool transport_tls_unsent(const struct transport_tls *t);
HD_MUST_CHECK int transport_tls_flush(struct transport_tls *t, int fd);
size_t transport_tls_held(const struct transport_tls *t);
/* Tries to say close_notify. */
void transport_tls_goodbye(struct transport_tls *t, int fd);

/* Data opened and not read. */
const uint8_t *transport_tls_plain(const struct transport_tls *t, size_t *len);
/* Moves the record layer's state and the beginning of a record into h. */
void transport_tls_give(struct transport_tls *t, struct handover *h);

#endif
