/* SPDX-License-Identifier: MIT
 * The JSON inside the box of a ServerInfo frame: the relay's answer to a login. */
#ifndef HD_PROTO_SERVER_INFO_H
#define HD_PROTO_SERVER_INFO_H

#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

struct server_info {
	int64_t version;
	int64_t rate_bytes_per_s; /* TokenBucketBytesPerSecond, 0: absent */
	int64_t burst_bytes;      /* TokenBucketBytesBurst, 0: absent */
};

/* Members that are 0 are left out. Returns the length, or ERROR_TOO_BIG. */
HD_MUST_CHECK int server_info_write(uint8_t *out, size_t cap, const struct server_info *info);
/* By the rules of client_info_parse. */
HD_MUST_CHECK int server_info_parse(struct server_info *out, const uint8_t *json, size_t len);

#endif
