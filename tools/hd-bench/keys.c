/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/keys.h"

#include <string.h>

#include "util/bytes.h"
#include "util/error.h"

#define PREFIX "privkey:"
#define LINE_MAX_SIZE 512
#define HEX_SIZE (2 * BOX_KEY_SIZE)

static int take_line(struct conn_identity *id, const char *line)
{
	char hex[HEX_SIZE + 1];
	char after;

	if (strncmp(line, PREFIX, strlen(PREFIX)) != 0 || strlen(line) < strlen(PREFIX) + HEX_SIZE)
		return ERROR_MALFORMED;
	line += strlen(PREFIX);
	after = line[HEX_SIZE];
	memcpy(hex, line, HEX_SIZE);
	hex[HEX_SIZE] = '\0';
	memset(id, 0, sizeof(*id));
	if ((after && after != ' ' && after != '\n') || !bytes_from_hex(id->private_key, BOX_KEY_SIZE, hex))
		return ERROR_MALFORMED;
	box_public_of(id->public_key.bytes, id->private_key);
	bytes_wipe(hex, sizeof(hex));
	return 0;
}

int keys_load(struct conn_identity *identities, uint32_t count, const char *path, uint32_t *line)
{
	FILE *f = fopen(path, "re");
	char text[LINE_MAX_SIZE];
	int err = f ? 0 : ERROR_IO;
	uint32_t n = 0;

	while (!err && n < count && fgets(text, sizeof(text), f)) {
		err = take_line(&identities[n], text);
		n++;
	}
	if (!err && n < count)
		err = ferror(f) ? ERROR_IO : ERROR_NOT_FOUND;
	if (f)
		fclose(f);
	bytes_wipe(text, sizeof(text));
	*line = n;
	return err;
}

int keys_print(FILE *to, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		char private_hex[HEX_SIZE + 1], public_hex[2 * KEY_SIZE + 1];
		struct conn_identity id;

		conn_identity_make(&id);
		bytes_to_hex(private_hex, id.private_key, BOX_KEY_SIZE);
		bytes_to_hex(public_hex, id.public_key.bytes, KEY_SIZE);
		fprintf(to, PREFIX "%s nodekey:%s\n", private_hex, public_hex);
		bytes_wipe(&id, sizeof(id));
		bytes_wipe(private_hex, sizeof(private_hex));
	}
	return fflush(to) == 0 && !ferror(to) ? 0 : ERROR_IO;
}
