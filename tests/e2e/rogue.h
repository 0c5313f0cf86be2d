/* SPDX-License-Identifier: MIT
 * A client over TLS that seals its records itself, in any manner: shakes hands
 * as OpenSSL does and goes on without it. A failure in here fails the running
 * test. */
#ifndef HD_TESTS_E2E_ROGUE_H
#define HD_TESTS_E2E_ROGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/e2e/daemon_fixture.h"
#include "tls/record.h"

struct rogue;
struct key;

#define ROGUE_NO_ALERT 255

/* version: enum tls_version, no other is spoken. No byte after the handshake
 * has been sent. */
struct rogue *rogue_shake_hands(struct daemon *d, enum tls_version version);
/* Sends a login; waits until the relay has taken it. */
void rogue_login(struct rogue *r);
/* Both. */
struct rogue *rogue_connect(struct daemon *d, enum tls_version version);
void rogue_free(struct rogue *r);

/* What is put goes out with rogue_flush, or when it has become much. */
void rogue_flush(struct rogue *r);
/* A sealed record of any type. padding: zeroes behind it, TLS 1.3 only. */
void rogue_put(struct rogue *r, uint8_t type, const void *data, size_t len, size_t padding);
void rogue_put_alert(struct rogue *r, uint8_t level, uint8_t alert);
/* TLS 1.3; what comes later is sealed with the next key. */
void rogue_put_key_update(struct rogue *r, bool ask);
/* TLS 1.3: a record in which there are only so many zeroes, and no type. */
void rogue_put_zeroes(struct rogue *r, size_t len);
/* A record of data that does not verify. */
void rogue_put_damaged(struct rogue *r);
/* What is put goes out, and nothing more after it. */
void rogue_half_close(struct rogue *r);
/* Bytes as they are. */
void rogue_put_raw(struct rogue *r, const void *data, size_t len);
/* A frame as data, in records of `record` bytes with so much padding each. */
void rogue_put_frame(struct rogue *r, uint8_t type, const void *body, size_t len, size_t record, size_t padding);

/* Ping and its Pong: the relay has taken all that was put. */
void rogue_sync(struct rogue *r);
/* The relay ends the connection. The alert that came before that, or
 * ROGUE_NO_ALERT: it may be lost if the relay had more to read. */
uint8_t rogue_expect_closed(struct rogue *r);
/* KeyUpdates of the relay's that came. */
unsigned rogue_key_updates(const struct rogue *r);

#endif
