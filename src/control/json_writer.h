/* SPDX-License-Identifier: MIT
 * Writes JSON piece by piece. Not jansson: that builds the whole document in
 * memory first, some hundred megabytes for a listing of 100,000 peers, where
 * this needs one small buffer and can pause anywhere. Nothing is parsed here,
 * and what is written is flat. */
#ifndef HD_CONTROL_JSON_WRITER_H
#define HD_CONTROL_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "util/bytes.h"

/* Copying it keeps the place in the document; `out` may be another buffer then. */
struct json_writer {
	struct bytes *out;
	int error;  /* the first of bytes.h; sticky, nothing is written after it */
	bool comma; /* the next member or element needs one in front */
};

void json_writer_init(struct json_writer *j, struct bytes *out);
void json_writer_object(struct json_writer *j);
void json_writer_object_end(struct json_writer *j);
void json_writer_array(struct json_writer *j);
void json_writer_array_end(struct json_writer *j);
/* Name of the member whose value comes next. */
void json_writer_name(struct json_writer *j, const char *name);
/* Control bytes, quotes and backslashes are escaped; bytes over 0x7f become
 * U+FFFD (texts here are ASCII). */
void json_writer_text(struct json_writer *j, const char *text);
void json_writer_number(struct json_writer *j, uint64_t n);
void json_writer_bool(struct json_writer *j, bool b);

#endif
