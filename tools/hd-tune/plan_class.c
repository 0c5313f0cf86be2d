/* SPDX-License-Identifier: MIT
 * Which cores are fast enough to share work evenly. */
#include "tools/hd-tune/plan_steps.h"

#include <stdio.h>
#include <string.h>

#define NEAR_PERCENT 80 /* of the highest is the same class */
#define VALUE_MAX (INT64_MAX / 100)

/* What tells classes apart: a number per core, -1: not known. */
typedef int64_t attribute_fn(const struct topology_pu *pu);

static int64_t core_type(const struct topology_pu *pu)
{
	if (strcmp(pu->type, "IntelCore") == 0)
		return 100;
	return strcmp(pu->type, "IntelAtom") == 0 ? 1 : TOPOLOGY_UNKNOWN;
}

static int64_t capacity(const struct topology_pu *pu)
{
	return pu->capacity;
}

static int64_t frequency(const struct topology_pu *pu)
{
	return pu->frequency_max_mhz;
}

static int64_t threads(const struct topology_pu *pu)
{
	return pu->core_threads;
}

static const struct {
	const char *name;
	attribute_fn *of;
	int64_t percent;
	bool counts_threads; /* tells nothing where threads are offline or hidden */
	bool says_uniform;   /* if all are alike, that is an answer */
} attributes[] = {
	{ "CoreType", core_type, NEAR_PERCENT, false, false },
	{ "LinuxCapacity", capacity, NEAR_PERCENT, false, true },
	{ "FrequencyMaxMHz", frequency, NEAR_PERCENT, false, true },
	{ "SMT signature", threads, 100, true, false },
};

/* Highest value, or -1 if one core has none. */
static int64_t highest(const struct plan_work *w, attribute_fn *of)
{
	int64_t best = TOPOLOGY_UNKNOWN;

	for (size_t i = 0; i < w->count; i++) {
		int64_t value = of(w->cores[i].pu);

		/* documents may hold any number */
		if (value <= 0 || value > VALUE_MAX)
			return TOPOLOGY_UNKNOWN;
		if (value > best)
			best = value;
	}
	return best;
}

/* Marks what is below the limit; how many. */
static size_t mark_slow(struct plan_work *w, attribute_fn *of, int64_t best, int64_t percent)
{
	size_t slow = 0;

	for (size_t i = 0; i < w->count; i++) {
		int64_t value = of(w->cores[i].pu);

		w->cores[i].left_out = value * 100 < best * percent;
		slow += w->cores[i].left_out;
	}
	return slow;
}

/* Kept cores first, in both parts by number. */
static void part(struct plan_work *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->count; i++) {
		struct plan_core core = w->cores[i];

		if (core.left_out)
			continue;
		memmove(&w->cores[kept + 1], &w->cores[kept], (i - kept) * sizeof(core));
		w->cores[kept++] = core;
	}
	w->kept = kept;
}

static void keep_class(struct plan_work *w, size_t rule, size_t slow)
{
	snprintf(w->plan->class_rule, PLAN_LABEL_MAX, "%s%s", slow ? "" : "uniform ", attributes[rule].name);
	part(w);
	if (slow)
		plan_because(w, RULE_CLASS, "%zu of %zu cores kept by %s", w->kept, w->count,
			     attributes[rule].name);
	else
		plan_because(w, RULE_CLASS, "all %zu cores have the same %s within %d %%", w->count,
			     attributes[rule].name, 100 - NEAR_PERCENT);
}

void plan_step_class(struct plan_work *w)
{
	snprintf(w->plan->class_rule, PLAN_LABEL_MAX, "all");
	plan_because(w, RULE_CLASS, "nothing tells the %zu cores apart", w->count);
	for (size_t i = 0; i < HD_ARRAY_LEN(attributes) && !w->options->cores_all; i++) {
		int64_t best = highest(w, attributes[i].of);
		size_t slow;

		if (best < 0 || (attributes[i].counts_threads && w->facts->whole != 1))
			continue;
		slow = mark_slow(w, attributes[i].of, best, attributes[i].percent);
		if (slow || attributes[i].says_uniform) {
			keep_class(w, i, slow);
			break;
		}
	}
	if (w->options->cores_all)
		plan_because(w, RULE_CLASS, "all %zu cores, as --cores=all asks", w->count);
	w->plan->perf_cores = (unsigned)w->kept;
	for (size_t i = w->kept; i < w->count; i++)
		w->plan->left.at[w->plan->left.count++] = w->cores[i].cpu;
}
