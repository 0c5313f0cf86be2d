/* SPDX-License-Identifier: MIT
 * Socket buffers and who submits I/O. */
#include "tools/hd-tune/plan_steps.h"

#include <inttypes.h>

#define SOCKBUF_MIN 4096
#define SOCKBUF_MAX (1 << 30) /* what the option takes */
#define PAGE_BYTES 4096       /* of tcp_mem; larger ones leave more */

static void choose_sockbuf(struct plan_work *w)
{
	const struct options *o = w->options;
	int64_t pages = facts_sysctl_number(w->facts, "net.ipv4.tcp_mem", 1);
	int64_t wanted, most;

	if (!o->sockbuf_fixed) {
		plan_because(w, RULE_SOCKBUF, "the kernel tunes");
		return;
	}
	wanted = o->target_mbit * 125 * o->rtt_ms; /* Mbit/s times ms is 125 bytes */
	most = pages >= 0 && pages < INT64_MAX / PAGE_BYTES ? pages * PAGE_BYTES / 2 / (4 * (o->hot ? o->hot :
											     1)) :
							      SOCKBUF_MAX;
	if (wanted > most)
		plan_advise(w, RULE_SOCKBUF, PLAN_WARNING, "",
			    "%" PRId64 " MB of buffers for %" PRId64 " hot connections are more than half of "
				"tcp_mem: "
			    "sockbuf is smaller than rate times round trip", wanted * 4 * o->hot >> 20, o->hot);
	if (wanted > most)
		wanted = most;
	if (wanted > SOCKBUF_MAX)
		wanted = SOCKBUF_MAX;
	w->plan->sockbuf = wanted > SOCKBUF_MIN ? wanted : SOCKBUF_MIN;
	plan_because(w, RULE_SOCKBUF, "%" PRId64 " Mbit/s times %" PRId64 " ms, at most %" PRId64 " by tcp_mem",
		     o->target_mbit, o->rtt_ms, most);
}

static void choose_sqpoll(struct plan_work *w)
{
	unsigned idle = cpuset_count(&w->plan->usable) - w->plan->workers;

	if (!w->options->sqpoll) {
		plan_because(w, RULE_SQPOLL, "off unless asked for");
		return;
	}
	w->plan->sqpoll = w->quota_millicpus < 0 && cpuset_count(&w->plan->usable) >= 2 * w->plan->workers;
	if (w->plan->sqpoll) {
		plan_because(w, RULE_SQPOLL, "%u idle CPUs for %u workers", idle, w->plan->workers);
		return;
	}
	plan_because(w, RULE_SQPOLL, "no: there is a quota, or no idle CPU per worker");
	plan_advise(w, RULE_SQPOLL, PLAN_WARNING, "",
		    "--sqpoll, but there is no idle CPU per worker, or a CPU quota");
}

void plan_step_sockbuf(struct plan_work *w)
{
	choose_sockbuf(w);
	choose_sqpoll(w);
}
