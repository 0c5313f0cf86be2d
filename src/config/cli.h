/* SPDX-License-Identifier: MIT
 * The command line: --flag VALUE, --flag=VALUE, -f VALUE, -fVALUE, --no-FLAG
 * for booleans; a list's flag may be repeated, other flags' last use counts.
 * Flags are not abbreviated. */
#ifndef HD_CONFIG_CLI_H
#define HD_CONFIG_CLI_H

#include "config/draft.h"
#include "config/settings.h"
#include "util/assert.h"

/* Looks at the shape of the line (flags known, values where they belong), not
 * at the options' values: what is asked for, and which file. --help and
 * --version end it. `request` holds nothing on failure. ERROR_USAGE, ERROR_NO_MEMORY. */
HD_MUST_CHECK int cli_scan(struct draft *d, struct settings_request *request, int argc, char *const argv[]);
/* Sets the options of a line that cli_scan took. ERROR_USAGE for a wrong value,
 * ERROR_UNSUPPORTED, ERROR_NO_MEMORY. */
HD_MUST_CHECK int cli_apply(struct draft *d, int argc, char *const argv[]);

#endif
