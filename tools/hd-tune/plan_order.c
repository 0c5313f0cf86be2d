/* SPDX-License-Identifier: MIT
 * Cores, best first. */
#include "tools/hd-tune/plan_steps.h"

#include <stdlib.h>

static int sign(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare(const void *a, const void *b)
{
	const struct plan_core *x = a, *y = b;
	int order = sign(x->node < 0, y->node < 0);

	if (!order)
		order = sign(x->tier, y->tier);
	if (!order)
		order = sign(x->rank, y->rank);
	if (!order)
		order = sign(x->node, y->node);
	if (!order)
		order = sign(x->package, y->package);
	if (!order)
		order = sign(x->l3, y->l3);
	return order ? order : sign(x->cpu, y->cpu);
}

/* Is one of the CPUs near the interface in this package? */
static bool package_is_near(const struct plan_work *w, int package)
{
	const struct facts *f = w->facts;

	for (size_t i = 0; i < f->pu_count; i++)
		if (f->pus[i].package == package && cpuset_has(&w->nic_local, f->pus[i].os_index))
			return true;
	return false;
}

void plan_step_order(struct plan_work *w)
{
	struct plan_cpus *order = &w->plan->order;

	for (size_t i = 0; i < w->count; i++) {
		struct plan_core *core = &w->cores[i];

		core->tier = 2;
		if (cpuset_has(&w->nic_local, core->cpu))
			core->tier = 0;
		else if (w->plan->locality_known && package_is_near(w, core->package))
			core->tier = 1;
	}
	qsort(w->cores, w->kept, sizeof(*w->cores), compare);
	for (size_t i = 0; i < w->kept; i++)
		order->at[order->count++] = w->cores[i].cpu;
	plan_because(w, RULE_ORDER, "%zu cores%s", w->kept,
		     w->plan->locality_known ? ", those near the interface first" : "");
}
