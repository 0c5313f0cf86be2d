/* SPDX-License-Identifier: MIT */
#include "tools/hd-probe/latency.h"

#include "util/assert.h"

void latency_add(struct latency *l, uint64_t ns)
{
	uint32_t at = l->count;

	hd_assert(l->count < LATENCY_SAMPLES_MAX);
	for (; at > 0 && l->ns[at - 1] > ns; at--)
		l->ns[at] = l->ns[at - 1];
	l->ns[at] = ns;
	l->count++;
}

uint64_t latency_min(const struct latency *l)
{
	return l->count ? l->ns[0] : 0;
}

uint64_t latency_median(const struct latency *l)
{
	return l->count ? l->ns[(l->count - 1) / 2] : 0;
}

uint64_t latency_max(const struct latency *l)
{
	return l->count ? l->ns[l->count - 1] : 0;
}
