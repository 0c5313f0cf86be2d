/* SPDX-License-Identifier: MIT
 * The control plane of the simulation: takes the shards' events, looks whether
 * they may be so, and gives commands. */
#ifndef HD_TESTS_SIM_SIM_CONTROL_H
#define HD_TESTS_SIM_SIM_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

void sim_control_init(void);
void sim_control_release(void);
/* Takes some events and hands out what commands there is room for. */
void sim_control_work(void);
/* Anything to take or to hand out? */
bool sim_control_idle(void);
/* A command of the operator's, or of chance. */
void sim_control_command(void);
/* Ends the shards: each drains for at most drain_ms. */
void sim_control_drain(uint32_t drain_ms);
bool sim_control_drained(uint16_t shard);
/* Departures of a key that the shard has yet to hear of. */
uint32_t sim_control_departures_ahead(uint16_t shard, uint32_t key);
/* Connections control has been told of and that have not been closed. */
uint32_t sim_control_present(void);

#endif
