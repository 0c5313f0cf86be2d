/* SPDX-License-Identifier: MIT
 * The whole relay: what it is made of, and the order in which that starts and
 * stops. Used by the main thread alone. */
#ifndef HD_DAEMON_RELAY_H
#define HD_DAEMON_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "daemon/exit_code.h"
#include "util/assert.h"

struct relay;

/* Starts everything; all threads serve when this returns EXIT_CODE_OK. On
 * failure the log says why and nothing is left. `settings` must outlive the
 * relay, which changes what relay_reload takes over. */
HD_MUST_CHECK enum exit_code relay_start(struct relay **relay, struct settings *settings);
/* Takes over the reloadable ones of `next`; warns of changed ones that are not. */
void relay_reload(struct relay *r, const struct settings *next);
/* How often relay_check wants to be called, 0: never. */
uint32_t relay_check_ms(const struct relay *r);
/* Looks after what changes by itself: certificate files, their end. */
void relay_check(struct relay *r);
/* Do all threads make progress? (See watchdog.h; calls are a watchdog interval apart.) */
bool relay_alive(struct relay *r);
/* No more accepting, Restarting to all clients, drain, join, free. */
void relay_stop(struct relay *r);

#endif
