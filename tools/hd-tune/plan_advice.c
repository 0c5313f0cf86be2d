/* SPDX-License-Identifier: MIT
 * What the operator is told and must do himself. */
#include "tools/hd-tune/plan_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RPS_QUEUES 4
#define MASK_WORDS 16 /* of 32 CPUs */
#define MASK_MAX (MASK_WORDS * 9 + 1)
#define CPUS_MAX 120 /* of a list in a command */

/* What mends it where one command does. */
static void on_io_uring(struct plan_work *w)
{
	const struct facts *f = w->facts;
	int64_t disabled = facts_sysctl_number(f, "kernel.io_uring_disabled", 0);
	char command[PLAN_TEXT_MAX] = "";

	if (f->io_uring < 0) {
		plan_because(w, RULE_IO_URING, "%s", f->io_uring_why[0] ? f->io_uring_why : "not asked");
		return;
	}
	plan_because(w, RULE_IO_URING, "%s", f->io_uring ? "a ring could be set up" : f->io_uring_why);
	if (f->io_uring)
		return;
	if (disabled == 1 && f->io_uring_group[0])
		snprintf(command, sizeof(command),
			 "systemctl edit hyper-derp  # [Service] SupplementaryGroups=%s", f->io_uring_group);
	else if (disabled > 0)
		snprintf(command, sizeof(command), "sysctl -w kernel.io_uring_disabled=0");
	plan_advise(w, RULE_IO_URING, PLAN_FATAL, command, "io_uring cannot be used: %s", f->io_uring_why);
}

static void on_ktls(struct plan_work *w)
{
	static const struct {
		enum facts_module module;
		const char *why, *command;
	} rows[] = {
		{ FACTS_MODULE_ABSENT, "this kernel was built without it, or the package with its further modules "
		  "is missing", "" },
		{ FACTS_MODULE_THERE, "the module tls is there, but not loaded", "modprobe tls" },
		{ FACTS_MODULE_REFUSED, "the module tls is there, but modprobe.d(5) forbids it",
		  "grep -rw tls /etc/modprobe.d /run/modprobe.d /usr/lib/modprobe.d" },
		{ FACTS_MODULE_LOCKED, "kernel.modules_disabled is 1: the module tls can be loaded only after the "
		  "next boot", "reboot" },
	};
	const struct facts *f = w->facts;
	const char *why = f->ktls_why, *command = "modprobe tls";

	if (f->ktls == 1) {
		plan_because(w, RULE_KTLS, "%s", f->ktls_ciphers);
		return;
	}
	for (size_t i = 0; i < HD_ARRAY_LEN(rows); i++)
		if (f->tls_module == rows[i].module) {
			why = rows[i].why;
			command = rows[i].command;
		}
	plan_because(w, RULE_KTLS, "%s", f->ktls < 0 ? "not asked" : why);
	if (f->ktls == 0)
		plan_advise(w, RULE_KTLS, PLAN_NOTE, command, "no kernel TLS (%s): the relay does TLS itself",
			    why);
}

/* The relay asks the kernel, which asks the driver; sealing there is another
 * thing to go wrong that nobody asked for. */
static void on_tls_offload(struct plan_work *w)
{
	const struct facts_nic *nic = facts_nic(w->facts, w->plan->nic);

	if (!nic || nic->tls_tx < 0)
		plan_because(w, RULE_TLS_OFFLOAD, "not known");
	else
		plan_because(w, RULE_TLS_OFFLOAD, "%s: sending %s, receiving %s", nic->name,
			     nic->tls_tx ? "on" : "off", nic->tls_rx == 1 ? "on" : "off");
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
		    max, w->options->peers);
}

/* CPUs without a worker as the kernel takes masks: "3,ffffffff". False if there
 * are too many for one line. */
