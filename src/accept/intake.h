/* SPDX-License-Identifier: MIT
 * Accepts connections of one thread from the listeners all threads share:
 * counts them against the limits and starts a login for each. Pauses, instead
 * of turning anybody away, while the rate has no token; when descriptors run
 * out, turns away what waits and pauses. */
#ifndef HD_ACCEPT_INTAKE_H
#define HD_ACCEPT_INTAKE_H

#include "accept/plane.h"
#include "util/assert.h"

struct intake;

/* ERROR_NO_MEMORY. */
HD_MUST_CHECK int intake_new(struct intake **intake, struct plane_thread *thread);
void intake_free(struct intake *in); /* stopped */

/* On the thread, with its loop. */
void intake_start(struct intake *in);
void intake_stop(struct intake *in);

#endif
