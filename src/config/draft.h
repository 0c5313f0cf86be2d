/* SPDX-License-Identifier: MIT
 * Settings being put together: remembers where each value came from, so that a
 * complaint can name the place, and composes the one message. */
#ifndef HD_CONFIG_DRAFT_H
#define HD_CONFIG_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/option.h"
#include "config/settings.h"
#include "util/assert.h"

enum draft_source { DRAFT_DEFAULT, DRAFT_FILE, DRAFT_COMMAND_LINE };

struct draft_place {
	enum draft_source source;
	uint32_t line; /* from 1; of a file */
	uint32_t column;
};

struct draft {
	struct settings settings;
	struct draft_place *places; /* one per row of the option table */
	const char *path;           /* of the file; not owned */
	char *message;              /* SETTINGS_MESSAGE_MAX bytes, the caller's */
};

/* Defaults. On failure nothing is held. */
HD_MUST_CHECK int draft_init(struct draft *d, char message[SETTINGS_MESSAGE_MAX]);
void draft_release(struct draft *d);
/* Hands the settings over and releases the rest. */
struct settings draft_take(struct draft *d);

/* Sets (replaces) an option, or appends an item to a list. What comes from
 * another source than what is there replaces it; a list's place is its start. Codes of value.h, but
 * ERROR_USAGE for a wrong value on the command line. */
HD_MUST_CHECK int draft_set(struct draft *d, const struct option_row *row, const char *text,
			    struct draft_place at);
HD_MUST_CHECK int draft_add(struct draft *d, const struct option_row *row, const char *text,
			    struct draft_place at);
struct draft_place draft_place_of(const struct draft *d, const struct option_row *row);

/* Cross checks of a whole draft, and what follows from several options
 * together. In draft_check.c. */
HD_MUST_CHECK int draft_check(struct draft *d);

/* Compose the message and return `code`: about a place alone, or about an
 * option at a place ("FILE:1:7: port: ...", "--port: ..."). A wrong value of a
 * flag is ERROR_USAGE. */
int draft_fail(struct draft *d, int code, struct draft_place at, const char *fmt, ...) HD_PRINTF(4, 5);
int draft_fail_option(struct draft *d, int code, struct draft_place at, const struct option_row *row,
		      const char *fmt, ...) HD_PRINTF(5, 6);

#endif
