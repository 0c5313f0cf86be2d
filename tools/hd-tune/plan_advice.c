/* SPDX-License-Identifier: MIT
 * What the operator is told and must do himself. */
#include "tools/hd-tune/plan_steps.h"

#include <inttypes.h>
#include <stdio.h>

#define RPS_QUEUES 4
#define MASK_WORDS 16 /* of 32 CPUs */
#define MASK_MAX (MASK_WORDS * 9 + 1)

static void on_kernel(struct plan_work *w)
{
	const struct facts *f = w->facts;

	if (f->io_uring == 0)
		plan_advise(w, RULE_IO_URING, PLAN_FATAL, "", "io_uring cannot be used: %s", f->io_uring_why);
	plan_because(w, RULE_IO_URING, "%s", f->io_uring < 0 ? "not asked" : f->io_uring ?
		     "a ring could be set up" :
		     f->io_uring_why);
	if (f->ktls == 0)
		plan_advise(w, RULE_KTLS, PLAN_NOTE, "modprobe tls",
			    "no kernel TLS (%s): the relay does TLS itself",
			    f->ktls_why);
	plan_because(w, RULE_KTLS, "%s", f->ktls < 0 ? "not asked" : f->ktls ? f->ktls_ciphers : f->ktls_why);
}

static void on_conntrack(struct plan_work *w)
{
	int64_t max = facts_sysctl_number(w->facts, rule_at(RULE_CONNTRACK)->knob, 0);
	char command[PLAN_TEXT_MAX];

	if (max < 0 || w->options->peers > INT64_MAX / 2 || max >= 2 * w->options->peers) {
		plan_because(w, RULE_CONNTRACK, max < 0 ? "no connection tracking here" : "large enough");
		return;
	}
	snprintf(command, sizeof(command), "sysctl -w net.netfilter.nf_conntrack_max=%" PRId64,
		 2 * w->options->peers);
	plan_advise(w, RULE_CONNTRACK, PLAN_WARNING, command,
		    "connection tracking holds %" PRId64 " entries, %" PRId64 " peers want twice their number",
			max,
		    w->options->peers);
}

/* CPUs without a worker as the kernel takes masks: "3,ffffffff". False if there
 * are too many for one line. */
static bool free_mask(const struct plan *p, char out[MASK_MAX])
{
	struct cpuset spare = p->usable;
	int words = MASK_WORDS;
	size_t len = 0;

	for (size_t i = 0; i < p->pins.count; i++)
		spare.word[p->pins.at[i] / 64] &= ~(UINT64_C(1) << p->pins.at[i] % 64);
	if (cpuset_empty(&spare) || cpuset_next(&spare, MASK_WORDS * 32) >= 0)
		return false;
	while (words > 1 && cpuset_next(&spare, (unsigned)(words - 1) * 32) < 0)
		words--;
	while (words-- > 0)
		len += (size_t)snprintf(out + len, MASK_MAX - len, "%s%x", len ? "," : "",
					(unsigned)(spare.word[words / 2] >> words % 2 * 32));
	return true;
}

static void on_queues(struct plan_work *w)
{
	const struct facts_nic *nic = facts_nic(w->facts, w->plan->nic);
	char command[PLAN_TEXT_MAX], mask[MASK_MAX];
	unsigned near = cpuset_count(&w->nic_local);

	if (!nic || nic->rx_queues < 0 || !nic->driver[0]) /* a bond's queues are not real ones */
		return;
	if (near > 0 && nic->rx_queues > near) {
		snprintf(command, sizeof(command), "ethtool -L %s combined %u", nic->name, near);
		plan_advise(w, RULE_QUEUES, PLAN_NOTE, command,
			    "%s has %" PRId64 " queues and %u CPUs near it", nic->name,
			    nic->rx_queues, near);
	}
	if (nic->rx_queues < RPS_QUEUES && w->plan->workers > nic->rx_queues && nic->rps == 0 &&
	    free_mask(w->plan, mask)) {
		snprintf(command, sizeof(command),
			 "for q in /sys/class/net/%s/queues/rx-*; do echo %s >$q/rps_cpus; done",
			 nic->name, mask);
		plan_advise(w, RULE_RPS, PLAN_NOTE, command,
			    "%s has %" PRId64 " receive queue%s: RPS spreads softirqs over more CPUs", nic->name,
			    nic->rx_queues, nic->rx_queues == 1 ? "" : "s");
	}
}

static void on_interrupts(struct plan_work *w)
{
	const struct plan_cpus *reserved = &w->plan->reserved;
	char command[PLAN_TEXT_MAX];

	if (w->plan->pins.count == 0)
		return;
	snprintf(command, sizeof(command), "systemctl edit irqbalance  # [Service] "
		 "Environment=IRQBALANCE_BANNED_CPULIST=%u-%u or as pin_cores says",
		 w->plan->pins.at[0], w->plan->pins.at[w->plan->pins.count - 1]);
	if (w->facts->irqbalance == 1)
		plan_advise(w, RULE_IRQBALANCE, PLAN_WARNING, command,
			    "irqbalance moves interrupts onto the cores of pinned workers");
	if (reserved->count > 0 && w->plan->nic[0])
		plan_advise(w, RULE_IRQ, PLAN_NOTE, "see INTERRUPTS in hd-tune(8)",
			    "interrupts of %s belong on the %zu reserved cores, from CPU %u on", w->plan->nic,
			    reserved->count, reserved->at[0]);
}

static void on_what_was_not_seen(struct plan_work *w)
{
	const struct facts *f = w->facts;

	if (w->plan->nic[0] && w->plan->nic_speed_mbit <= 0)
		plan_advise(w, RULE_WORKERS, PLAN_NOTE, "hd-tune --nic-speed GBITS",
			    "the speed of %s is not known: it bounds nothing", w->plan->nic);
	if (f->sysctl_count == 0)
		plan_advise(w, RULE_TCP_RMEM, PLAN_NOTE, "",
			    "kernel parameters were not looked at: none is planned");
	if (f->container == 1)
		plan_advise(w, RULE_LIMIT_NOFILE, PLAN_NOTE, "",
			    "in a container only hyper-derp.yaml is written; the rest is for the host");
	if (f->quota_millicpus < 0 && f->unit.found == FACTS_UNKNOWN && w->options->quota_millicpus < 0)
		plan_advise(w, RULE_WORKERS, PLAN_NOTE, "hd-tune --quota CPUS",
			    "CPU quotas of the service were not looked at: none is assumed");
	if (w->plan->workers > w->domain - w->plan->reserved.count)
		plan_advise(w, RULE_WORKERS, PLAN_WARNING, "", "%u workers for %zu cores: they share them",
			    w->plan->workers, w->domain - w->plan->reserved.count);
}

void plan_step_advice(struct plan_work *w)
{
	on_kernel(w);
	on_conntrack(w);
	on_queues(w);
	on_interrupts(w);
	on_what_was_not_seen(w);
}
