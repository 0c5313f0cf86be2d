/* SPDX-License-Identifier: MIT */
#include "control/json.h"

#include <inttypes.h>

void json_init(struct json *j, struct bytes *out)
{
	*j = (struct json){ .out = out };
}

static void put(struct json *j, const char *text)
{
	if (!j->error)
		j->error = bytes_append_text(j->out, text);
}

/* A value (or the start of one) comes now; what it ends with says whether the
 * next one needs a comma. */
static void separate(struct json *j, bool comma_after)
{
	if (j->comma)
		put(j, ",");
	j->comma = comma_after;
}

void json_object(struct json *j)
{
	separate(j, false);
	put(j, "{");
}

void json_object_end(struct json *j)
{
	put(j, "}");
	j->comma = true;
}

void json_array(struct json *j)
{
	separate(j, false);
	put(j, "[");
}

void json_array_end(struct json *j)
{
	put(j, "]");
	j->comma = true;
}

static void put_quoted(struct json *j, const char *text)
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

void json_name(struct json *j, const char *name)
{
	separate(j, false);
	put_quoted(j, name);
	put(j, ":");
}

void json_text(struct json *j, const char *text)
{
	separate(j, true);
	put_quoted(j, text);
}

void json_number(struct json *j, uint64_t n)
{
	separate(j, true);
	if (!j->error)
		j->error = bytes_printf(j->out, "%" PRIu64, n);
}

void json_bool(struct json *j, bool b)
{
	separate(j, true);
	put(j, b ? "true" : "false");
}
