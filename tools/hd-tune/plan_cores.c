/* SPDX-License-Identifier: MIT
 * Usable CPUs and the cores they belong to. */
#include "tools/hd-tune/plan_steps.h"

#include <stdlib.h>
#include <string.h>

/* Where nothing is left the kernel and systemd take what there is; so do we, and
 * say so. */
static void keep_only(struct plan_work *w, struct cpuset *s, const struct cpuset *other, const char *what)
{
	struct cpuset both = *s;

	if (cpuset_empty(other))
		return;
	cpuset_and(&both, other);
	if (cpuset_empty(&both))
		plan_advise(w, RULE_USABLE, PLAN_WARNING, "",
			    "%s has none of the CPUs that are there for the service: it counts for nothing", what);
	else
		*s = both;
}

/* What the service may run on, isolated CPUs included. */
static void service_cpus(struct plan_work *w, struct cpuset *online, struct cpuset *allowed)
{
	const struct facts *f = w->facts;

	cpuset_clear(online);
	for (size_t i = 0; i < f->pu_count; i++)
		cpuset_add(online, f->pus[i].os_index);
	*allowed = *online;
	if (w->options->has_cpuset) {
		keep_only(w, allowed, &w->options->cpuset, "--cpuset");
		return;
	}
	keep_only(w, allowed, &f->group, "the control group of the service");
	keep_only(w, allowed, &f->unit.allowed, "AllowedCPUs= of the unit");
	if (!cpuset_empty(&f->unit.affinity))
		keep_only(w, allowed, &f->unit.affinity, "CPUAffinity= of the unit");
	else if (f->has_affinity)
		keep_only(w, allowed, &f->affinity, "the affinity that the service inherits");
}

/* Only the isolated CPUs. The kernel takes them out of the affinity that
 * everything inherits, so one without any of them says nothing against. */
static void use_isolated(struct plan_work *w, const struct cpuset *online, const struct cpuset *allowed,
			 const struct cpuset *isolated)
{
	struct cpuset usable = *online, both;

	cpuset_and(&usable, isolated);
	if (cpuset_empty(&usable)) {
		w->plan->usable = *allowed;
		plan_advise(w, RULE_USABLE, PLAN_WARNING, "",
			    "--isolated=use, but no CPU is isolated: all are used");
		return;
	}
	both = usable;
	cpuset_and(&both, allowed);
	if (!cpuset_empty(&both))
		usable = both;
	w->plan->usable = usable;
	w->elsewhere = *online;
	cpuset_minus(&w->elsewhere, isolated);
	plan_because(w, RULE_USABLE, "%u isolated CPUs, as --isolated=use asks", cpuset_count(&usable));
}

static void avoid_isolated(struct plan_work *w, const struct cpuset *allowed, const struct cpuset *isolated)
{
	struct cpuset usable = *allowed;

	cpuset_minus(&usable, isolated);
	if (cpuset_empty(&usable)) {
		w->plan->usable = *allowed;
		plan_advise(w, RULE_USABLE, PLAN_WARNING, "",
			    "all CPUs of the service are isolated: they are used");
		return;
	}
	w->plan->usable = usable;
	plan_because(w, RULE_USABLE, "%u of %zu online; %u isolated or nohz_full are avoided",
		     cpuset_count(&usable),
		     w->facts->pu_count, cpuset_count(allowed) - cpuset_count(&usable));
}

void plan_step_usable(struct plan_work *w)
{
	struct cpuset online, allowed, isolated = w->facts->isolated;

	service_cpus(w, &online, &allowed);
	if (w->options->has_isolated)
		isolated = w->options->isolated;
	else
		for (size_t i = 0; i < HD_ARRAY_LEN(isolated.word); i++)
			isolated.word[i] |= w->facts->nohz_full.word[i];
	if (w->options->isolated_use)
		use_isolated(w, &online, &allowed, &isolated);
	else
		avoid_isolated(w, &allowed, &isolated);
	w->quota_millicpus = w->facts->quota_millicpus;
	if (w->facts->unit.quota_millicpus >= 0 &&
	    (w->quota_millicpus < 0 || w->facts->unit.quota_millicpus < w->quota_millicpus))
		w->quota_millicpus = w->facts->unit.quota_millicpus;
	if (w->options->quota_millicpus >= 0)
		w->quota_millicpus = w->options->quota_millicpus;
}

static struct plan_core *find_core(struct plan_work *w, int core)
{
	for (size_t i = w->count; i > 0; i--)
		if (w->cores[i - 1].core == core)
			return &w->cores[i - 1];
	return NULL;
}

static int by_number(const void *a, const void *b)
{
	const struct topology_pu *x = *(const struct topology_pu *const *)a;
	const struct topology_pu *y = *(const struct topology_pu *const *)b;

	return (x->os_index > y->os_index) - (x->os_index < y->os_index);
}

static void add_core(struct plan_work *w, const struct topology_pu *pu, unsigned rank)
{
	w->cores[w->count++] = (struct plan_core){
		.cpu = pu->os_index,
		.core = pu->core,
		.package = pu->package,
		.node = pu->node,
		.l3 = pu->l3,
		.threads = 1,
		.rank = rank,
		.pu = pu,
	};
}

/* Facts list CPUs in the order of their numbers, so that a core's first one is
 * its lowest. */
void plan_step_cores(struct plan_work *w)
{
	const struct facts *f = w->facts;

	for (size_t i = 0; i < f->pu_count; i++) {
		const struct topology_pu *pu = &f->pus[i];
		struct plan_core *core;

		hd_assert(i == 0 || by_number(&(const struct topology_pu *){ pu - 1 }, &pu) < 0);
		if (!cpuset_has(&w->plan->usable, pu->os_index))
			continue;
		core = find_core(w, pu->core);
		if (!core)
			add_core(w, pu, 0);
		else if (w->options->smt_all)
			add_core(w, pu, core->rank + 1);
		else
			core->threads++;
	}
	w->kept = w->count;
	plan_because(w, RULE_CORES, "%zu with %u usable CPUs%s", w->count, cpuset_count(&w->plan->usable),
		     w->options->smt_all ? ", each thread counted as --smt=all asks" : "");
}
