/* SPDX-License-Identifier: MIT */
#include "daemon/relay_keys.h"

#include <unistd.h>

#include "daemon/key_path.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/log.h"

#define WHY_SIZE 512

static enum exit_code load_private_key(struct relay_keys *k, const char *configured)
{
	char path[PATH_MAX], why[WHY_SIZE], warning[WHY_SIZE];
	int err = key_path_find(path, configured, geteuid() == 0);

	if (err) {
		log_error("key", "no place to keep the relay's key: %s; set key_file",
			  err == ERROR_NOT_FOUND ? "STATE_DIRECTORY, XDG_STATE_HOME and HOME are not set" :
						   "path too long");
		return EXIT_CODE_CONFIG;
	}
	err = keyfile_load_or_make(k->private_key, path, why, sizeof(why), warning, sizeof(warning));
	if (err) {
		log_error("key", "%s", why);
		return EXIT_CODE_FAILURE;
	}
	if (warning[0])
		log_warn("key", "%s", warning);
	log_info("key", "the relay's key is kept in %s", path);
	return EXIT_CODE_OK;
}

enum exit_code relay_keys_load(struct relay_keys *k, const struct settings *s)
{
	char text[KEY_NODE_TEXT_SIZE], why[WHY_SIZE];
	enum exit_code code;

	if (box_start() != 0) {
		log_error("key", "libsodium does not start");
		return EXIT_CODE_FAILURE;
	}
	code = load_private_key(k, s->key_file);
	if (code != EXIT_CODE_OK)
		return code;
	box_public_of(k->public_key.bytes, k->private_key);
	key_node_text(text, &k->public_key);
	log_info("key", "public key %s", text);
	if (!s->mesh_psk_file)
		return EXIT_CODE_OK;
	if (keyfile_load_mesh(k->mesh_key, s->mesh_psk_file, why, sizeof(why)) != 0) {
		log_error("mesh", "%s", why);
		return EXIT_CODE_FAILURE;
	}
	k->has_mesh_key = true;
	return EXIT_CODE_OK;
}

void relay_keys_wipe(struct relay_keys *k)
{
	bytes_wipe(k, sizeof(*k));
}
