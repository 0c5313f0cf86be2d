/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/count.h"

void count_gather(struct count_sum *sum, const struct count *c)
{
	for (int role = 0; role < PLAN_FLOW_ROLES; role++)
		for (int i = 0; i < COUNT_FLOW_COUNT; i++)
			sum->flow[role][i] += atomic_load_explicit(&c->flow[role][i], memory_order_relaxed);
	for (int i = 0; i < COUNT_OTHER_COUNT; i++)
		sum->other[i] += atomic_load_explicit(&c->other[i], memory_order_relaxed);
}
