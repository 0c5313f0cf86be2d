/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "doc/optdoc.h"

static void put_text(FILE *out, const char *help, const char *more)
{
	char *sentence = optdoc_sentence(help);

	optdoc_wrap(out, "", sentence, true);
	if (more)
		optdoc_wrap(out, "", more, true);
	free(sentence);
}

static void put_missing(FILE *out, const struct option_row *row)
{
	fprintf(out, "This build has no %s:\n", row->missing);
	if (row->type != OPTION_WORD) {
		fputs("a value other than the default is refused.\n", out);
		return;
	}
	for (const struct option_word *w = row->words; w->text; w++)
		if (w->refused && !w->alias)
			fprintf(out, ".Cm %s\nis refused.\n", w->text);
}

static const char *kind_of_text(const struct option_row *row)
{
	static const struct {
		const char *argument;
		const char *kind;
	} kinds[] = {
		{ "FILE", "Name of a file" },
		{ "DIR", "Name of a directory" },
		{ "SOCKET", "Name of a socket in the file system" },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(kinds); i++)
		if (!row->wants && strcmp(row->argument, kinds[i].argument) == 0)
			return kinds[i].kind;
	return NULL;
}

/* What may be set, as a sentence. */
static void put_wants(FILE *out, const struct option_row *row)
{
	char wants[OPTION_WANTS_MAX];

	option_wants(row, wants);
	if (value_is_list(row))
		fprintf(out, "A list; each item: %s.\n", wants);
	else if (row->type == OPTION_TEXT && kind_of_text(row))
		fprintf(out, "%s.\n", kind_of_text(row));
	else if (row->type == OPTION_NUMBER)
		fprintf(out, row->unit ? "Range: %s (%s).\n" : "Range: %s.\n", wants, row->unit);
	else if (row->type == OPTION_WORD)
		fprintf(out, "One of %s.\n", wants);
	else
		fprintf(out, "%c%s.\n", optdoc_upper(wants[0]), wants + 1);
}

static void put_default(FILE *out, const struct option_row *row)
{
	if (row->initial && *row->initial)
		fprintf(out, "Default: %s.\n", row->initial);
	else
		fprintf(out, "%s by default.\n", row->initial || value_is_list(row) ? "Empty" : "Not set");
}

static void put_flag(FILE *out, const struct option_row *row)
{
	fputs("Flag:\n", out);
	if (row->letter)
		fprintf(out, ".Fl %c ,\n", row->letter);
	fprintf(out, ".Fl -%s .\n", row->flag);
}

void optdoc_mdoc_options(FILE *out)
{
	fputs(".Bl -tag -width Ds\n", out);
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);

		fprintf(out, ".It Ic %s\n", row->name);
		put_text(out, row->help, row->more);
		fputs(".Pp\n", out);
		put_wants(out, row);
		put_default(out, row);
		put_flag(out, row);
		if (row->reloadable)
			fputs("Taken over at reload.\n", out);
		if (row->missing)
			put_missing(out, row);
	}
	fputs(".El\n", out);
}

static void put_argument(FILE *out, const char *argument, bool optional)
{
	fputs(optional ? " Ns Oo = Ns Ar " : " Ar ", out);
	for (; *argument; argument++)
		fputc(*argument >= 'A' && *argument <= 'Z' ? *argument - 'A' + 'a' : *argument, out);
	if (optional)
		fputs(" Oc", out);
}

/* ".It Fl p , Fl -port Ar port" */
static void put_item(FILE *out, char letter, const char *flag, const char *argument, bool optional)
{
	fputs(".It ", out);
	if (letter)
		fprintf(out, "Fl %c , ", letter);
	fprintf(out, "Fl -%s", flag);
	if (argument)
		put_argument(out, argument, optional);
}

static void put_option_flag(FILE *out, const struct option_row *row)
{
	put_item(out, row->letter, row->flag, row->argument, row->bare != NULL);
	if (row->type == OPTION_BOOL || row->negated)
		fprintf(out, " , Fl -no-%s", row->flag);
	fputc('\n', out);
	put_text(out, row->help, NULL);
	if (value_is_list(row))
		fputs("Several are separated by commas, or the flag is given again.\n", out);
	fprintf(out, "In the file:\n.Ic %s .\n", row->name);
	if (row->missing)
		put_missing(out, row);
}

void optdoc_mdoc_flags(FILE *out)
{
	fputs(".Bl -tag -width Ds\n", out);
	for (unsigned i = 0; i < OPTION_COMMANDS; i++) {
		const struct option_command_row *c = option_command_at((enum option_command)i);

		put_item(out, c->letter, c->flag, c->argument, c->bare != NULL);
		fputc('\n', out);
		put_text(out, c->help, c->more);
	}
	for (size_t i = 0; i < option_count(); i++)
		put_option_flag(out, option_at(i));
	fputs(".El\n", out);
}
