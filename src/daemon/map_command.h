/* SPDX-License-Identifier: MIT
 * hyper-derp --print-derp-map. */
#ifndef HD_DAEMON_MAP_COMMAND_H
#define HD_DAEMON_MAP_COMMAND_H

#include "config/settings.h"
#include "daemon/exit_code.h"
#include "util/assert.h"

/* Prints the region of a DERP map that these settings make, on standard output.
 * Errors, and what a reader of the map should know, go to standard error. */
HD_MUST_CHECK enum exit_code map_command_run(const struct settings *s, enum settings_map format);

#endif
