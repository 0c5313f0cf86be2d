/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "doc/optdoc.h"

#define LINE_LENGTH 80

static bool offered(const struct option_row *row)
{
	return !row->missing || row->type == OPTION_WORD;
}

static bool takes_path(const char *argument)
{
	return argument && (strcmp(argument, "FILE") == 0 || strcmp(argument, "DIR") == 0 ||
			    strcmp(argument, "SOCKET") == 0);
}

static void put_name(FILE *out, char letter, const char *flag)
{
	fprintf(out, " --%s", flag);
	if (letter)
		fprintf(out, " -%c", letter);
}

/* Flags whose value is of this kind and stands in the next word. */
static void put_flags(FILE *out, bool (*fits)(const char *argument))
{
	for (unsigned i = 0; i < OPTION_COMMANDS; i++) {
		const struct option_command_row *c = option_command_at((enum option_command)i);

		if (fits(c->bare ? NULL : c->argument))
			put_name(out, c->letter, c->flag);
	}
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);

		if (offered(row) && fits(row->bare ? NULL : row->argument))
			put_name(out, row->letter, row->flag);
	}
}

static bool any(const char *argument)
{
	(void)argument;
	return true;
}

static bool takes_other(const char *argument)
{
	return argument && !takes_path(argument);
}

static void put_negated(FILE *out)
{
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);

		if (offered(row) && (row->type == OPTION_BOOL || row->negated))
			fprintf(out, " --no-%s", row->flag);
	}
}

static void put_words(FILE *out)
{
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);

		if (row->type != OPTION_WORD)
			continue;
		fprintf(out, "\t--%s) echo", row->flag);
		for (const struct option_word *w = row->words; w->text; w++)
			if (!w->alias && !w->refused)
				fprintf(out, " %s", w->text);
		fputs(" ;;\n", out);
	}
	fputs("\t--print-derp-map) echo both headscale tailscale ;;\n", out);
}

static void put_all(FILE *out)
{
	put_flags(out, any);
	put_negated(out);
}

static void put_paths(FILE *out)
{
	put_flags(out, takes_path);
}

static void put_values(FILE *out)
{
	put_flags(out, takes_other);
}

/* A variable with a blank before and behind each word, in short lines. */
static void put_list(FILE *out, const char *name, void (*put)(FILE *out))
{
	char *text = NULL;
	size_t size = 0;
	FILE *words = open_memstream(&text, &size);
	const char *operator = "=";

	optdoc_must(words, "no memory");
	put(words);
	optdoc_must(fclose(words) == 0, "no memory");
	for (const char *at = text; *at; operator = "+=") {
		size_t len = strlen(at);

		if (len > LINE_LENGTH)
			for (len = LINE_LENGTH; at[len] != ' '; len--)
				;
		fprintf(out, "%s%s'%.*s%s'\n", name, operator, (int)len, at, at[len] ? "" : " ");
		at += len;
	}
	free(text);
}

void optdoc_bash(FILE *out)
{
	put_list(out, "_hyper_derp_flags", put_all);
	put_list(out, "_hyper_derp_paths", put_paths);
	put_list(out, "_hyper_derp_values", put_values);
	fputs("_hyper_derp_words()\n{\n\tcase $1 in\n", out);
	put_words(out);
	fputs("\tesac\n}\n", out);
}
