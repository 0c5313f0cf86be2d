/* SPDX-License-Identifier: MIT
 * The options of a command line as a table of rows, ended by one without a name:
 *
 *	{ "pings", "N", "pings of the relay (default: 5)", option_rows_count,
 *	  OPTION_ROWS_FIELD(struct options, pings), .min = 1, .max = 100 },
 *
 * One row says how an option is called, how --help tells it, who reads its value
 * and where the value goes. All options are long ones. */
#ifndef HD_TOOLS_LIB_OPTION_ROWS_H
#define HD_TOOLS_LIB_OPTION_ROWS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "util/assert.h"

#define OPTION_ROWS_MAX 64
#define OPTION_ROWS_REASON_MAX 96
#define OPTION_ROWS_LAST 1 /* of a taker: what stands behind this option is not looked at */

struct option_row;

/* One option that was found, for its taker. */
struct option_found {
	const struct option_row *row;
	const char *value; /* of argv; NULL: the row takes none */
	void *to; /* what option_rows_parse() fills */
	char reason[OPTION_ROWS_REASON_MAX]; /* why it is refused, if the code does not say it all */
};

/* 0, OPTION_ROWS_LAST or a negative code. */
typedef int option_rows_take(struct option_found *found);

struct option_row {
	const char *name; /* without the dashes */
	const char *value; /* what --help calls it; NULL: takes none */
	const char *text; /* for option_rows_print_help(); NULL if that is not called */
	option_rows_take *take;
	size_t offset; /* where option_rows_put() writes, in bytes from `to`, */
	size_t width; /* and how many */
	uint64_t min; /* what they mean is the taker's affair */
	uint64_t max;
};

#define OPTION_ROWS_FIELD(type, member) .offset = offsetof(type, member), .width = sizeof(((type *)0)->member)
#define OPTION_ROWS_NO_FIELD .offset = 0, .width = 0

/* What stood on the line. */
struct option_rows_line {
	uint64_t given; /* bit i: rows[i] */
	int rest; /* argv[rest] is the first word that belongs to no option */
};

/* Permutes argv. ERROR_USAGE: `why` says what is wrong, for people; *line is then
 * untouched, what *to points to is not. */
HD_MUST_CHECK int option_rows_parse(struct option_rows_line *line, const struct option_row *rows, void *to,
				    int argc, char *const *argv, char *why, size_t why_cap);
void option_rows_print_help(const struct option_row *rows, FILE *to);

/* Takers. What they refuse, they refuse with ERROR_USAGE, ERROR_MALFORMED or
 * ERROR_RANGE; the field is then untouched. */
option_rows_take option_rows_flag; /* a bool: yes */
option_rows_take option_rows_set; /* the number min */
option_rows_take option_rows_last; /* the same, and the line ends here: for --help */
option_rows_take option_rows_text; /* a const char *, of argv; not empty */
option_rows_take option_rows_count; /* a whole number, min to max */
option_rows_take option_rows_bytes; /* "64K", min to max; see number.h */
option_rows_take option_rows_duration; /* "250ms": nanoseconds, min to max; see number.h */
option_rows_take option_rows_choice; /* a word of the row's value, "auto|always|never": min, min + 1, ... */

/* For takers of one's own: writes the row's field, of 1, 4 or 8 bytes. */
void option_rows_put(const struct option_found *found, uint64_t value);
/* ERROR_USAGE, for this reason. */
HD_MUST_CHECK HD_PRINTF(2, 3) int option_rows_refuse(struct option_found *found, const char *format, ...);

#endif
