/* SPDX-License-Identifier: MIT
 * The relay's own key pair and the region's mesh key, from their files. */
#ifndef HD_DAEMON_RELAY_KEYS_H
#define HD_DAEMON_RELAY_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "crypto/box.h"
#include "crypto/keyfile.h"
#include "daemon/exit_code.h"
#include "proto/key.h"
#include "util/assert.h"

struct relay_keys {
	uint8_t private_key[BOX_KEY_SIZE];
	struct key public_key;
	uint8_t mesh_key[KEYFILE_MESH_KEY_SIZE];
	bool has_mesh_key;
};

/* Makes and keeps a private key if there is none yet. Logs what is wrong. */
HD_MUST_CHECK enum exit_code relay_keys_load(struct relay_keys *k, const struct settings *s);
void relay_keys_wipe(struct relay_keys *k);

#endif
