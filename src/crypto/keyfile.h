/* SPDX-License-Identifier: MIT
 * The relay's private key on disk: derper's JSON, {"PrivateKey": "privkey:<64 hex>"},
 * mode 0600, so that a relay can be swapped in place. And the mesh key file. */
#ifndef HD_CRYPTO_KEYFILE_H
#define HD_CRYPTO_KEYFILE_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/box.h"
#include "util/assert.h"

/* Reads the key; if there is no file, makes a key and keeps it: directories
 * above are made (0700), the file appears whole or not at all (temporary file,
 * fsync, rename without overwriting: of two first starts at once both end up
 * with the same key). An existing file that does not parse is an error, never
 * overwritten. On error a line for people stands in `why`. A file readable by
 * others is accepted; *warn then says so, else it is empty. Codes: ERROR_IO,
 * ERROR_MALFORMED, ERROR_DENIED. */
HD_MUST_CHECK int keyfile_load_or_make(uint8_t private_key[BOX_KEY_SIZE], const char *path, char *why,
				       size_t why_cap, char *warn, size_t warn_cap);

#define KEYFILE_MESH_KEY_SIZE 32
/* 64 hex digits, white space around them ignored. */
HD_MUST_CHECK int keyfile_load_mesh(uint8_t mesh_key[KEYFILE_MESH_KEY_SIZE], const char *path, char *why,
				    size_t why_cap);

#endif
