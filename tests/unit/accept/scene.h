/* SPDX-License-Identifier: MIT
 * One relay, one caller and two buffers, as most tests of logins want them. */
#ifndef HD_TESTS_UNIT_ACCEPT_SCENE_H
#define HD_TESTS_UNIT_ACCEPT_SCENE_H

#include <stdint.h>

#include "tests/unit/accept/caller.h"
#include "tests/unit/accept/relay.h"
#include "util/bytes.h"

struct scene {
	struct relay relay;   /* initialised, not started */
	struct caller caller; /* not connected */
	struct bytes sent;
	struct bytes got;
};

extern struct scene scene;

/* For a checked fixture. */
void scene_set(void);
void scene_clear(void);

/* Stops the relay; every login must have ended, and `n` of them as `result`. */
void scene_check_logins(enum login_result result, uint64_t n);
/* The whole login works for a new client, on a relay in whatever state. */
void scene_check_serves(void);

#endif
