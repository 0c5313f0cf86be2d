/* SPDX-License-Identifier: MIT
 * How many workers, and what bounds them. */
#include "tools/hd-tune/plan_steps.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/hd-tune/decimal.h"

#define WORKER_BYTES (8 * 1024 * 1024) /* 2 MiB of receive buffers, pools, tables, rings, stack */

/* Lowers the count to `most` and says so; a bound that does not bind is silent. */
static void bound(struct plan *p, int64_t most, const char *name, const char *value, const char *unit)
{
	if (most < 1)
		most = 1;
	if (most >= p->workers)
		return;
	p->workers = (unsigned)most;
	hd_assert(p->limits < PLAN_LIMITS_MAX);
	snprintf(p->limited_by[p->limits++], PLAN_LABEL_MAX, "%s %s%s", name, value, unit);
}

static int64_t memory_of(const struct plan_work *w)
{
	int64_t total = w->facts->memory_bytes, limit = w->facts->memory_limit_bytes;
	int64_t unit = w->facts->unit.memory_bytes;

	if (unit >= 0 && (limit < 0 || unit < limit))
		limit = unit;
	if (w->options->memory_bytes >= 0)
		return w->options->memory_bytes;
	if (total < 0 || (limit >= 0 && limit < total))
		return limit;
	return total;
}

static void apply_bounds(struct plan_work *w)
{
	struct plan *p = w->plan;
	int64_t memory = memory_of(w);
	char text[DECIMAL_TEXT_MAX];

	if (plan_fed_by_nic(p)) {
		decimal_print(p->nic_speed_mbit, text);
		bound(p, plan_fed_by_nic(p), "NIC", text, "G");
	}
	if (w->quota_millicpus >= 0) {
		decimal_print(w->quota_millicpus, text);
		bound(p, w->quota_millicpus / 1000, "quota", text, "");
	}
	if (memory >= 0) {
		snprintf(text, sizeof(text), "%" PRId64, memory >> 20);
		bound(p, memory / 2 / WORKER_BYTES, "RAM", text, "M");
	}
	snprintf(text, sizeof(text), "%" PRId64, w->options->max_workers);
	bound(p, w->options->max_workers, "max", text, "");
}

void plan_step_workers(struct plan_work *w)
{
	struct plan *p = w->plan;

	p->workers = (unsigned)(w->domain - p->reserved.count);
	plan_because(w, RULE_WORKERS, "%zu cores of the domain less %zu reserved", w->domain, p->reserved.count);
	if (w->options->workers > 0) {
		p->workers = (unsigned)w->options->workers;
		plan_because(w, RULE_WORKERS, "--workers asks for it");
		return;
	}
	apply_bounds(w);
	if (p->limits > 0)
		plan_because(w, RULE_WORKERS, "%zu cores of the domain less %zu reserved, bounded by %s",
			     w->domain,
			     p->reserved.count, p->limited_by[p->limits - 1]);
}
