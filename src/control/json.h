/* SPDX-License-Identifier: MIT
 * Writes JSON piece by piece. Not jansson: that builds the whole document in
 * memory first, some hundred megabytes for a listing of 100,000 peers, where
 * this needs one small buffer and can pause anywhere. Nothing is parsed here,
 * and what is written is flat. */
#ifndef HD_CONTROL_JSON_H
#define HD_CONTROL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "util/bytes.h"

/* Copying it keeps the place in the document; `out` may be another buffer then. */
struct json {
	struct bytes *out;
	int error;  /* the first of bytes.h; sticky, nothing is written after it */
	bool comma; /* the next member or element needs one in front */
};

void json_init(struct json *j, struct bytes *out);
void json_object(struct json *j);
void json_object_end(struct json *j);
void json_array(struct json *j);
void json_array_end(struct json *j);
/* Name of the member whose value comes next. */
void json_name(struct json *j, const char *name);
/* Control bytes, quotes and backslashes are escaped; bytes over 0x7f become
 * U+FFFD (texts here are ASCII). */
void json_text(struct json *j, const char *text);
void json_number(struct json *j, uint64_t n);
void json_bool(struct json *j, bool b);

#endif
