/* SPDX-License-Identifier: MIT
 * The interface, its speed, and the CPUs near it. */
#include "tools/hd-tune/plan_steps.h"

#include <stdio.h>

static void choose_nic(struct plan_work *w)
{
	const char *name = w->options->nic ? w->options->nic : w->facts->default_nic;
	const struct facts_nic *nic = facts_nic_below(w->facts, name);

	snprintf(w->plan->nic, sizeof(w->plan->nic), "%s", nic ? nic->name : name);
	w->plan->nic_speed_mbit = nic ? nic->speed_mbit : FACTS_UNKNOWN;
	if (w->options->nic_speed_mbit > 0)
		w->plan->nic_speed_mbit = w->options->nic_speed_mbit;
	if (nic) {
		w->nic_local = nic->local;
		cpuset_and(&w->nic_local, &w->plan->usable);
	} else if (w->options->nic) {
		plan_advise(w, RULE_LOCALITY, PLAN_WARNING, "ip -brief link",
			    "there is no interface %s among the facts: where it hangs is not known", name);
	}
}

void plan_step_locality(struct plan_work *w)
{
	choose_nic(w);
	if (!w->plan->nic[0])
		plan_because(w, RULE_LOCALITY, "no interface is named and no default route is known");
	else if (cpuset_empty(&w->nic_local))
		plan_because(w, RULE_LOCALITY, "no usable CPU is near %s, or nothing says where it hangs",
			     w->plan->nic);
	else if (cpuset_equal(&w->nic_local, &w->plan->usable))
		plan_because(w, RULE_LOCALITY, "%s is as near to all usable CPUs", w->plan->nic);
	else
		w->plan->locality_known = true;
	if (w->plan->locality_known)
		plan_because(w, RULE_LOCALITY, "%s is near %u of %u usable CPUs", w->plan->nic,
			     cpuset_count(&w->nic_local), cpuset_count(&w->plan->usable));
	else
		cpuset_clear(&w->nic_local);
}
