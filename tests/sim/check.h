/* SPDX-License-Identifier: MIT
 * What must hold inside the shards. */
#ifndef HD_TESTS_SIM_CHECK_H
#define HD_TESTS_SIM_CHECK_H

/* Between any two steps. */
void check_always(void);
/* When nothing moves but by time or a client: nothing waits that could go on. */
void check_idle(void);
/* When the clients have been served to the end. */
void check_served(void);

#endif
