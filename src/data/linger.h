/* SPDX-License-Identifier: MIT
 * How long a shard waits for company. At a moderate load of packets that come
 * one by one each would wake the shard on its own, and the wake-up costs more
 * than the packet. Then the shard lingers: it sleeps until several have come,
 * or for a time that is the most this adds to a packet's delay.
 *
 * It lingers only where that pays. Not when idle: fewer than LINGER_MIN
 * arrivals within the time are not waited for. Not under full load: passes that
 * find many arrivals need no help. And not where senders wait for answers: their
 * packets come more slowly when they are kept waiting, which is measured, and
 * then lingering ends, from the second time on for a while that doubles.
 *
 * An arrival is what can end a wait: bytes of one client, as many as have come,
 * or a run of packets from another shard. Numbers in, answer out. */
#ifndef HD_DATA_LINGER_H
#define HD_DATA_LINGER_H

#include <stdint.h>

#define LINGER_MIN 3         /* arrivals expected within the time, or it is not worth it */
#define LINGER_MAX 16        /* arrivals to wait for, at most */
#define LINGER_BUSY 3        /* arrivals per pass that need no waiting */
#define LINGER_LOOK_PASSES 128 /* some ms: as long as senders take turns on a CPU */
#define LINGER_TRY_PASSES 16
#define LINGER_TRIES 32      /* of LINGER_TRY_PASSES each, then it looks again */
#define LINGER_HOLD_MS_MIN 16
#define LINGER_HOLD_MS_MAX 1024

struct linger_state {
	uint64_t time_ns;  /* at most; 0: never lingers */
	uint32_t want;     /* arrivals to wait for; 0: looks only */
	uint64_t wait_ns;  /* for them, at most */
	uint32_t passes;   /* with arrivals, since since_ns */
	uint32_t arrivals; /* since then */
	uint32_t packets;  /* in them, at least one each */
	uint32_t tries;    /* since it looked */
	uint32_t hold_ms;  /* how long the next failure keeps it from trying; 0: this would be the first */
	uint64_t since_ns;
	uint64_t gap_ns;   /* between packets, when it looked */
	uint64_t suspect_gap_ns; /* in a try that found less, 0: none */
	uint64_t hold_until_ns;
};

void linger_init(struct linger_state *l, uint64_t time_ns, uint64_t now_ns);
/* After each pass: what arrived in it, how many packets that were, and the time.
 * Returns how many arrivals to wait for, 0: do not linger. */
uint32_t linger_next(struct linger_state *l, uint32_t arrivals, uint32_t packets, uint64_t now_ns);

#endif
