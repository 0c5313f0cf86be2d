/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "config/settings.h"
#include "config/value.h"

static int dump_row(const struct settings *s, const struct option_row *row, struct bytes *out)
{
	const char *indent = option_group_len(row) > 0 ? "  " : "";
	int error = bytes_printf(out, "%s%s: ", indent, option_leaf(row));

	if (!error)
		error = value_print(s, row, out);
	return error ? error : bytes_append(out, "\n", 1);
}

/* Rows of a group stand together in the table; the first opens it. */
static bool opens_group(size_t i)
{
	size_t len = option_group_len(option_at(i));

	return len > 0 && (i == 0 || option_group_len(option_at(i - 1)) != len ||
			   strncmp(option_at(i - 1)->name, option_at(i)->name, len) != 0);
}

int settings_dump(const struct settings *s, struct bytes *out)
{
	int error = 0;

	for (size_t i = 0; !error && i < option_count(); i++) {
		const struct option_row *row = option_at(i);

		if (opens_group(i))
			error = bytes_printf(out, "%.*s:\n", (int)option_group_len(row), row->name);
		if (!error)
			error = dump_row(s, row, out);
	}
	return error;
}
