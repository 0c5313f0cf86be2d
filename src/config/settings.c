/* SPDX-License-Identifier: MIT */
#include "config/settings.h"

#include <stdlib.h>
#include <string.h>

#include "config/cli.h"
#include "config/draft.h"
#include "config/value.h"
#include "config/yaml_file.h"
#include "util/error.h"

int settings_init(struct settings *s)
{
	char reason[VALUE_REASON_MAX];
	struct settings fresh = { 0 };
	int error = 0;

	for (size_t i = 0; !error && i < option_count(); i++)
		if (option_at(i)->initial)
			error = value_set(&fresh, option_at(i), option_at(i)->initial, reason);
	hd_assert(!error || error == ERROR_NO_MEMORY);
	if (error)
		settings_release(&fresh);
	else
		*s = fresh;
	return error;
}

void settings_release(struct settings *s)
{
	for (size_t i = 0; i < option_count(); i++)
		value_clear(s, option_at(i));
}

void settings_request_release(struct settings_request *r)
{
	free(r->config_file);
	free(r->host);
	r->config_file = r->host = NULL;
}

/* File, then command line, then what they mean together. */
static int fill(struct draft *d, const struct settings_request *request, int argc, char *const argv[])
{
	int error = request->config_file ? yaml_file_read(d, request->config_file) : 0;

	if (!error)
		error = cli_apply(d, argc, argv);
	return error ? error : draft_check(d);
}

int settings_load(struct settings *s, struct settings_request *request, int argc, char *const argv[],
		  char message[SETTINGS_MESSAGE_MAX])
{
	struct settings_request asked = { .action = SETTINGS_RUN };
	struct draft d;
	int error = draft_init(&d, message);

	if (error)
		return error;
	error = cli_scan(&d, &asked, argc, argv);
	if (!error && asked.action != SETTINGS_HELP && asked.action != SETTINGS_VERSION)
		error = fill(&d, &asked, argc, argv);
	if (error) {
		settings_request_release(&asked);
		draft_release(&d);
		return error;
	}
	*s = draft_take(&d);
	*request = asked;
	return 0;
}

int settings_load_file(struct settings *s, const char *path, char message[SETTINGS_MESSAGE_MAX])
{
	struct draft d;
	int error = draft_init(&d, message);

	if (error)
		return error;
	error = yaml_file_read(&d, path);
	if (!error)
		error = draft_check(&d);
	if (error)
		draft_release(&d);
	else
		*s = draft_take(&d);
	return error;
}
