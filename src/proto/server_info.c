/* SPDX-License-Identifier: MIT */
#include "proto/server_info.h"

#include "proto/json_fields.h"
#include "util/error.h"
#include "util/writer.h"

static int set_version(void *into, struct json_value v)
{
	return json_fields_int64(&((struct server_info *)into)->version, v);
}

static int set_rate(void *into, struct json_value v)
{
	return json_fields_int64(&((struct server_info *)into)->rate_bytes_per_s, v);
}

static int set_burst(void *into, struct json_value v)
{
	return json_fields_int64(&((struct server_info *)into)->burst_bytes, v);
}

static const struct json_field fields[] = {
	{ "version", set_version },
	{ "TokenBucketBytesPerSecond", set_rate },
	{ "TokenBucketBytesBurst", set_burst },
};

int server_info_parse(struct server_info *out, const uint8_t *json, size_t len)
{
	struct server_info info = { 0 };
	int rc = json_fields_fill(&info, fields, HD_ARRAY_LEN(fields), json, len);

	if (rc == 0)
		*out = info;
	return rc;
}

static void write_member(struct writer *w, const char *name, int64_t value)
{
	if (value == 0)
		return;
	writer_text(w, writer_len(w) > 1 ? ",\"" : "\"");
	writer_text(w, name);
	writer_text(w, "\":");
	writer_decimal(w, value);
}

int server_info_write(uint8_t *out, size_t cap, const struct server_info *info)
{
	struct writer w = writer_over(out, cap);

	writer_text(&w, "{");
	write_member(&w, "version", info->version);
	write_member(&w, "TokenBucketBytesPerSecond", info->rate_bytes_per_s);
	write_member(&w, "TokenBucketBytesBurst", info->burst_bytes);
	writer_text(&w, "}");
	return w.failed ? ERROR_TOO_BIG : (int)writer_len(&w);
}
