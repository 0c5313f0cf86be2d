/* SPDX-License-Identifier: MIT
 * Other programs: found, started, read, ended. A program ends with this one at
 * the latest. */
#ifndef HD_TOOLS_TUNE_PROGRAM_H
#define HD_TOOLS_TUNE_PROGRAM_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/assert.h"
#include "util/bytes.h"

struct program {
	pid_t pid;  /* 0: none */
	int output; /* what it writes comes out here; -1: closed */
};

/* `told` if it is not NULL; else beside this program, else in PATH. */
bool program_find(const char *name, const char *told, char path[PATH_MAX]);

/* Reads stdout, or stderr if `errors`; the other goes nowhere. `scratch` is its
 * folder for keys and sockets. ERROR_IO (errno). */
HD_MUST_CHECK int program_start(struct program *p, const char *const argv[], const char *scratch, bool errors);
/* Appends what comes until `until` is in it (NULL: until the program closes its
 * end). ERROR_TIMEOUT after `deadline_ns` of mono.h or a signal;
 * ERROR_CLOSED: it ended before; ERROR_IO, ERROR_NO_MEMORY, ERROR_TOO_BIG. */
HD_MUST_CHECK int program_read(struct program *p, struct bytes *out, const char *until, uint64_t deadline_ns);
/* Ends it, at first politely; its exit code, or -1 if a signal ended it. */
int program_end(struct program *p);
/* Waits for one that ends by itself. */
int program_wait(struct program *p);

/* From now on SIGINT and SIGTERM end program_read. */
void program_catch_signals(void);
bool program_interrupted(void);

#endif
