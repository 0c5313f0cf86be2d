/* SPDX-License-Identifier: MIT
 * The interface, its speed, and the CPUs near it. */
#include "tools/hd-tune/plan_steps.h"

#include <stdio.h>
#include <string.h>

/* Names become part of commands that people paste into a shell. */
static bool is_plain(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:@")] == '\0';
}

static void take_nic(struct plan_work *w, const struct facts_nic *top)
{
	const struct facts_nic *port = facts_nic_below(w->facts, top->name);

	snprintf(w->plan->nic, sizeof(w->plan->nic), "%s", port->name);
	/* a bond carries what its ports carry together, and is near to all of them */
	w->plan->nic_speed_mbit = top->speed_mbit > 0 ? top->speed_mbit : port->speed_mbit;
	w->nic_local = cpuset_empty(&top->local) ? port->local : top->local;
	cpuset_and(&w->nic_local, &w->plan->usable);
}

static void choose_nic(struct plan_work *w)
{
	const char *name = w->options->nic ? w->options->nic : w->facts->default_nic;
	const struct facts_nic *nic = is_plain(name) ? facts_nic(w->facts, name) : NULL;

	snprintf(w->plan->nic, sizeof(w->plan->nic), "%s", is_plain(name) ? name : "");
	w->plan->nic_speed_mbit = FACTS_UNKNOWN;
	if (nic && is_plain(facts_nic_below(w->facts, name)->name))
		take_nic(w, nic);
	if (w->options->nic_speed_mbit > 0)
		w->plan->nic_speed_mbit = w->options->nic_speed_mbit;
	if (!nic && w->options->nic)
		plan_advise(w, RULE_LOCALITY, PLAN_WARNING, "ip -brief link",
			    "there is no interface %s among the facts: where it hangs is not known", name);
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
	w->plan->nic_local = w->nic_local;
}
