/* SPDX-License-Identifier: MIT
 * Building HTTP/1.1 responses, and parsing response heads for our own clients. */
#ifndef HD_PROTO_HTTP_RESPONSE_H
#define HD_PROTO_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/http_head.h"
#include "proto/http_status.h"
#include "proto/key.h"
#include "util/assert.h"
#include "util/writer.h"

/* Status line; then fields; then http_response_end with the body. All into a
 * writer: look at w->failed once at the end. */
void http_response_begin(struct writer *w, int status);
/* Control bytes in a value would split the response: asserted absent. */
void http_response_field(struct writer *w, const char *name, const char *value);
/* Content-Length and, if `close`, Connection: close; then the empty line and,
 * unless `head_only`, the body. */
void http_response_end(struct writer *w, const void *body, size_t body_len, bool close, bool head_only);
/* For a status that has no body and no Content-Length either (1xx, 204, 304). */
void http_response_end_empty(struct writer *w, bool close);

/* The whole answer to a DERP upgrade: 101, Upgrade: DERP, Connection: Upgrade,
 * Derp-Version: 2, Derp-Public-Key: <64 hex>. */
void http_response_upgrade_derp(struct writer *w, const struct key *server);

struct http_response {
	int status;
	int version_minor;
	size_t head_len;
	size_t field_count;
	struct http_field fields[HTTP_FIELDS_MAX];
};

/* As http_request_parse, for a response head. Status 100..999. */
HD_MUST_CHECK int http_response_parse(struct http_response *res, const uint8_t *data, size_t len, size_t *scanned);
const struct http_text *http_response_field_of(const struct http_response *res, const char *name);

#endif
