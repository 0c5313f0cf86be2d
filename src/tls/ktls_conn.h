/* SPDX-License-Identifier: MIT
 * What must be remembered of a connection whose keys the kernel holds: the
 * secrets, for the next keys, and how much the present one has sealed. The
 * counterpart of record.h. One thread at a time; it may be another one later. */
#ifndef HD_TLS_KTLS_CONN_H
#define HD_TLS_KTLS_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/control.h"
#include "tls/secrets.h"
#include "util/assert.h"

struct ktls_conn;

/* Copies the secrets; wipe them afterwards. ERROR_NO_MEMORY. */
HD_MUST_CHECK int ktls_conn_new(struct ktls_conn **conn, const struct tls_secrets *s);
void ktls_conn_free(struct ktls_conn *conn); /* wipes; NULL is fine */

/* A record the kernel gave, its type and contents. For data: CONTROL_NONE. For
 * others what control_take says, and the receiving key is renewed if need be.
 * ERROR_UNSUPPORTED: the kernel cannot take the client's new key (before 6.14).
 * ERROR_MALFORMED, ERROR_FULL, ERROR_CRYPTO, ERROR_IO. */
HD_MUST_CHECK int ktls_conn_take(struct ktls_conn *conn, int fd, uint8_t type, const uint8_t *data, size_t len);
/* The receiving key was renewed since the last call. */
bool ktls_conn_renewed(struct ktls_conn *conn);

/* The socket took so many bytes: counts the most records they can have made. */
void ktls_conn_sent(struct ktls_conn *conn, size_t bytes);
/* A KeyUpdate is due: the client asked, or our key has sealed what it may. */
bool ktls_conn_owes(const struct ktls_conn *conn);
/* Sends it and renews our key; only while no send is under way. ERROR_MORE:
 * the socket is full, try again. ERROR_UNSUPPORTED: the kernel cannot, or the
 * connection is TLS 1.2: close it. ERROR_CRYPTO, ERROR_IO. */
HD_MUST_CHECK int ktls_conn_pay(struct ktls_conn *conn, int fd);
/* Last words; what the socket takes of them. */
void ktls_conn_goodbye(struct ktls_conn *conn, int fd, enum tls_alert alert);

#endif
