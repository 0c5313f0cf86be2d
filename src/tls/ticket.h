/* SPDX-License-Identifier: MIT
 * Keys of session tickets. Tickets are stateless: all a server needs to resume
 * a session is in the ticket, sealed with a key that only this process has. The
 * keys outlive certificates (share them over reloads), and change by
 * themselves: one seals for 12 hours and opens for 12 more. Any thread. */
#ifndef HD_TLS_TICKET_H
#define HD_TLS_TICKET_H

#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

#define TICKET_LIFETIME_S 43200 /* a ticket is good for so long */

struct ticket_keys;
struct ssl_ctx_st;

/* One reference, the caller's. ERROR_NO_MEMORY, ERROR_CRYPTO (no random bytes). */
HD_MUST_CHECK int ticket_keys_new(struct ticket_keys **keys);
struct ticket_keys *ticket_keys_ref(struct ticket_keys *keys);
void ticket_keys_unref(struct ticket_keys *keys); /* the last one wipes and frees; NULL is fine */

/* At most, for so many bytes in it: the key's name, a nonce, whole blocks, the code
 * that authenticates them. */
#define TICKET_SIZE(len) (16 + 16 + ((len) / 16 + 1) * 16 + 32)

/* Seals what a ticket of TLS 1.3 holds, for OpenSSL to open with these keys. Returns
 * the bytes written, TICKET_SIZE(len), or ERROR_CRYPTO. */
HD_MUST_CHECK int ticket_keys_seal(struct ticket_keys *keys, uint8_t *out, const void *content, size_t len);

/* Makes a context of OpenSSL's use these keys, which must outlive it. */
void ticket_keys_use(struct ticket_keys *keys, struct ssl_ctx_st *ssl_ctx);

#endif
