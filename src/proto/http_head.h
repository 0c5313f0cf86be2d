/* SPDX-License-Identifier: MIT
 * What request and response heads share (RFC 9112): finding the end of a head,
 * and its fields. Lines end with CRLF or a bare LF. */
#ifndef HD_PROTO_HTTP_HEAD_H
#define HD_PROTO_HTTP_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "proto/http_text.h"
#include "util/assert.h"

#define HTTP_HEAD_MAX (64 * 1024) /* bytes of first line, fields and the empty line */
#define HTTP_FIELDS_MAX 256

struct http_field {
	struct http_text name;
	struct http_text value; /* white space around it removed */
};

/* Length of the head at the start of data, its empty line included. ERROR_MORE,
 * or ERROR_TOO_BIG over HTTP_HEAD_MAX. `scanned`: bytes known to hold no end,
 * 0 at first; kept between calls it makes byte-wise arrival linear. */
HD_MUST_CHECK int http_head_length(const uint8_t *data, size_t len, size_t *scanned);

/* Cuts the next line (without its end) off a whole head. */
struct http_text http_head_line(struct http_text *head);

/* The field lines of a head, after its first line was cut off, into `fields`.
 * Returns their number, ERROR_TOO_BIG over HTTP_FIELDS_MAX, ERROR_MALFORMED. */
HD_MUST_CHECK int http_head_fields(struct http_field fields[HTTP_FIELDS_MAX], struct http_text head);

/* First field of that name (case-insensitive), or NULL. */
const struct http_text *http_head_field(const struct http_field *fields, size_t count, const char *name);

/* Minor version of "HTTP/1.x". ERROR_UNSUPPORTED for another major version,
 * ERROR_MALFORMED for anything else. */
HD_MUST_CHECK int http_head_version(struct http_text version);

#endif
