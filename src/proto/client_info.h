/* SPDX-License-Identifier: MIT
 * The JSON inside the box of a ClientInfo frame: what a client says of itself. */
#ifndef HD_PROTO_CLIENT_INFO_H
#define HD_PROTO_CLIENT_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

#define CLIENT_INFO_MESH_KEY_SIZE 32
#define CLIENT_INFO_APP_NAME_MAX 64 /* characters; longer names are cut */

struct client_info {
	int64_t version;
	bool has_mesh_key; /* false for a key of zeroes, too: it opens no mesh */
	uint8_t mesh_key[CLIENT_INFO_MESH_KEY_SIZE];
	bool can_ack_pings;
	bool is_prober;
	char app_name[CLIENT_INFO_APP_NAME_MAX + 1]; /* printable ASCII; other characters become '?' */
};

/* Parses one JSON document as Go's encoding/json fills the same struct: names
 * match case-insensitively (Unicode simple folding: also U+017F and U+212A),
 * the last of equal names wins, unknown members are skipped whatever they
 * hold, null leaves a member as it is, `null` and `{}` are fine. meshKey must
 * be absent or 64 hex digits (null and "" are refused). Nesting up to 10,000.
 * ERROR_MALFORMED otherwise; *out is then untouched. */
HD_MUST_CHECK int client_info_parse(struct client_info *out, const uint8_t *json, size_t len);

/* The document a client sends (tools, mesh). Returns its length, or
 * ERROR_TOO_BIG if it does not fit. */
HD_MUST_CHECK int client_info_write(uint8_t *out, size_t cap, const struct client_info *info);

#endif
