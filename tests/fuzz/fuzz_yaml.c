/* SPDX-License-Identifier: MIT
 * The input is a configuration file. */
#include <stdlib.h>
#include <string.h>

#include "config/draft.h"
#include "config/yaml_file.h"
#include "tests/fuzz/driver.h"
#include "util/error.h"

#define DUMP_MAX ((size_t)16 * 1024 * 1024)
#define NAME "FILE"

static int load(struct settings *s, const void *data, size_t size, char message[SETTINGS_MESSAGE_MAX])
{
	struct draft d;
	int error = draft_init(&d, message);

	hd_assert(!error);
	error = yaml_file_parse(&d, NAME, data, size);
	if (!error)
		error = draft_check(&d);
	if (error)
		draft_release(&d);
	else
		*s = draft_take(&d);
	return error;
}

/* One line that names the file and holds nothing a terminal would act on. */
static void check_message(int error, const char *message)
{
	hd_assert(error == ERROR_MALFORMED || error == ERROR_RANGE || error == ERROR_UNSUPPORTED ||
		  error == ERROR_TOO_BIG);
	hd_assert(memchr(message, '\0', SETTINGS_MESSAGE_MAX));
	hd_assert(strncmp(message, NAME ":", strlen(NAME ":")) == 0 && strlen(message) > strlen(NAME ": "));
	for (; *message; message++)
		hd_assert(*message >= ' ' && *message <= '~');
}

/* What is dumped loads, and dumps the same. */
static void check_dump(const struct settings *s)
{
	char message[SETTINGS_MESSAGE_MAX];
	struct settings again;
	struct bytes first, second;
	char names[64];

	bytes_init(&first, DUMP_MAX);
	bytes_init(&second, DUMP_MAX);
	hd_assert(settings_dump(s, &first) == 0);
	hd_assert(load(&again, first.data, first.len, message) == 0);
	hd_assert(settings_dump(&again, &second) == 0);
	hd_assert(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	hd_assert(settings_diff(s, &again, true, names, sizeof(names)) == 0);
	hd_assert(settings_diff(s, &again, false, names, sizeof(names)) == 0);
	bytes_release(&first);
	bytes_release(&second);
	settings_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char message[SETTINGS_MESSAGE_MAX];
	struct settings s;
	int error;

	memset(message, 'x', sizeof(message));
	error = load(&s, data, size, message);
	if (error) {
		check_message(error, message);
		return 0;
	}
	check_dump(&s);
	settings_release(&s);
	return 0;
}
