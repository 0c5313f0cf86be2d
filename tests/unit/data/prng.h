/* SPDX-License-Identifier: MIT
 * Numbers that look random and repeat with their seed: xorshift64*. */
#ifndef HD_TESTS_UNIT_DATA_PRNG_H
#define HD_TESTS_UNIT_DATA_PRNG_H

#include <stdbool.h>
#include <stdint.h>

struct prng {
	uint64_t state;
};

static inline struct prng prng_of(uint64_t seed)
{
	/* Neighbouring seeds are spread first; state 0 would stay 0. */
	uint64_t x = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);

	return (struct prng){ (x ^ x >> 31) | 1 };
}

static inline uint64_t prng_next(struct prng *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * UINT64_C(0x2545f4914f6cdd1d);
}

/* 0 .. n - 1 */
static inline uint32_t prng_below(struct prng *r, uint32_t n)
{
	return (uint32_t)((prng_next(r) >> 32) * n >> 32);
}

/* low .. high */
static inline uint32_t prng_range(struct prng *r, uint32_t low, uint32_t high)
{
	return low + prng_below(r, high - low + 1);
}

/* True in one of n cases. */
static inline bool prng_one_in(struct prng *r, uint32_t n)
{
	return prng_below(r, n) == 0;
}

#endif
