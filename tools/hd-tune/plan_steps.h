/* SPDX-License-Identifier: MIT
 * The steps of plan_make, in their order, and what they pass on. For plan*.c. */
#ifndef HD_TOOLS_TUNE_PLAN_STEPS_H
#define HD_TOOLS_TUNE_PLAN_STEPS_H

#include "tools/hd-tune/plan.h"

struct plan_core {
	unsigned cpu; /* lowest usable, stands for the core */
	int core;
	int package;
	int node;
	int l3;
	unsigned threads; /* of it, usable */
	unsigned rank;    /* 0, or with --smt=all which of the core's threads it is */
	unsigned tier;    /* 0: near the interface, 1: its package, 2: the rest */
	const struct topology_pu *pu;
	bool left_out; /* of a slower class */
	bool in_domain;
	bool reserved;
};

struct plan_work {
	const struct facts *facts;
	const struct options *options;
	struct plan *plan;
	struct cpuset nic_local; /* usable CPUs near the interface; empty: not known */
	struct cpuset elsewhere; /* CPUs for other threads that are not usable for workers */
	int64_t quota_millicpus;
	struct plan_core *cores; /* kept ones first */
	size_t kept;
	size_t count;
	size_t domain; /* cores in it */
};

void plan_step_usable(struct plan_work *w);
void plan_step_cores(struct plan_work *w);
void plan_step_class(struct plan_work *w);
void plan_step_locality(struct plan_work *w);
void plan_step_order(struct plan_work *w);
void plan_step_domain(struct plan_work *w);
void plan_step_reserve(struct plan_work *w);
void plan_step_workers(struct plan_work *w);
void plan_step_pins(struct plan_work *w);
void plan_step_sockbuf(struct plan_work *w);
void plan_step_unit(struct plan_work *w);
void plan_step_sysctls(struct plan_work *w);
void plan_step_advice(struct plan_work *w);
HD_MUST_CHECK int plan_step_files(struct plan_work *w);

/* Says why; a later call replaces an earlier one. */
void plan_because(struct plan_work *w, enum rule_id id, const char *fmt, ...) HD_PRINTF(3, 4);
void plan_advise(struct plan_work *w, enum rule_id id, enum plan_level level, const char *command, const char *fmt,
		 ...) HD_PRINTF(5, 6);
/* Workers that the interface can feed, at least 4; 0: not known. */
unsigned plan_fed_by_nic(const struct plan *p);

#endif
