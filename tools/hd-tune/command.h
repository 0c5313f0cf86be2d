/* SPDX-License-Identifier: MIT
 * The command line of hd-tune. */
#ifndef HD_TOOLS_TUNE_COMMAND_H
#define HD_TOOLS_TUNE_COMMAND_H

#include <stdbool.h>

#include "tools/hd-tune/options.h"
#include "util/assert.h"

enum command_verb {
	COMMAND_PLAN,
	COMMAND_PROBE,
	COMMAND_DIFF,
	COMMAND_APPLY,
	COMMAND_CHECK,
	COMMAND_EXPLAIN,
	COMMAND_UNDO,
	COMMAND_MEASURE,
	COMMAND_HELP,
	COMMAND_VERSION,
};

enum command_format { COMMAND_TEXT, COMMAND_JSON, COMMAND_YAML, COMMAND_SHELL };

/* What the process tells its parent. */
enum command_exit {
	COMMAND_EXIT_OK = 0,
	COMMAND_EXIT_IO = 1,
	COMMAND_EXIT_USAGE = 2,
	COMMAND_EXIT_DIFFERENT = 3,
	COMMAND_EXIT_CANNOT_RUN = 4,
	COMMAND_EXIT_ROLLED_BACK = 5,
	COMMAND_EXIT_DENIED = 6,
};

#define COMMAND_MESSAGE_MAX 256

struct command { /* texts point into argv */
	enum command_verb verb;
	enum command_format format;
	struct options options;
	const char *facts;    /* file, or */
	const char *topology; /* file of lstopo(1), or */
	const char *sysroot;  /* folder; all NULL: this machine */
	const char *root;     /* put before the path of each file that is written or compared; "": none */
	const char *argument; /* of explain: a key; of undo: an ID; or NULL */
	unsigned only;        /* bits of enum plan_file_kind; 0: all */
	bool runtime;         /* apply: live values only */
	bool yes;
	bool force;
	bool list;
	const char *bench; /* of measure: programs, NULL: where they are found */
	const char *relay;
	int64_t seconds; /* of measure */
	bool keep;       /* measure applies what is better */
};

/* ERROR_USAGE with one line in `message`. */
HD_MUST_CHECK int command_parse(struct command *c, int argc, char *const argv[],
				char message[COMMAND_MESSAGE_MAX]);
extern const char command_usage[];

#endif
