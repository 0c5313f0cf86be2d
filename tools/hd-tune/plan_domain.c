/* SPDX-License-Identifier: MIT
 * The part of the machine that the workers stay in. */
#include "tools/hd-tune/plan_steps.h"

#define CORES_MIN 4
#define MBIT_PER_WORKER 2000 /* lowest rate measured */

unsigned plan_fed_by_nic(const struct plan *p)
{
	int64_t fed;

	if (p->nic_speed_mbit <= 0)
		return 0;
	fed = p->nic_speed_mbit / MBIT_PER_WORKER + (p->nic_speed_mbit % MBIT_PER_WORKER != 0);
	if (fed > OPTIONS_WORKERS_MAX)
		fed = OPTIONS_WORKERS_MAX;
	return fed > CORES_MIN ? (unsigned)fed : CORES_MIN;
}

static size_t take_tiers(struct plan_work *w, unsigned tier_max)
{
	w->domain = 0;
	for (size_t i = 0; i < w->kept; i++) {
		w->cores[i].in_domain = w->cores[i].tier <= tier_max;
		w->domain += w->cores[i].in_domain;
	}
	return w->domain;
}

static void take_all(struct plan_work *w, const char *why)
{
	take_tiers(w, 2);
	w->plan->domain = "all";
	plan_because(w, RULE_DOMAIN, "%zu cores: %s", w->domain, why);
}

static void near_nic(struct plan_work *w)
{
	unsigned fed = plan_fed_by_nic(w->plan);
	size_t near = take_tiers(w, 0);

	w->plan->domain = "NIC-local";
	plan_because(w, RULE_DOMAIN, "%zu cores near %s", near, w->plan->nic);
	if (near >= CORES_MIN && near >= fed)
		return;
	w->plan->domain = "NIC package";
	plan_because(w, RULE_DOMAIN, "%zu cores in the package of %s: the %zu near it are fewer than %u",
		     take_tiers(w, 1),
		     w->plan->nic, near, fed > CORES_MIN ? fed : CORES_MIN);
	if (w->domain < CORES_MIN)
		take_all(w, "the package of the interface has fewer than 4");
}

static size_t cores_of_package(const struct plan_work *w, int package, bool with_memory)
{
	size_t count = 0;

	for (size_t i = 0; i < w->kept; i++)
		count += w->cores[i].package == package && (!with_memory || w->cores[i].node >= 0);
	return count;
}

/* The one with most cores that have local memory; the first of equals. */
static int best_package(const struct plan_work *w)
{
	int best = w->cores[0].package;

	for (size_t i = 0; i < w->kept; i++)
		if (cores_of_package(w, w->cores[i].package, true) > cores_of_package(w, best, true))
			best = w->cores[i].package;
	return best;
}

static void one_package(struct plan_work *w)
{
	int best = best_package(w);

	if (cores_of_package(w, best, false) == w->kept) {
		take_all(w, "they are in one package");
		return;
	}
	w->domain = 0;
	for (size_t i = 0; i < w->kept; i++) {
		w->cores[i].in_domain = w->cores[i].package == best;
		w->domain += w->cores[i].in_domain;
	}
	w->plan->domain = "one package (NIC locality unknown)";
	plan_because(w, RULE_DOMAIN, "the %zu cores of one package: where the interface hangs is not known",
		     w->domain);
	if (w->domain < CORES_MIN)
		take_all(w, "no package has 4");
}

void plan_step_domain(struct plan_work *w)
{
	if (w->options->span)
		take_all(w, "--span asks for it");
	else if (w->plan->locality_known)
		near_nic(w);
	else
		one_package(w);
	if (w->domain == 0)
		take_all(w, "none near the interface is fast enough");
}
