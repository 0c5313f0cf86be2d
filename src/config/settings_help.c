/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "config/option.h"
#include "config/settings.h"

#define LEFT_COLUMNS 36

static int help_entry(struct bytes *out, char letter, const char *flag, const char *argument, const char *text)
{
	char left[64];
	char front[8] = "    ";

	if (letter)
		snprintf(front, sizeof(front), "-%c, ", letter);
	snprintf(left, sizeof(left), "%s--%s%s", front, flag, argument);
	return bytes_printf(out, "  %-*s %s", LEFT_COLUMNS, left, text);
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
			snprintf(argument, sizeof(argument), c->bare ? "[=%s]" : " %s", c->argument);
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
