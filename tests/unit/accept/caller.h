/* SPDX-License-Identifier: MIT
 * A client that can also do everything wrong: it sends any bytes in any
 * pieces. Blocking; failures are failed checks. */
#ifndef HD_TESTS_UNIT_ACCEPT_CALLER_H
#define HD_TESTS_UNIT_ACCEPT_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/messages.h"
#include "crypto/box.h"
#include "proto/key.h"
#include "proto/server_info.h"
#include "tests/unit/accept/relay.h"
#include "util/bytes.h"

struct caller {
	int fd;
	struct key key;
	struct key server;
	struct box_shared shared;
};

/* A fresh key and a socket; then its connection to the relay. Or both. */
void caller_open(struct caller *c, const struct relay *r);
void caller_dial(struct caller *c, const struct relay *r);
void caller_connect(struct caller *c, const struct relay *r);
void caller_close(struct caller *c);

void caller_send(struct caller *c, const void *data, size_t len);
void caller_send_text(struct caller *c, const char *text);
/* One byte per send(2). */
void caller_send_bytewise(struct caller *c, const void *data, size_t len);
/* As much as the relay takes before it closes; true if it took all. */
bool caller_try_send(struct caller *c, const void *data, size_t len);
/* No more will be sent. */
void caller_finish(struct caller *c);

/* Reads to the end into `out`; true for an orderly one, false for a reset. */
bool caller_read_end(struct caller *c, struct bytes *out);
/* The connection ends without another byte; and not by a reset. */
void caller_expect_end(struct caller *c);
void caller_expect_orderly_end(struct caller *c);
/* A whole HTTP response with its body; returns the status. `out` may be NULL. */
int caller_read_response(struct caller *c, struct bytes *out);
/* The answer to an upgrade: 101 (unless fast) and ServerKey. */
void caller_expect_greeting(struct caller *c, bool fast);

/* Parts of a login. fields: further HTTP fields, each with CRLF. */
void caller_put_request(struct bytes *b, const char *fields);
void caller_put_client_info(struct caller *c, struct bytes *b, const char *json, size_t len);
/* Both, with an empty document. */
void caller_put_login(struct caller *c, struct bytes *b);

/* What the relay wants the shard to send; false if it does not open. */
bool caller_open_server_info(struct caller *c, const struct handover *h, struct server_info *info);

#endif
