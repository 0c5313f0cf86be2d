/* SPDX-License-Identifier: MIT
 * JSON text (RFC 8259) read in place: nothing is copied, nothing allocated,
 * nothing recursive. Two steps: json_valid() looks at the whole document once;
 * all other functions want text that has passed it, and so cannot fail on its
 * shape. Accepts and refuses exactly what Go's encoding/json does, because
 * that is what wrote the documents we read. */
#ifndef HD_UTIL_JSON_H
#define HD_UTIL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

#define JSON_DEPTH_MAX 10000 /* nested objects and arrays */

/* One document, white space around it allowed. Strings may hold any byte from
 * 0x20 up; what is not UTF-8 in them counts as U+FFFD where it is read. */
bool json_valid(const void *text, size_t len);

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value { /* a value's text, without white space around it */
	const uint8_t *at;
	size_t len;
};

struct json_value json_root(const void *text, size_t len);
enum json_kind json_kind_of(struct json_value v);

struct json_members {
	const uint8_t *at;
	const uint8_t *end;
};

/* Walks the members of an object in their order, equal names included. */
struct json_members json_members_of(struct json_value object);
bool json_members_next(struct json_members *m, struct json_value *name, struct json_value *value);
/* Does a member's name equal `name` (ASCII) when case is folded as Go folds it:
 * ASCII letters, and U+017F and U+212A as s and k? */
bool json_name_is(struct json_value member_name, const char *name);

/* Of a JSON_BOOL. */
bool json_is_true(struct json_value v);
/* Of a JSON_NUMBER: ERROR_MALFORMED if it has a fraction or an exponent,
 * ERROR_RANGE if it does not fit. */
HD_MUST_CHECK int json_int64(int64_t *out, struct json_value v);

struct json_chars {
	const uint8_t *at;
	const uint8_t *end;
};

/* Walks the characters of a JSON_STRING, escapes resolved. Bytes that are not
 * UTF-8 and lone surrogates come as U+FFFD. */
struct json_chars json_chars_of(struct json_value string);
bool json_chars_next(struct json_chars *c, uint32_t *code_point);
/* Copies a JSON_STRING that has exactly n characters, all of them ASCII. False
 * for any other string; out then holds what was copied before that showed. */
bool json_copy_ascii(char *out, size_t n, struct json_value string);

#endif