static bool free_mask(const struct plan *p, char out[MASK_MAX])
{
	struct cpuset spare = p->usable;
	int words = MASK_WORDS;
	size_t len = 0;

	for (size_t i = 0; i < p->pins.count; i++)
		cpuset_remove(&spare, p->pins.at[i]);
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

static void print_cpus(const struct cpuset *cpus, char out[CPUS_MAX])
{
	struct bytes text;

	bytes_init(&text, CPUS_MAX);
	if (cpuset_print(cpus, &text) || bytes_append(&text, "", 1))
		snprintf(out, CPUS_MAX, "CPUS"); /* too many for a line */
	else
		memcpy(out, text.data, text.len);
	bytes_release(&text);
}

/* Where the interface's interrupts do least harm: reserved cores, else CPUs near
 * it without a worker. */
static void cpus_for_interrupts(const struct plan_work *w, struct cpuset *to)
{
	const struct plan *p = w->plan;

	cpuset_clear(to);
	for (size_t i = 0; i < p->reserved.count; i++)
		cpuset_add(to, p->reserved.at[i]);
	if (!cpuset_empty(to))
		return;
	*to = cpuset_empty(&p->nic_local) ? p->usable : p->nic_local;
	for (size_t i = 0; i < p->pins.count; i++)
		cpuset_remove(to, p->pins.at[i]);
}

static void on_irq(struct plan_work *w)
{
	const struct facts_nic *nic = facts_nic(w->facts, w->plan->nic);
	char command[PLAN_TEXT_MAX], list[CPUS_MAX];
	struct cpuset to;

	cpus_for_interrupts(w, &to);
	if (!w->plan->nic[0] || cpuset_empty(&to))
		return;
	print_cpus(&to, list);
	snprintf(command, sizeof(command),
		 "for i in /sys/class/net/%s/device/%smsi_irqs/*; do echo %s >/proc/irq/${i##*/}/smp_affinity_list"
		 "; done", w->plan->nic, nic && strcmp(nic->driver, "virtio_net") == 0 ? "../" : "", list);
	plan_advise(w, RULE_IRQ, PLAN_NOTE, command, "interrupts of %s belong on CPU %s, beside the workers",
		    w->plan->nic, list);
}

static void on_interrupts(struct plan_work *w)
{
	char command[PLAN_TEXT_MAX], list[CPUS_MAX];
	struct cpuset pinned;

	if (w->plan->pins.count == 0)
		return;
	on_irq(w);
	if (w->facts->irqbalance != 1)
		return;
	cpuset_clear(&pinned);
	for (size_t i = 0; i < w->plan->pins.count; i++)
		cpuset_add(&pinned, w->plan->pins.at[i]);
	print_cpus(&pinned, list);
	snprintf(command, sizeof(command),
		 "systemctl edit irqbalance  # [Service] Environment=IRQBALANCE_BANNED_CPULIST=%s", list);
	plan_advise(w, RULE_IRQBALANCE, PLAN_WARNING, command,
		    "irqbalance moves interrupts onto the cores of pinned workers");
}

/* What could not be seen, and what it means for the answer. */
static void on_what_was_not_seen(struct plan_work *w)
{
	const struct facts *f = w->facts;
	bool quota_known = f->quota_millicpus >= 0 || f->unit.found != FACTS_UNKNOWN ||
			   w->options->quota_millicpus >= 0;

	if (!w->plan->nic[0])
		plan_advise(w, RULE_LOCALITY, PLAN_NOTE, "hd-tune --nic NAME",
			    "no default route is known: no part of the machine is preferred, no speed is a bound");
	if (w->plan->nic[0] && w->plan->nic_speed_mbit <= 0)
		plan_advise(w, RULE_WORKERS, PLAN_NOTE, "hd-tune --nic-speed GBITS",
			    "the speed of %s is not known: it bounds nothing", w->plan->nic);
	if (f->sysctl_count == 0)
		plan_advise(w, RULE_TCP_RMEM, PLAN_NOTE, "",
			    "kernel parameters were not looked at: none is planned");
	if (f->container == 1)
		plan_advise(w, RULE_LIMIT_NOFILE, PLAN_NOTE, "",
			    "in a container only hyper-derp.yaml is written; the rest is for the host");
	if (!quota_known)
		plan_advise(w, RULE_WORKERS, PLAN_NOTE, "hd-tune --quota CPUS",
			    "CPU quotas of the service were not looked at: none is assumed");
	if (f->memory_bytes < 0 && f->memory_limit_bytes < 0 && w->options->memory_bytes < 0)
		plan_advise(w, RULE_WORKERS, PLAN_NOTE, "hd-tune --mem BYTES",
			    "how much memory there is is not known: it bounds nothing");
	if (f->unit.found == 0)
		plan_advise(w, RULE_USABLE, PLAN_NOTE, "",
			    "there is no hyper-derp.service here: limits of this process stand in for its own");
	if (f->ktls < 0 && f->io_uring < 0)
		plan_advise(w, RULE_IO_URING, PLAN_NOTE, "",
			    "kernel TLS and io_uring were not tried: whether the relay runs there is not known");
	if (w->plan->workers > w->domain - w->plan->reserved.count)
		plan_advise(w, RULE_WORKERS, PLAN_WARNING, "", "%u workers for %zu cores: they share them",
			    w->plan->workers, w->domain - w->plan->reserved.count);
}

void plan_step_advice(struct plan_work *w)
{
	on_io_uring(w);
	on_ktls(w);
	on_tls_offload(w);
	on_conntrack(w);
	on_queues(w);
	on_interrupts(w);
	on_what_was_not_seen(w);
}
