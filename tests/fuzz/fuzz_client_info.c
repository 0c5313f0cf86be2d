/* SPDX-License-Identifier: MIT
 * The input is the JSON of a ClientInfo box; it is tried as a ServerInfo, too. */
#include <stdlib.h>
#include <string.h>

#include "proto/client_info.h"
#include "proto/server_info.h"
#include "tests/fuzz/driver.h"
#include "util/error.h"
#include "util/json.h"

#define JSON_MAX 1024

static void check_same(const struct client_info *a, const struct client_info *b)
{
	hd_assert(a->version == b->version);
	hd_assert(a->has_mesh_key == b->has_mesh_key);
	hd_assert(!a->has_mesh_key || memcmp(a->mesh_key, b->mesh_key, sizeof(a->mesh_key)) == 0);
	hd_assert(a->can_ack_pings == b->can_ack_pings);
	hd_assert(a->is_prober == b->is_prober);
	hd_assert(strcmp(a->app_name, b->app_name) == 0);
}

static void check_app_name(const char *name)
{
	hd_assert(strlen(name) <= CLIENT_INFO_APP_NAME_MAX);
	for (; *name; name++)
		hd_assert(*name >= 0x20 && *name < 0x7f);
}

/* Written and parsed again, it says the same; and it has exactly one length. */
static void check_round_trip(const struct client_info *info)
{
	uint8_t json[JSON_MAX];
	struct client_info again;
	int len = client_info_write(json, sizeof(json), info);

	hd_assert(len > 0);
	hd_assert(client_info_write(json, (size_t)len, info) == len);
	hd_assert(client_info_write(json, (size_t)len - 1, info) == ERROR_TOO_BIG);
	hd_assert(client_info_parse(&again, json, (size_t)len) == 0);
	check_same(info, &again);
}

/* " TEXT\n" means what TEXT means; of a valid TEXT, {"":TEXT} is valid and holds
 * something unknown, and two of them are no document. */
static void check_wrapped(const uint8_t *text, size_t size, bool valid, const struct client_info *info)
{
	uint8_t *wrapped = malloc(2 * size + 6);
	struct client_info again;

	hd_assert(wrapped);
	memcpy(wrapped, " ", 1);
	memcpy(wrapped + 1, text, size);
	memcpy(wrapped + 1 + size, "\n", 1);
	hd_assert(json_valid(wrapped, size + 2) == valid);
	hd_assert((client_info_parse(&again, wrapped, size + 2) == 0) == (info != NULL));
	if (info)
		check_same(info, &again);
	if (valid) {
		memcpy(wrapped, "{\"\":", 4);
		memcpy(wrapped + 4, text, size);
		memcpy(wrapped + 4 + size, "}", 1);
		/* a text shorter than that cannot be too deep for one more level */
		if (size < JSON_DEPTH_MAX)
			hd_assert(client_info_parse(&again, wrapped, size + 5) == 0);
		memcpy(wrapped, text, size);
		wrapped[size] = ' ';
		memcpy(wrapped + size + 1, text, size);
		hd_assert(!json_valid(wrapped, 2 * size + 1));
	}
	free(wrapped);
}

static void check_server_info(const uint8_t *data, size_t size, bool valid)
{
	struct server_info info, again;
	uint8_t json[JSON_MAX];
	int len;

	if (server_info_parse(&info, data, size) < 0)
		return;
	hd_assert(valid);
	len = server_info_write(json, sizeof(json), &info);
	hd_assert(len > 0);
	hd_assert(server_info_parse(&again, json, (size_t)len) == 0);
	hd_assert(again.version == info.version && again.rate_bytes_per_s == info.rate_bytes_per_s &&
		  again.burst_bytes == info.burst_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool valid = json_valid(data, size);
	struct client_info info, before;
	int rc;

	memset(&info, 0x5a, sizeof(info));
	memcpy(&before, &info, sizeof(info));
	rc = client_info_parse(&info, data, size);
	check_server_info(data, size, valid);
	check_wrapped(data, size, valid, rc == 0 ? &info : NULL);
	if (rc < 0) {
		hd_assert(rc == ERROR_MALFORMED);
		hd_assert(memcmp(&info, &before, sizeof(info)) == 0);
		return 0;
	}
	hd_assert(valid);
	check_app_name(info.app_name);
	check_round_trip(&info);
	return 0;
}
