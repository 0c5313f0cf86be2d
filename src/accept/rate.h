/* SPDX-License-Identifier: MIT
 * How many connections may be accepted per second, over all accept threads: a
 * token bucket kept as the one time at which it would be full again (the
 * generic cell rate algorithm). Lock-free; any thread may call any function. */
#ifndef HD_ACCEPT_RATE_H
#define HD_ACCEPT_RATE_H

#include <stdatomic.h>
#include <stdint.h>

struct rate {
	_Atomic uint64_t interval_ns;  /* between two tokens; 0: no limit */
	_Atomic uint64_t tolerance_ns; /* how far ahead of now a burst may take full_ns */
	_Atomic uint64_t full_ns;      /* when all tokens taken so far are back */
};

/* per_second 0: no limit. burst: tokens of a full bucket, 0: one second's worth. */
void rate_init(struct rate *r, double per_second, uint32_t burst);
/* New limits for later tokens. */
void rate_set(struct rate *r, double per_second, uint32_t burst);
/* 0: a token was taken. Otherwise the nanoseconds until there is one. */
uint64_t rate_take(struct rate *r, uint64_t now_ns);
/* A token that was taken and not needed. */
void rate_give(struct rate *r);

#endif
