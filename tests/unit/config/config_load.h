/* SPDX-License-Identifier: MIT
 * Settings from texts that stand in the test itself. */
#ifndef HD_TESTS_UNIT_CONFIG_CONFIG_LOAD_H
#define HD_TESTS_UNIT_CONFIG_CONFIG_LOAD_H

#include "config/settings.h"

#define CONFIG_LOAD_ARGS 24

/* A file of this text, named "FILE" in messages, with cross checks. Codes of
 * settings_load. The text is copied to its exact size, so that a read past it
 * shows. */
int config_load_yaml(struct settings *s, const char *text, char message[SETTINGS_MESSAGE_MAX]);
/* Words of a command line between blanks, behind the program's name; '' is an
 * empty word. */
int config_load_line(struct settings *s, struct settings_request *request, const char *line,
		     char message[SETTINGS_MESSAGE_MAX]);
/* Fails the test unless the text is refused with this code and message. */
void config_load_expect_yaml_error(const char *text, int code, const char *message);
void config_load_expect_line_error(const char *line, int code, const char *message);
/* Fails the test unless all is well; release what comes. */
struct settings config_load_good_yaml(const char *text);
struct settings config_load_good_line(const char *line);

#endif
