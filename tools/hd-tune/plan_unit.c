/* SPDX-License-Identifier: MIT
 * Limits of the service, and the module it needs. */
#include "tools/hd-tune/plan_steps.h"

#include <inttypes.h>

#define NOFILE_MIN 65536
#define NOFILE_BESIDE_PEERS 4096

static int64_t power_of_two_from(int64_t n)
{
	int64_t power = NOFILE_MIN;

	while (power < n)
		power *= 2;
	return power;
}

static void choose_module(struct plan_work *w)
{
	const struct facts *f = w->facts;

	if (f->tls_module == FACTS_MODULE_REFUSED) {
		plan_because(w, RULE_MODULE_TLS, "not written: modprobe.d(5) forbids it here");
	} else if (f->ktls == 1) {
		w->plan->module_tls = true;
		plan_because(w, RULE_MODULE_TLS, "it is there now, and must be after the next boot");
	} else if (f->tls_module == FACTS_MODULE_THERE || f->tls_module == FACTS_MODULE_LOCKED) {
		w->plan->module_tls = true;
		plan_because(w, RULE_MODULE_TLS, "it is there, but not loaded");
	} else if (f->ktls == 0 || f->tls_module == FACTS_MODULE_ABSENT) {
		plan_because(w, RULE_MODULE_TLS, "not written: this kernel has none");
	} else {
		w->plan->module_tls = true;
		plan_because(w, RULE_MODULE_TLS,
			     "whether this kernel has it was not asked; systemd skips what is not there");
	}
}

void plan_step_unit(struct plan_work *w)
{
	int64_t needed = power_of_two_from(w->options->peers + NOFILE_BESIDE_PEERS);
	int64_t has = w->facts->unit.limit_nofile;

	if (has >= needed) {
		plan_because(w, RULE_LIMIT_NOFILE, "the unit sets %" PRId64 " itself", has);
	} else {
		w->plan->limit_nofile = needed;
		if (w->options->peers > 0)
			plan_because(w, RULE_LIMIT_NOFILE, "%" PRId64 " peers and %d more", w->options->peers,
				     NOFILE_BESIDE_PEERS);
		else
			plan_because(w, RULE_LIMIT_NOFILE, "the least there is; --peers asks for more");
	}
	plan_because(w, RULE_LIMIT_MEMLOCK, "not set");
	choose_module(w);
}
