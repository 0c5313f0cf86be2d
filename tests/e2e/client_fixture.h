/* SPDX-License-Identifier: MIT
 * Clients of the daemon under test. A failure in here fails the running test. */
#ifndef HD_TESTS_E2E_CLIENT_FIXTURE_H
#define HD_TESTS_E2E_CLIENT_FIXTURE_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/frame.h"
#include "tests/e2e/daemon_fixture.h"
#include "tools/lib/derp_client.h"

/* What most tests want: 127.0.0.1, the daemon's port, long time-outs. */
struct derp_client_options client_options(const struct daemon *d);

/* Logged in by these options; by what most tests want. */
struct derp_client *client_login_with(const struct derp_client_options *o);
struct derp_client *client_login(const struct daemon *d);
/* Logged in with a key that is given (32 bytes), or as a mesh peer. */
struct derp_client *client_login_as(const struct daemon *d, const uint8_t *private_key);
struct derp_client *client_login_mesh(const struct daemon *d, const uint8_t *mesh_key);

/* The next frame other than KeepAlive. */
struct derp_frame client_next(struct derp_client *c);
/* The next frame other than KeepAlive is of this type and length. */
struct derp_frame client_expect(struct derp_client *c, uint8_t type, uint32_t len);
/* ... is this packet. */
void client_expect_packet(struct derp_client *c, const struct key *from, const void *data, size_t len);
/* ... says that `gone` is gone, for this reason. */
void client_expect_gone(struct derp_client *c, const struct key *gone, enum frame_gone_reason why);
/* The relay closes the connection, in order or by reset; frames before that are skipped. */
void client_expect_closed(struct derp_client *c);
/* Ping and its Pong: the relay has read all that was sent before. Whatever
 * comes between is a failure, but KeepAlive. */
void client_sync(struct derp_client *c);
/* Is the connection still of use? As client_sync, skipping all other frames. */
void client_expect_alive(struct derp_client *c);

void client_send(struct derp_client *c, const struct key *to, const void *data, size_t len);
void client_send_frame(struct derp_client *c, uint8_t type, const void *body, size_t len);
void client_send_raw(struct derp_client *c, const void *data, size_t len);

/* Bytes that only this seed and length give; for checking payloads. */
void client_fill(uint8_t *data, size_t len, uint64_t seed);
/* A seeded stream of numbers (xorshift64*); *state is not 0. */
uint64_t client_random(uint64_t *state);

/* A packet that looks like disco, `len` of at least 62 bytes. */
void client_fill_disco(uint8_t *data, size_t len);

#endif
