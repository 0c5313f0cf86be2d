/* SPDX-License-Identifier: MIT
 * Keys to raise. A key stays in our file once it is there: the value that it
 * gave the kernel is no reason to drop it. */
#include "tools/hd-tune/plan_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NETDEV_BACKLOG 4096
#define ROUND_UP 65536 /* bytes, so that values are easy to read */
#define WINDOW_MAX 0x7fff0000 /* the kernel's is an int */

static struct plan_sysctl *add(struct plan_work *w, enum rule_id id, const struct facts_sysctl *now)
{
	struct plan_sysctl *s;

	hd_assert(w->plan->sysctl_count < PLAN_SYSCTLS_MAX);
	s = &w->plan->sysctls[w->plan->sysctl_count++];
	s->rule = id;
	s->key = rule_at(id)->knob;
	snprintf(s->current, sizeof(s->current), "%s", now->value);
	return s;
}

static const struct facts_sysctl *known(struct plan_work *w, enum rule_id id)
{
	const struct facts_sysctl *now = facts_sysctl(w->facts, rule_at(id)->knob);

	if (!now)
		plan_because(w, id, "not looked at or not there: nothing is set");
	return now;
}

/* One number, at least `least`. */
static void raise_to(struct plan_work *w, enum rule_id id, int64_t least, const char *why)
{
	const struct facts_sysctl *now = known(w, id);
	int64_t has = now ? facts_sysctl_number(w->facts, now->key, 0) : FACTS_UNKNOWN;
	int64_t target = has > least ? has : least;

	if (!now)
		return;
	if (has < 0) {
		plan_because(w, id, "its value is not a number: left alone");
		return;
	}
	if (has >= least && !now->own[0]) {
		plan_because(w, id, "%" PRId64 " is enough", has);
		return;
	}
	snprintf(add(w, id, now)->value, PLAN_VALUE_MAX, "%" PRId64, target);
	plan_because(w, id, "%s", why);
}

/* Three numbers, of which the third is to be at least `least`. */
static void raise_third(struct plan_work *w, enum rule_id id, int64_t least)
{
	const struct facts_sysctl *now = known(w, id);
	int64_t part[3];

	if (!now)
		return;
	for (unsigned i = 0; i < 3; i++)
		part[i] = facts_sysctl_number(w->facts, now->key, i);
	if (part[0] < 0 || part[1] < 0 || part[2] < 0) {
		plan_because(w, id, "its value is not three numbers: left alone");
		return;
	}
	if (part[2] >= least && !now->own[0]) {
		plan_because(w, id, "%" PRId64 " is enough for %" PRId64 " Mbit/s at %" PRId64 " ms", part[2],
			     w->options->target_mbit, w->options->rtt_ms);
		return;
	}
	snprintf(add(w, id, now)->value, PLAN_VALUE_MAX, "%" PRId64 " %" PRId64 " %" PRId64, part[0], part[1],
		 part[2] > least ? part[2] : least);
	plan_because(w, id, "%" PRId64 " Mbit/s at %" PRId64 " ms need twice their product",
		     w->options->target_mbit,
		     w->options->rtt_ms);
}

/* A word; it has no more and no less. */
static void set_word(struct plan_work *w, enum rule_id id, const char *word, const char *why)
{
	const struct facts_sysctl *now = known(w, id);

	if (!now)
		return;
	if (strcmp(now->value, word) == 0 && !now->own[0]) {
		plan_because(w, id, "it is %s already", word);
		return;
	}
	snprintf(add(w, id, now)->value, PLAN_VALUE_MAX, "%s", word);
	plan_because(w, id, "%s", why);
}

static void set_congestion(struct plan_work *w)
{
	if (w->options->cc)
		set_word(w, RULE_CONGESTION, w->options->cc, "--cc asks for it");
	else
		plan_because(w, RULE_CONGESTION, "left as it is");
}

static bool rps_drops(const struct plan_work *w)
{
	const struct facts_nic *nic = facts_nic(w->facts, w->plan->nic);

	return nic && nic->rps == 1 && w->facts->softnet_drops > 0;
}

void plan_step_sysctls(struct plan_work *w)
{
	int64_t window = w->options->target_mbit * 125 * w->options->rtt_ms * 2;

	window = (window + ROUND_UP - 1) / ROUND_UP * ROUND_UP;
	if (window > WINDOW_MAX)
		window = WINDOW_MAX;
	raise_third(w, RULE_TCP_RMEM, window);
	raise_third(w, RULE_TCP_WMEM, window);
	if (w->plan->sockbuf > 0) {
		raise_to(w, RULE_RMEM_MAX, w->plan->sockbuf, "sockbuf is cut at this");
		raise_to(w, RULE_WMEM_MAX, w->plan->sockbuf, "sockbuf is cut at this");
	} else {
		plan_because(w, RULE_RMEM_MAX, "left as it is: sockbuf is 0");
		plan_because(w, RULE_WMEM_MAX, "left as it is: sockbuf is 0");
	}
	raise_to(w, RULE_SOMAXCONN, PLAN_BACKLOG, "the relay asks for this backlog");
	set_word(w, RULE_SLOW_START, "0", "clients are idle most of the time");
	if (rps_drops(w))
		raise_to(w, RULE_NETDEV_BACKLOG, NETDEV_BACKLOG, "RPS is on and its queues overflowed");
	else
		plan_because(w, RULE_NETDEV_BACKLOG, "left as it is: no RPS, or no drops");
	if (w->plan->limit_nofile > 0)
		raise_to(w, RULE_NR_OPEN, w->plan->limit_nofile, "LimitNOFILE must not exceed it");
	else
		plan_because(w, RULE_NR_OPEN, "left as it is");
	set_congestion(w);
}
