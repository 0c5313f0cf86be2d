/* SPDX-License-Identifier: MIT
 * Cores that are left to interrupts and to the other threads. */
#include "tools/hd-tune/plan_steps.h"

#define NONE_UP_TO 4
#define CORES_PER_RESERVED 16

static bool same_package_as_domain(const struct plan_work *w, const struct plan_core *core)
{
	for (size_t i = 0; i < w->kept; i++)
		if (w->cores[i].in_domain && w->cores[i].package == core->package)
			return true;
	return false;
}

/* Threads beside the workers' in the domain, and slower cores there. */
static size_t spare_cpus(const struct plan_work *w)
{
	bool local = w->plan->locality_known && w->plan->domain[0] == 'N';
	size_t spare = 0;

	for (size_t i = 0; i < w->kept; i++)
		if (w->cores[i].in_domain)
			spare += w->cores[i].threads - 1;
	for (size_t i = w->kept; i < w->count; i++)
		spare += local ? w->cores[i].tier <= 1 : same_package_as_domain(w, &w->cores[i]);
	return spare;
}

/* Lowest CPU of the domain that is not reserved: of any node, or of that one.
 * NULL: none. */
static struct plan_core *lowest(struct plan_work *w, const int *node, unsigned from)
{
	struct plan_core *best = NULL;

	for (size_t i = 0; i < w->kept; i++) {
		struct plan_core *core = &w->cores[i];

		if (core->in_domain && !core->reserved && core->cpu >= from && (!node || core->node == *node) &&
		    (!best || core->cpu < best->cpu))
			best = core;
	}
	return best;
}

/* Is this core the lowest of its node, reserved ones included? */
static bool leads_node(const struct plan_work *w, const struct plan_core *core)
{
	for (size_t i = 0; i < w->kept; i++)
		if (w->cores[i].in_domain && w->cores[i].node == core->node && w->cores[i].cpu < core->cpu)
			return false;
	return true;
}

static void take(struct plan_work *w, struct plan_core *core)
{
	core->reserved = true;
	w->plan->reserved.at[w->plan->reserved.count++] = core->cpu;
}

/* Nodes take turns in the order of their lowest CPUs. */
static void take_in_turn(struct plan_work *w, size_t count)
{
	int nodes[CPUSET_CPUS];
	size_t node_count = 0;
	struct plan_core *core;

	for (unsigned from = 0; (core = lowest(w, NULL, from)); from = core->cpu + 1)
		if (leads_node(w, core))
			nodes[node_count++] = core->node;
	for (size_t i = 0; w->plan->reserved.count < count; i++) {
		core = lowest(w, &nodes[i % node_count], 0);
		if (core)
			take(w, core);
	}
}

void plan_step_reserve(struct plan_work *w)
{
	size_t wanted = w->domain <= NONE_UP_TO ? 0 : (w->domain + CORES_PER_RESERVED - 1) / CORES_PER_RESERVED;
	size_t spare = spare_cpus(w);
	size_t count = wanted > spare ? wanted - spare : 0;

	if (w->options->reserve >= 0)
		count = (size_t)w->options->reserve;
	if (count >= w->domain) /* one worker must have a core */
		count = w->domain - 1;
	take_in_turn(w, count);
	if (w->options->reserve >= 0)
		plan_because(w, RULE_RESERVED, "%zu, as --reserve asks", count);
	else
		plan_because(w, RULE_RESERVED, "%zu wanted for %zu cores, %zu spare CPUs serve as well",
			     wanted, w->domain,
			     spare);
}
