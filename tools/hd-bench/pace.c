/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/pace.h"

#include "util/assert.h"
#include "util/mono.h"

static void step(struct pace *p, uint64_t amount)
{
	unsigned __int128 whole = (unsigned __int128)amount * p->unit_ns + p->remainder;

	if (whole >> 64 == 0) { /* nearly always, and much quicker */
		p->next_ns += (uint64_t)whole / p->rate;
		p->remainder = (uint64_t)whole % p->rate;
		return;
	}
	p->next_ns += (uint64_t)(whole / p->rate);
	p->remainder = (uint64_t)(whole % p->rate);
}

void pace_start(struct pace *p, uint64_t start_ns, uint64_t rate, bool by_packets, uint32_t share, uint32_t index,
		uint64_t bits_mean)
{
	hd_assert(share > 0 && index < share);
	*p = (struct pace){
		.next_ns = start_ns,
		.rate = rate,
		.unit_ns = MONO_NS_PER_S * share,
		.by_packets = by_packets,
	};
	if (rate)
		p->next_ns +=
			(uint64_t)((unsigned __int128)(by_packets ? 1 : bits_mean) * MONO_NS_PER_S * index / rate);
}

void pace_advance(struct pace *p, uint32_t bytes)
{
	if (p->rate)
		step(p, p->by_packets ? 1 : (uint64_t)bytes * 8);
}
