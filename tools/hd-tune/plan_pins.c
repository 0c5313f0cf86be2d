/* SPDX-License-Identifier: MIT
 * Which CPU each worker is pinned to, if it is to be pinned. */
#include "tools/hd-tune/plan_steps.h"

static bool quota_binds(const struct plan_work *w)
{
	return w->quota_millicpus >= 0 && w->quota_millicpus < (int64_t)cpuset_count(&w->plan->usable) * 1000;
}

/* Why not, or NULL. */
static const char *against(const struct plan_work *w)
{
	const struct facts *f = w->facts;
	bool always = w->options->pin == OPTIONS_PIN_ALWAYS;

	if (w->options->pin == OPTIONS_PIN_NEVER)
		return "--pin=never asks for none";
	if (w->plan->workers > w->domain - w->plan->reserved.count)
		return "there are more workers than cores for them";
	if (cpuset_count(&w->plan->usable) <= w->plan->workers && cpuset_empty(&w->elsewhere))
		return "no usable CPU would be left for all other threads";
	if (!always && quota_binds(w))
		return "a CPU quota binds: a throttled worker could not go elsewhere";
	if (!always && f->container == 1 && f->container_cpuset != 1 && !w->options->has_cpuset)
		return "a container without a cpuset of its own shares its CPUs with others";
	return NULL;
}

void plan_step_pins(struct plan_work *w)
{
	struct plan_cpus *pins = &w->plan->pins;
	const char *why_not = against(w);

	if (why_not) {
		plan_because(w, RULE_PIN_CORES, "none: %s", why_not);
		if (w->options->pin == OPTIONS_PIN_ALWAYS)
			plan_advise(w, RULE_PIN_CORES, PLAN_WARNING, "", "--pin=always, but %s", why_not);
		return;
	}
	for (size_t i = 0; i < w->kept && pins->count < w->plan->workers; i++)
		if (w->cores[i].in_domain && !w->cores[i].reserved)
			pins->at[pins->count++] = w->cores[i].cpu;
	plan_because(w, RULE_PIN_CORES, "one core each, %zu usable CPUs stay for the rest",
		     cpuset_count(&w->plan->usable) - pins->count + cpuset_count(&w->elsewhere));
}
