/* SPDX-License-Identifier: MIT */
#include "accept/rate.h"

#include "util/assert.h"
#include "util/mono.h"

void rate_init(struct rate *r, double per_second, uint32_t burst)
{
	atomic_init(&r->full_ns, 0);
	rate_set(r, per_second, burst);
}

void rate_set(struct rate *r, double per_second, uint32_t burst)
{
	uint64_t interval = 0;
	uint64_t tokens = burst;

	hd_assert(per_second >= 0);
	if (per_second > 0) {
		double ns = (double)MONO_NS_PER_S / per_second;

		/* Not so long that a sum with a point in time could overflow. */
		interval = ns < 1 ? 1 : ns > 3600e9 ? (uint64_t)3600e9 : (uint64_t)ns;
	}
	if (tokens == 0)
		tokens = per_second > UINT32_MAX ? UINT32_MAX : (uint64_t)per_second;
	if (tokens == 0)
		tokens = 1;
	atomic_store_explicit(&r->tolerance_ns, interval * (tokens - 1), memory_order_relaxed);
	atomic_store_explicit(&r->interval_ns, interval, memory_order_relaxed);
}

uint64_t rate_take(struct rate *r, uint64_t now_ns)
{
	uint64_t interval = atomic_load_explicit(&r->interval_ns, memory_order_relaxed);
	uint64_t tolerance = atomic_load_explicit(&r->tolerance_ns, memory_order_relaxed);
	uint64_t full = atomic_load_explicit(&r->full_ns, memory_order_relaxed);
	uint64_t from;

	if (interval == 0)
		return 0;
	do {
		from = full > now_ns ? full : now_ns;
		if (from - now_ns > tolerance)
			return from - now_ns - tolerance;
	} while (!atomic_compare_exchange_weak_explicit(&r->full_ns, &full, from + interval, memory_order_relaxed,
							memory_order_relaxed));
	return 0;
}

void rate_give(struct rate *r)
{
	uint64_t interval = atomic_load_explicit(&r->interval_ns, memory_order_relaxed);
	uint64_t full = atomic_load_explicit(&r->full_ns, memory_order_relaxed);

	while (full >= interval &&
	       !atomic_compare_exchange_weak_explicit(&r->full_ns, &full, full - interval, memory_order_relaxed,
						      memory_order_relaxed))
		continue;
}
