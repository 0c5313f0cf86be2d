/* SPDX-License-Identifier: MIT
 * Settings as text for people: the dump, --help, the names of what changed. */
#include <stdio.h>
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

static int help_entry(struct bytes *out, char letter, const char *flag, const char *argument, const char *text)
{
	char left[64];
	char front[8] = "    ";

	if (letter)
		snprintf(front, sizeof(front), "-%c, ", letter);
	snprintf(left, sizeof(left), "%s--%s%s", front, flag, argument);
	return bytes_printf(out, "  %-40s%s%s", left, strlen(left) > 38 ? "\n                                          " : "",
			    text);
}

/* " PORT", "[=WHEN]" where the value may be left out, "" for a switch. */
static void help_argument(const struct option_row *row, char *out, size_t cap)
{
	out[0] = '\0';
	if (row->argument)
		snprintf(out, cap, row->bare ? "[=%s]" : " %s", row->argument);
}

/* Of a word option, only some words may want what this build does not have. */
static int help_missing(struct bytes *out, const struct option_row *row)
{
	if (row->type != OPTION_WORD)
		return bytes_append_text(out, " [not in this build]");
	for (const struct option_word *w = row->words; w->text; w++)
		if (w->refused && !w->alias)
			return bytes_printf(out, " [%s: not in this build]", w->text);
	return 0;
}

/* A switch is off, and what 0 stands for is in the text. */
static bool tells_default(const struct option_row *row)
{
	return row->type != OPTION_BOOL && row->initial && *row->initial && strcmp(row->initial, "0") != 0;
}

static int help_option(struct bytes *out, const struct option_row *row)
{
	char argument[32];
	int error;

	help_argument(row, argument, sizeof(argument));
	error = help_entry(out, row->letter, row->flag, argument, row->help);
	if (!error && tells_default(row))
		error = bytes_printf(out, " (%s)", row->initial);
	if (!error && row->missing)
		error = help_missing(out, row);
	return error ? error : bytes_append(out, "\n", 1);
}

int settings_help(struct bytes *out)
{
	int error = bytes_append_text(out, "Usage: hyper-derp [OPTION]...\n"
					   "A DERP relay for Tailscale and Headscale clients.\n\n");

	for (unsigned i = 0; !error && i < OPTION_COMMANDS; i++) {
		const struct option_command_row *c = option_command_at((enum option_command)i);
		char argument[32] = "";

		if (c->argument)
			snprintf(argument, sizeof(argument), " %s", c->argument);
		error = help_entry(out, c->letter, c->flag, argument, c->help);
		if (!error)
			error = bytes_append(out, "\n", 1);
	}
	if (!error)
		error = bytes_append(out, "\n", 1);
	for (size_t i = 0; !error && i < option_count(); i++)
		error = help_option(out, option_at(i));
	return error;
}

/* Appends to `names`; once something did not fit, "..." ends it for good. */
static void add_name(char *names, size_t cap, size_t *used, const char *name)
{
	int n;

	if (*used >= cap)
		return;
	n = snprintf(names + *used, cap - *used, "%s%s", *used > 0 ? ", " : "", name);
	*used += (size_t)n;
	if (*used >= cap && cap > 3)
		memcpy(names + cap - 4, "...", 4);
}

size_t settings_diff(const struct settings *now, const struct settings *next, bool reloadable, char *names, size_t cap)
{
	size_t differ = 0, used = 0;

	if (cap > 0)
		names[0] = '\0';
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);

		if (row->reloadable != reloadable || value_equal(now, next, row))
			continue;
		add_name(names, cap, &used, row->name);
		differ++;
	}
	return differ;
}
