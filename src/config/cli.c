/* SPDX-License-Identifier: MIT */
#include "config/cli.h"

#include <stdlib.h>
#include <string.h>

#include "config/quote.h"
#include "config/value.h"
#include "util/error.h"

static const struct draft_place here = { .source = DRAFT_COMMAND_LINE };

/* One flag of the line, taken apart. */
struct word {
	const struct option_row *row; /* NULL: a command */
	enum option_command command;
	const char *value; /* NULL: none */
};

struct walk {
	struct draft *d;
	int argc;
	char *const *argv;
	int at; /* the next argument */
};

static bool command_by_flag(const char *flag, size_t len, enum option_command *command)
{
	for (unsigned i = 0; i < OPTION_COMMANDS; i++) {
		const char *known = option_command_at(i)->flag;

		if (strncmp(known, flag, len) != 0 || known[len] != '\0')
			continue;
		*command = (enum option_command)i;
		return true;
	}
	return false;
}

static bool command_by_letter(char letter, enum option_command *command)
{
	for (unsigned i = 0; i < OPTION_COMMANDS; i++) {
		if (option_command_at(i)->letter != letter)
			continue;
		*command = (enum option_command)i;
		return true;
	}
	return false;
}

/* --no-FLAG: what it stands for, if FLAG can be negated. */
static bool negated_by_flag(const char *flag, size_t len, struct word *w)
{
	if (len < 4 || memcmp(flag, "no-", 3) != 0)
		return false;
	w->row = option_by_flag(flag + 3, len - 3);
	if (!w->row)
		return false;
	w->value = w->row->type == OPTION_BOOL ? "false" : w->row->negated;
	return w->value != NULL;
}

static const char *bare_value(const struct option_row *row)
{
	return row->type == OPTION_BOOL ? "true" : row->bare;
}

static int fail_unknown(struct walk *k, const char *argument, const char *flag, size_t len)
{
	char name[64] = "";
	const char *nearest;

	if (len < sizeof(name))
		memcpy(name, flag, len);
	nearest = option_nearest_flag(name);
	if (nearest)
		return draft_fail(k->d, ERROR_USAGE, here, "unknown flag %s (did you mean --%s?)",
				  quote_of(argument, (size_t)(flag - argument) + len).text, nearest);
	return draft_fail(k->d, ERROR_USAGE, here, "unknown flag %s (see --help)",
			  quote_of(argument, (size_t)(flag - argument) + len).text);
}

/* The value that stands behind a flag, as the next argument. */
static int take_value(struct walk *k, struct word *w, const char *flag)
{
	if (k->at == k->argc)
		return draft_fail(k->d, ERROR_USAGE, here, "--%s needs a value", flag);
	w->value = k->argv[k->at++];
	return 0;
}

/* `inlined` is what stands behind "=" (or behind a letter), or NULL. */
static int finish_option(struct walk *k, struct word *w, const char *inlined)
{
	w->value = inlined ? inlined : bare_value(w->row);
	return w->value ? 0 : take_value(k, w, w->row->flag);
}

static int finish_command(struct walk *k, struct word *w, const char *inlined)
{
	const struct option_command_row *c = option_command_at(w->command);

	w->row = NULL;
	w->value = inlined ? inlined : c->bare;
	if (!c->argument && inlined)
		return draft_fail(k->d, ERROR_USAGE, here, "--%s takes no value", c->flag);
	return !c->argument || w->value ? 0 : take_value(k, w, c->flag);
}

static int next_long(struct walk *k, struct word *w, const char *argument)
{
	const char *flag = argument + 2;
	size_t len = strcspn(flag, "=");
	const char *inlined = flag[len] == '=' ? flag + len + 1 : NULL;

	w->row = option_by_flag(flag, len);
	if (w->row)
		return finish_option(k, w, inlined);
	if (command_by_flag(flag, len, &w->command))
		return finish_command(k, w, inlined);
	if (!negated_by_flag(flag, len, w))
		return fail_unknown(k, argument, flag, len);
	if (inlined)
		return draft_fail(k->d, ERROR_USAGE, here, "--%.*s takes no value", (int)len, flag);
	return 0;
}

static int next_short(struct walk *k, struct word *w, const char *argument)
{
	const char *inlined = argument[2] != '\0' ? argument + 2 : NULL;

	w->row = option_by_letter(argument[1]);
	if (w->row)
		return finish_option(k, w, inlined);
	if (command_by_letter(argument[1], &w->command))
		return finish_command(k, w, inlined);
	return draft_fail(k->d, ERROR_USAGE, here, "unknown flag %s (see --help)",
			  quote_of(argument, strlen(argument)).text);
}

