/* SPDX-License-Identifier: MIT */
#include "proto/client_info.h"

#include <string.h>

#include "proto/json_fields.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/writer.h"

/* Unlike the other members, null is no way to leave this one out: a client
 * that means to be a mesh peer and is not is better told at once. */
static int set_mesh_key(void *into, struct json_value v)
{
	static const uint8_t none[CLIENT_INFO_MESH_KEY_SIZE];
	struct client_info *info = into;
	char hex[2 * CLIENT_INFO_MESH_KEY_SIZE];
	bool ok;

	if (json_kind_of(v) != JSON_STRING)
		return ERROR_MALFORMED;
	ok = json_copy_ascii(hex, sizeof(hex), v) &&
	     bytes_from_hex(info->mesh_key, CLIENT_INFO_MESH_KEY_SIZE, hex);
	bytes_wipe(hex, sizeof(hex));
	if (!ok)
		return ERROR_MALFORMED;
	info->has_mesh_key = !bytes_equal_secret(info->mesh_key, none, sizeof(none));
	return 0;
}

static int set_version(void *into, struct json_value v)
{
	return json_fields_int64(&((struct client_info *)into)->version, v);
}

static int set_can_ack_pings(void *into, struct json_value v)
{
	return json_fields_bool(&((struct client_info *)into)->can_ack_pings, v);
}

static int set_is_prober(void *into, struct json_value v)
{
	return json_fields_bool(&((struct client_info *)into)->is_prober, v);
}

static char printable(uint32_t c)
{
	return c >= 0x20 && c < 0x7f ? (char)c : '?';
}

static int set_app_name(void *into, struct json_value v)
{
	struct client_info *info = into;
	struct json_chars chars;
	size_t len = 0;
	uint32_t c;

	if (json_kind_of(v) == JSON_NULL)
		return 0;
	if (json_kind_of(v) != JSON_STRING)
		return ERROR_MALFORMED;
	chars = json_chars_of(v);
	while (len < CLIENT_INFO_APP_NAME_MAX && json_chars_next(&chars, &c))
		info->app_name[len++] = printable(c);
	info->app_name[len] = '\0';
	return 0;
}

static const struct json_field fields[] = {
	{ "meshKey", set_mesh_key },
	{ "version", set_version },
	{ "CanAckPings", set_can_ack_pings },
	{ "IsProber", set_is_prober },
	{ "AppName", set_app_name },
};

int client_info_parse(struct client_info *out, const uint8_t *json, size_t len)
{
	struct client_info info = { 0 };
	int rc = json_fields_fill(&info, fields, HD_ARRAY_LEN(fields), json, len);

	if (rc == 0)
		*out = info;
	bytes_wipe(info.mesh_key, sizeof(info.mesh_key));
	return rc;
}

static void write_mesh_key(struct writer *w, const struct client_info *info)
{
	char hex[2 * CLIENT_INFO_MESH_KEY_SIZE + 1];

	bytes_to_hex(hex, info->mesh_key, CLIENT_INFO_MESH_KEY_SIZE);
	writer_text(w, "\"meshKey\":\"");
	writer_text(w, hex);
	writer_text(w, "\",");
	bytes_wipe(hex, sizeof(hex));
}

static void write_app_name(struct writer *w, const char *name)
{
	writer_text(w, ",\"AppName\":\"");
	for (; *name; name++) {
		char c = printable((unsigned char)*name);

		if (c == '"' || c == '\\')
			writer_u8(w, '\\');
		writer_u8(w, (uint8_t)c);
	}
	writer_text(w, "\"");
}

int client_info_write(uint8_t *out, size_t cap, const struct client_info *info)
{
	struct writer w = writer_over(out, cap);

	writer_text(&w, "{");
	if (info->has_mesh_key)
		write_mesh_key(&w, info);
	writer_text(&w, "\"version\":");
	writer_decimal(&w, info->version);
	writer_text(&w, info->can_ack_pings ? ",\"CanAckPings\":true" : ",\"CanAckPings\":false");
	if (info->is_prober)
		writer_text(&w, ",\"IsProber\":true");
	if (info->app_name[0])
		write_app_name(&w, info->app_name);
	writer_text(&w, "}");
	return w.failed ? ERROR_TOO_BIG : (int)writer_len(&w);
}
