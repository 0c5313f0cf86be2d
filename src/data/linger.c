/* SPDX-License-Identifier: MIT */
#include "data/linger.h"

#include <stdbool.h>

#include "util/mono.h"

static void linger_count_anew(struct linger_state *l, uint64_t now_ns)
{
	l->passes = 0;
	l->arrivals = 0;
	l->packets = 0;
	l->since_ns = now_ns;
}

static uint32_t linger_look(struct linger_state *l, uint64_t now_ns)
{
	l->want = 0;
	l->tries = 0;
	linger_count_anew(l, now_ns);
	return 0;
}

void linger_init(struct linger_state *l, uint64_t time_ns, uint64_t now_ns)
{
	*l = (struct linger_state){ .time_ns = time_ns };
	linger_look(l, now_ns);
}

/* Time of `n` since it counts anew, for each; never 0. */
static uint64_t linger_gap_ns(const struct linger_state *l, uint64_t n, uint64_t now_ns)
{
	uint64_t gap_ns = (now_ns - l->since_ns) / n;

	return gap_ns ? gap_ns : 1;
}

/* Arrivals worth waiting for when they come at that distance, 0: none are. */
static uint32_t linger_worth(const struct linger_state *l, uint64_t gap_ns)
{
	uint64_t expected = l->time_ns / gap_ns;

	if (expected < LINGER_MIN)
		return 0;
	return expected < LINGER_MAX ? (uint32_t)expected : LINGER_MAX;
}

/* Where few clients send, there are fewer arrivals than packets: then it is the
 * time that ends the wait, and it has not to be longer than a batch takes. */
static uint64_t linger_wait_ns(const struct linger_state *l)
{
	uint64_t batch_ns = LINGER_MAX * l->gap_ns;

	return batch_ns < l->time_ns ? batch_ns : l->time_ns;
}

/* So much further apart that it cannot be by chance. */
static bool linger_slower(uint64_t gap_ns, uint64_t than_ns)
{
	return gap_ns > than_ns + than_ns / 3;
}

/* Whether it was lingering that made packets slow is known once they come by
 * themselves again; and only when it happens twice, for a sender may pause. */
static void linger_judge(struct linger_state *l, uint64_t now_ns)
{
	if (linger_slower(l->suspect_gap_ns, l->gap_ns)) {
		l->hold_until_ns = now_ns + l->hold_ms * MONO_NS_PER_MS;
		if (l->hold_ms == 0)
			l->hold_ms = LINGER_HOLD_MS_MIN;
		else if (l->hold_ms < LINGER_HOLD_MS_MAX)
			l->hold_ms *= 2;
	}
	l->suspect_gap_ns = 0;
}

/* Arrivals as they come by themselves. */
static uint32_t linger_looked(struct linger_state *l, uint64_t now_ns)
{
	uint32_t per_pass = l->arrivals / l->passes;
	uint64_t gap_ns = linger_gap_ns(l, l->arrivals, now_ns);

	l->gap_ns = linger_gap_ns(l, l->packets, now_ns);
	linger_judge(l, now_ns);
	linger_look(l, now_ns);
	if (per_pass < LINGER_BUSY && now_ns >= l->hold_until_ns)
		l->want = linger_worth(l, gap_ns);
	l->wait_ns = linger_wait_ns(l);
	return l->want;
}

/* Arrivals while they are kept waiting: fewer, when packets of one client share
 * one, so it is packets that tell whether as much comes. */
static uint32_t linger_tried(struct linger_state *l, uint64_t now_ns)
{
	uint64_t gap_ns = linger_gap_ns(l, l->packets, now_ns);

	if (linger_slower(gap_ns, l->gap_ns)) {
		l->suspect_gap_ns = gap_ns;
		return linger_look(l, now_ns);
	}
	l->hold_ms = 0;
	if (++l->tries == LINGER_TRIES)
		return linger_look(l, now_ns);
	linger_count_anew(l, now_ns);
	return l->want;
}

uint32_t linger_next(struct linger_state *l, uint32_t arrivals, uint32_t packets, uint64_t now_ns)
{
	if (l->time_ns == 0)
		return 0;
	if (arrivals == 0)
		return l->want > 0 ? linger_look(l, now_ns) : 0;
	l->arrivals += arrivals;
	l->packets += packets > arrivals ? packets : arrivals;
	l->passes++;
	if (l->want > 0)
		return l->passes < LINGER_TRY_PASSES ? l->want : linger_tried(l, now_ns);
	return l->passes < LINGER_LOOK_PASSES ? 0 : linger_looked(l, now_ns);
}
