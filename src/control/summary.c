/* SPDX-License-Identifier: MIT */
#include "control/summary.h"

#include <inttypes.h>
#include <stdio.h>

static uint64_t drops_of(const struct stats_registry *r, enum drop_reason reason)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < stats_registry_count(r); i++)
		for (unsigned kind = 0; kind < DROP_KIND_COUNT; kind++)
			sum += atomic_load_explicit(&stats_registry_at(r, i)->drops[reason][kind],
						    memory_order_relaxed);
	return sum;
}

/* How much a total has grown since it was last noted; notes it. */
static uint64_t growth(uint64_t *noted, uint64_t now)
{
	uint64_t by = now - *noted;

	*noted = now;
	return by;
}

void summary_init(struct summary *s, const struct stats_registry *registry)
{
	s->registry = registry;
	for (unsigned i = 0; i < DROP_REASON_COUNT; i++)
		s->drops[i] = drops_of(registry, (enum drop_reason)i);
	s->slab_exhausts = stats_registry_sum(registry, STAT_SLAB_EXHAUSTS);
	s->recv_paused = stats_registry_sum(registry, STAT_RECV_PAUSED);
}

static bool take_send_drop(struct summary *s, unsigned seconds, char *out, size_t cap)
{
	char reasons[DROP_REASON_COUNT * 48];
	uint64_t total = 0;
	size_t len = 0;

	for (unsigned i = 0; i < DROP_REASON_COUNT; i++) {
		uint64_t n = growth(&s->drops[i], drops_of(s->registry, (enum drop_reason)i));

		if (n == 0)
			continue;
		len += (size_t)snprintf(reasons + len, sizeof(reasons) - len, "%s%s %" PRIu64, total ? ", " : "",
					drop_reason_label((enum drop_reason)i), n);
		hd_assert(len < sizeof(reasons)); /* labels and numbers are short */
		total += n;
	}
	if (total == 0)
		return false;
	snprintf(out, cap, "send_drop: %" PRIu64 " packets in the last %u s (%s)", total, seconds, reasons);
	return true;
}

static bool take_slab_exhaust(struct summary *s, unsigned seconds, char *out, size_t cap)
{
	uint64_t n = growth(&s->slab_exhausts, stats_registry_sum(s->registry, STAT_SLAB_EXHAUSTS));

	if (n == 0)
		return false;
	snprintf(out, cap, "slab_exhaust: memory for slow destinations used up %" PRIu64
		 " times in the last %u s (%" PRIu64 " bytes held now)",
		 n, seconds, stats_registry_sum(s->registry, STAT_HELD_BYTES));
	return true;
}

static bool take_recv_paused(struct summary *s, unsigned seconds, char *out, size_t cap)
{
	uint64_t n = growth(&s->recv_paused, stats_registry_sum(s->registry, STAT_RECV_PAUSED));

	if (n == 0)
		return false;
	snprintf(out, cap, "recv_paused: receiving paused %" PRIu64 " times in the last %u s (%" PRIu64
		 " clients paused now)",
		 n, seconds, stats_registry_sum(s->registry, STAT_RECV_PAUSED_NOW));
	return true;
}

bool summary_take(struct summary *s, enum summary_line line, unsigned seconds, char *out, size_t cap)
{
	switch (line) {
	case SUMMARY_SEND_DROP:
		return take_send_drop(s, seconds, out, cap);
	case SUMMARY_SLAB_EXHAUST:
		return take_slab_exhaust(s, seconds, out, cap);
	case SUMMARY_RECV_PAUSED:
		return take_recv_paused(s, seconds, out, cap);
	case SUMMARY_LINES:
		break;
	}
	return false;
}
