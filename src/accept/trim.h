/* SPDX-License-Identifier: MIT
 * When the allocator is to give memory back to the system. What a crowd of
 * handshakes took lies between what those who came keep, so free() alone gives
 * little of it back: kilobytes for each client of the crowd. One thread's. */
#ifndef HD_ACCEPT_TRIM_H
#define HD_ACCEPT_TRIM_H

#include <stdbool.h>
#include <stdint.h>

#define TRIM_CROWD 64        /* handshakes; what fewer leave goes in its own time */
#define TRIM_QUIET_MS 1000   /* a crowd has come when fewer than that end within it */
#define TRIM_PAUSE_MS 10000  /* between two times, for one costs up to a millisecond; and
			      * after the first of a few */

struct trim { /* zero at the beginning */
	uint64_t next_ms;    /* not before */
	uint32_t ended;      /* handshakes since the last time */
	uint32_t seen;       /* of these, when a crowd was looked at last */
};

/* A handshake has ended. Returns milliseconds after which trim_look is to be called,
 * instead of any time said before; 0: that stays as it is. */
uint64_t trim_note(struct trim *t);
/* True: now. Else *again_ms is when to look again. */
bool trim_look(struct trim *t, uint64_t now_ms, uint64_t *again_ms);
/* Does it; nothing where the allocator does not do this. */
void trim_now(void);

#endif
