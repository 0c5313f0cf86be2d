/* SPDX-License-Identifier: MIT
 * The option table: one row per setting gives its name in YAML and on the
 * command line, its type, range, default and text. Everything that knows
 * options reads this table: parsing, dump, --help, the manual, completion. */
#ifndef HD_CONFIG_OPTION_H
#define HD_CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {          /* field in struct settings */
	OPTION_BOOL,        /* bool */
	OPTION_NUMBER,      /* int64_t, min..max */
	OPTION_WORD,        /* int64_t, one of `words` */
	OPTION_TEXT,        /* char * */
	OPTION_TEXT_LIST,   /* struct settings_list */
	OPTION_NUMBER_LIST, /* struct settings_numbers, each min..max */
};

struct option_word {
	const char *text; /* NULL ends the list */
	int64_t value;
	bool refused; /* needs what the row says is missing */
	bool alias;   /* understood, but not advertised */
};

struct option_row {
	const char *name; /* in YAML; "metrics.port" is `port` inside `metrics` */
	const char *flag; /* long flag without its dashes */
	char letter;      /* short flag, or 0 */
	enum option_type type;
	size_t offset;       /* of the field in struct settings */
	const char *initial; /* default, as one would write it; NULL: not set */
	int64_t min;
	int64_t max;
	const struct option_word *words;
	const char *unit;              /* "bytes", ..., or NULL */
	const char *argument;          /* what --help calls the value */
	const char *wants;             /* what a value must be, where type and range do not say it all */
	bool (*text_rule)(const char *text); /* of each text, besides being printable; or NULL */
	bool (*number_rule)(int64_t number); /* besides the range; or NULL */
	const char *bare;              /* value of the flag given without one; NULL: one is needed */
	const char *negated;           /* value that --no-FLAG stands for, or NULL */
	const char *missing;           /* feature this build does not have, or NULL: the option works */
	bool reloadable;               /* at SIGHUP */
	const char *help;              /* one line */
	const char *more;              /* further sentences for the manual, or NULL */
};

size_t option_count(void);
const struct option_row *option_at(size_t i);
size_t option_index(const struct option_row *row);

/* By full YAML name, e.g. "metrics.port"; NULL if there is none. */
const struct option_row *option_by_name(const char *name);
/* By flag without dashes; `len` bytes of it count. */
const struct option_row *option_by_flag(const char *flag, size_t len);
const struct option_row *option_by_letter(char letter);

/* Length of the group part of a name ("metrics" of "metrics.port"), 0: none. */
size_t option_group_len(const struct option_row *row);
/* First row of a group; NULL if there is no such group. */
const struct option_row *option_group(const char *name);
/* Name inside its group. */
const char *option_leaf(const struct option_row *row);

/* YAML name (or flag) most like a mistyped one; NULL if none is near. A key may
 * lack its group or stand in another: `group` is the first row of the one it
 * was found in (NULL: none), whose options are preferred. */
const char *option_nearest_name(const char *key, const struct option_row *group);
const char *option_nearest_flag(const char *flag);

#define OPTION_WANTS_MAX 160
/* What a value must be: "1..65535", "auto, off or require", "a list of ...". */
void option_wants(const struct option_row *row, char out[OPTION_WANTS_MAX]);

/* Flags of the command line that are not settings. */
enum option_command {
	OPTION_COMMAND_CONFIG,
	OPTION_COMMAND_CHECK,
	OPTION_COMMAND_DUMP,
	OPTION_COMMAND_MAKE_CERT,
	OPTION_COMMAND_PRINT_DERP_MAP,
	OPTION_COMMAND_VERBOSE,
	OPTION_COMMAND_VERSION,
	OPTION_COMMAND_HELP,
};
struct option_command_row {
	const char *flag;
	char letter;
	const char *argument; /* NULL: takes none */
	const char *bare;     /* value of the flag given without one; NULL: one is needed */
	const char *help;
	const char *more; /* for the manual, or NULL */
};
#define OPTION_COMMANDS 8
const struct option_command_row *option_command_at(enum option_command command);

#endif
