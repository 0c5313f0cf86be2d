/* SPDX-License-Identifier: MIT
 * One struct per plane out of the daemon's settings, with the numbers that are
 * not options: what 0 stands for, and the sums that memory is sized by. */
#ifndef HD_DAEMON_PLANE_SETTINGS_H
#define HD_DAEMON_PLANE_SETTINGS_H

#include <stdint.h>

#include "accept/accept.h"
#include "config/settings.h"
#include "control/control.h"
#include "data/data_plane.h"

/* Number of shards: as set, or one for each usable physical core. */
uint16_t plane_settings_workers(const struct settings *s);

struct shard_settings plane_settings_shard(const struct settings *s);
/* Without keys and listeners, which are not settings. Points into `s`. */
struct accept_settings plane_settings_accept(const struct settings *s);

/* max_accept_rate and accept_burst: 0 stands for one second's worth. */
uint32_t plane_settings_accept_burst(const struct settings *s);

/* Copies the options that a running daemon takes over, and only those. */
void plane_settings_take_reloadable(struct settings *now, const struct settings *next);

#endif
