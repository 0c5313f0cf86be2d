/* SPDX-License-Identifier: MIT
 * Bounded parser of HTTP/1.x request heads (RFC 9112). Points into the
 * caller's bytes; copies and allocates nothing. */
#ifndef HD_PROTO_HTTP_REQUEST_H
#define HD_PROTO_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/http_head.h"
#include "proto/http_text.h"
#include "util/assert.h"

struct http_request {
	struct http_text method;
	struct http_text target; /* as sent */
	struct http_text path;   /* target up to '?', without scheme and host; "" of CONNECT's host:port */
	struct http_text query;  /* after '?', may be empty */
	int version_minor;       /* HTTP/1.x: 0 or 1 (or more) */
	size_t head_len;         /* bytes of the head with its empty line */
	size_t field_count;
	struct http_field fields[HTTP_FIELDS_MAX];
};

/* 0: *req is filled (pointers into `data`); otherwise its contents are
 * undefined. ERROR_MORE: the head is not whole yet. ERROR_TOO_BIG: over
 * HTTP_HEAD_MAX or HTTP_FIELDS_MAX (answer 431). ERROR_UNSUPPORTED: not
 * HTTP/1.x (505). ERROR_MALFORMED: anything else (400):
 * bad method, target, field name, control bytes in values, obsolete folding,
 * white space before the colon, HTTP/1.1 without exactly one Host.
 * `scanned` speeds up byte-wise arrival: start at 0, keep between calls on the
 * same growing data. */
HD_MUST_CHECK int http_request_parse(struct http_request *req, const uint8_t *data, size_t len,
				     size_t *scanned);

/* First field of that name (case-insensitive), or NULL. */
const struct http_text *http_request_field(const struct http_request *req, const char *name);
/* True if a comma-separated field (all its occurrences) holds the token, in any case. */
bool http_request_has_token(const struct http_request *req, const char *name, const char *token);
/* Decoded value of a query parameter (percent-decoding, '+' is a space) into
 * `out` (NUL-terminated). ERROR_NOT_FOUND, ERROR_TOO_BIG, ERROR_MALFORMED. */
HD_MUST_CHECK int http_request_query(char *out, size_t cap, const struct http_request *req, const char *name);

#endif
