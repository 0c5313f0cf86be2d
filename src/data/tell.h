/* SPDX-License-Identifier: MIT
 * What a shard tells control about its peers. Each peer has a set of things to
 * tell; they leave as the ring has room, in the order of enum peer_tell, so a
 * busy control plane never makes the shard lose or wait for anything. */
#ifndef HD_DATA_TELL_H
#define HD_DATA_TELL_H

#include "data/core.h"

void tell_control(struct shard *sh, struct peer *p, enum peer_tell what);
/* Once per loop: sends what fits and wakes control. A closed peer that control
 * has heard of in full becomes free here. */
void tell_flush(struct shard *sh);
/* Everything said? */
bool tell_idle(const struct shard *sh);
/* The shard's last words. False if the ring is full: try again. */
bool tell_drained(struct shard *sh);

#endif
