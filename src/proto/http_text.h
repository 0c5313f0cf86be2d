/* SPDX-License-Identifier: MIT
 * A piece of an HTTP head, in place: the caller's bytes, not NUL-terminated. */
#ifndef HD_PROTO_HTTP_TEXT_H
#define HD_PROTO_HTTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct http_text {
	const char *at;
	size_t len;
};

bool http_text_is(struct http_text t, const char *text);        /* exact */
bool http_text_is_nocase(struct http_text t, const char *text); /* ASCII case folded */
/* Not empty, and nothing but the characters of a token (RFC 9110, 5.6.2). */
bool http_text_is_token(struct http_text t);
/* Without spaces and tabs at both ends. */
struct http_text http_text_trim(struct http_text t);
/* What stands before the first `c`; *rest gets what stands behind it. False,
 * and all of t, if there is no `c`; *rest is then empty. */
bool http_text_cut(struct http_text t, char c, struct http_text *before, struct http_text *rest);

#endif
