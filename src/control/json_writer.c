/* SPDX-License-Identifier: MIT */
#include "control/json_writer.h"

#include <inttypes.h>

void json_writer_init(struct json_writer *j, struct bytes *out)
{
	*j = (struct json_writer){ .out = out };
}

static void put(struct json_writer *j, const char *text)
{
	if (!j->error)
		j->error = bytes_append_text(j->out, text);
}

/* A value (or the start of one) comes now; what it ends with says whether the
 * next one needs a comma. */
static void separate(struct json_writer *j, bool comma_after)
{
	if (j->comma)
		put(j, ",");
	j->comma = comma_after;
}

void json_writer_object(struct json_writer *j)
{
	separate(j, false);
	put(j, "{");
}

void json_writer_object_end(struct json_writer *j)
{
	put(j, "}");
	j->comma = true;
}

void json_writer_array(struct json_writer *j)
{
	separate(j, false);
	put(j, "[");
}

void json_writer_array_end(struct json_writer *j)
{
	put(j, "]");
	j->comma = true;
}

static void put_quoted(struct json_writer *j, const char *text)
{
	put(j, "\"");
	for (; *text && !j->error; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			j->error = bytes_printf(j->out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			j->error = bytes_printf(j->out, "\\u%04x", c);
		else if (c > 0x7f)
			put(j, "\\ufffd");
		else
			j->error = bytes_append(j->out, text, 1);
	}
	put(j, "\"");
}

void json_writer_name(struct json_writer *j, const char *name)
{
	separate(j, false);
	put_quoted(j, name);
	put(j, ":");
}

void json_writer_text(struct json_writer *j, const char *text)
{
	separate(j, true);
	put_quoted(j, text);
}

void json_writer_number(struct json_writer *j, uint64_t n)
{
	separate(j, true);
	if (!j->error)
		j->error = bytes_printf(j->out, "%" PRIu64, n);
}

void json_writer_bool(struct json_writer *j, bool b)
{
	separate(j, true);
	put(j, b ? "true" : "false");
}