static int next_word(struct walk *k, struct word *w)
{
	const char *argument = k->argv[k->at++];

	*w = (struct word){ 0 };
	if (argument[0] == '-' && argument[1] == '-' && argument[2] != '\0')
		return next_long(k, w, argument);
	if (argument[0] == '-' && argument[1] != '-' && argument[1] != '\0')
		return next_short(k, w, argument);
	return draft_fail(k->d, ERROR_USAGE, here, "unexpected argument %s (see --help)",
			  quote_of(argument, strlen(argument)).text);
}

/* Copies a command's argument; `needs` is what an empty one is told. */
static int note_argument(struct walk *k, char **to, const char *value, const char *needs)
{
	char *copy;

	if (*value == '\0')
		return draft_fail(k->d, ERROR_USAGE, here, "%s", needs);
	copy = strdup(value);
	if (!copy)
		return draft_fail(k->d, ERROR_NO_MEMORY, here, "%s", error_text(ERROR_NO_MEMORY));
	free(*to);
	*to = copy;
	return 0;
}

static int note_map(struct walk *k, struct settings_request *request, const char *value)
{
	static const char *const formats[] = {
		[SETTINGS_MAP_BOTH] = "both",
		[SETTINGS_MAP_HEADSCALE] = "headscale",
		[SETTINGS_MAP_TAILSCALE] = "tailscale",
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(formats); i++) {
		if (strcmp(formats[i], value) != 0)
			continue;
		request->map = (enum settings_map)i;
		request->action = SETTINGS_PRINT_DERP_MAP;
		return 0;
	}
	return draft_fail(k->d, ERROR_USAGE, here,
			  "--print-derp-map: %s is not known, wants headscale, tailscale or both",
			  quote_of(value, strlen(value)).text);
}

static int note_command(struct walk *k, struct settings_request *request, const struct word *w)
{
	switch (w->command) {
	case OPTION_COMMAND_CONFIG:
		return note_argument(k, &request->config_file, w->value, "--config needs the name of a file");
	case OPTION_COMMAND_MAKE_CERT:
		request->action = SETTINGS_MAKE_CERT;
		return note_argument(k, &request->host, w->value, "--make-cert needs the name of a host");
	case OPTION_COMMAND_PRINT_DERP_MAP:
		return note_map(k, request, w->value);
	case OPTION_COMMAND_CHECK:
		request->action = SETTINGS_CHECK_CONFIG;
		break;
	case OPTION_COMMAND_DUMP:
		request->action = SETTINGS_DUMP_CONFIG;
		break;
	case OPTION_COMMAND_VERSION:
		request->action = SETTINGS_VERSION;
		break;
	case OPTION_COMMAND_HELP:
		request->action = SETTINGS_HELP;
		break;
	case OPTION_COMMAND_VERBOSE:
		break;
	}
	return 0;
}

int cli_scan(struct draft *d, struct settings_request *request, int argc, char *const argv[])
{
	struct walk k = { d, argc, argv, 1 };
	struct settings_request asked = { .action = SETTINGS_RUN };
	struct word w;
	int error = 0;

	while (!error && k.at < argc && asked.action != SETTINGS_HELP && asked.action != SETTINGS_VERSION) {
		error = next_word(&k, &w);
		if (!error && !w.row)
			error = note_command(&k, &asked, &w);
	}
	if (error)
		settings_request_release(&asked);
	else
		*request = asked;
	return error;
}

/* A list's flag may be repeated: each adds. "" makes the list empty. */
static int apply(struct draft *d, const struct word *w)
{
	const struct option_row *verbose = option_by_name("log_level");

	hd_assert(verbose);
	if (!w->row)
		return w->command == OPTION_COMMAND_VERBOSE ? draft_set(d, verbose, "debug", here) : 0;
	if (value_is_list(w->row) && *w->value)
		return draft_add(d, w->row, w->value, here);
	return draft_set(d, w->row, w->value, here);
}

int cli_apply(struct draft *d, int argc, char *const argv[])
{
	struct walk k = { d, argc, argv, 1 };
	struct word w;
	int error = 0;

	while (!error && k.at < argc) {
		error = next_word(&k, &w);
		if (!error)
			error = apply(d, &w);
	}
	return error;
}
