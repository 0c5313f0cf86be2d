/* SPDX-License-Identifier: MIT */
#include "tests/unit/config/config_load.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "config/draft.h"
#include "config/yaml_file.h"

int config_load_yaml(struct settings *s, const char *text, char message[SETTINGS_MESSAGE_MAX])
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	struct draft d;
	int error;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	ck_assert_int_eq(draft_init(&d, message), 0);
	error = yaml_file_parse(&d, "FILE", copy, len);
	if (!error)
		error = draft_check(&d);
	if (error)
		draft_release(&d);
	else
		*s = draft_take(&d);
	free(copy);
	return error;
}

int config_load_line(struct settings *s, struct settings_request *request, const char *line,
		     char message[SETTINGS_MESSAGE_MAX])
{
	char *copy = strdup(line), *save = NULL;
	char program[] = "hyper-derp", empty[] = "";
	char *argv[CONFIG_LOAD_ARGS + 2] = { program };
	int argc = 1, error;

	ck_assert_ptr_nonnull(copy);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		ck_assert_int_le(argc, CONFIG_LOAD_ARGS);
		argv[argc++] = strcmp(word, "''") == 0 ? empty : word;
	}
	error = settings_load(s, request, argc, argv, message);
	free(copy);
	return error;
}

void config_load_expect_yaml_error(const char *text, int code, const char *message)
{
	char got[SETTINGS_MESSAGE_MAX] = "";
	struct settings s;
	int error = config_load_yaml(&s, text, got);

	ck_assert_msg(error != 0, "taken: %s", text);
	ck_assert_str_eq(got, message);
	ck_assert_int_eq(error, code);
}

void config_load_expect_line_error(const char *line, int code, const char *message)
{
	char got[SETTINGS_MESSAGE_MAX] = "";
	struct settings_request request;
	struct settings s;
	int error = config_load_line(&s, &request, line, got);

	ck_assert_msg(error != 0, "taken: %s", line);
	ck_assert_str_eq(got, message);
	ck_assert_int_eq(error, code);
}

struct settings config_load_good_yaml(const char *text)
{
	char message[SETTINGS_MESSAGE_MAX] = "";
	struct settings s;
	int error = config_load_yaml(&s, text, message);

	ck_assert_msg(error == 0, "%s", message);
	return s;
}

struct settings config_load_good_line(const char *line)
{
	char message[SETTINGS_MESSAGE_MAX] = "";
	struct settings_request request;
	struct settings s;
	int error = config_load_line(&s, &request, line, message);

	ck_assert_msg(error == 0, "%s", message);
	settings_request_release(&request);
	return s;
}
