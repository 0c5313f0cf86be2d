/* SPDX-License-Identifier: MIT
 * Where the relay keeps its private key when nobody says. */
#ifndef HD_DAEMON_KEY_PATH_H
#define HD_DAEMON_KEY_PATH_H

#include <limits.h>
#include <stdbool.h>

#include "util/assert.h"

/* The first that is given of: `configured` (or NULL); $STATE_DIRECTORY, as
 * systemd sets it (the first of a list); for root, /var/lib/hyper-derp;
 * $XDG_STATE_HOME/hyper-derp; $HOME/.local/state/hyper-derp. ERROR_NOT_FOUND if
 * there is none, ERROR_TOO_BIG if it does not fit. */
HD_MUST_CHECK int key_path_find(char path[PATH_MAX], const char *configured, bool root);

#endif
