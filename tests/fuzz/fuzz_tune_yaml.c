/* SPDX-License-Identifier: MIT
 * The input is a configuration file to edit: whatever it is, editing ends. A
 * result that the daemon would take does not change when it is edited again. */
#include <string.h>

#include "config/draft.h"
#include "config/yaml_file.h"
#include "tests/fuzz/driver.h"
#include "tools/hd-tune/yaml_edit.h"

#define TEXT_MAX ((size_t)16 * 1024 * 1024)

static bool loads(const struct bytes *text)
{
	char message[SETTINGS_MESSAGE_MAX];
	struct draft d;
	int error = draft_init(&d, message);

	hd_assert(!error);
	error = yaml_file_parse(&d, "FILE", text->data, text->len);
	if (!error)
		error = draft_check(&d);
	draft_release(&d);
	return !error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char keys[] = "workers: 3\npin_cores: [0, 2, 4]\nsockbuf: 0\nsqpoll: false\n";
	struct bytes given, wanted, once, twice;

	bytes_init(&given, TEXT_MAX);
	bytes_init(&wanted, sizeof(keys));
	bytes_init(&once, TEXT_MAX);
	bytes_init(&twice, TEXT_MAX);
	if (size > 0 && bytes_append(&given, data, size) < 0)
		return 0; /* longer than a file may be */
	hd_assert(bytes_append_text(&wanted, keys) == 0);
	hd_assert(yaml_edit_set_all(size ? (const char *)data : "", size, &wanted, &once) == 0);
	hd_assert(yaml_edit_set_all((const char *)once.data, once.len, &wanted, &twice) == 0);
	/* A file that does not load is not edited: apply refuses it. */
	if (size > 0 && loads(&given) && loads(&once))
		hd_assert(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
	bytes_release(&given);
	bytes_release(&wanted);
	bytes_release(&once);
	bytes_release(&twice);
	return 0;
}
