/* SPDX-License-Identifier: MIT */
#include "data/shrink.h"

#include "data/core.h"

/* Between passes that give back: others get the processor. */
#define SHRINK_STEP_MS 10

static struct pool *shrink_pool(struct shard *sh, int i)
{
	struct pool *const others[] = { &sh->slices, &sh->gathers, &sh->pendings };

	return i < BUF_CLASS_COUNT ? &sh->bufs.pool[i] : others[i - BUF_CLASS_COUNT];
}

void shrink_init(struct shard *sh)
{
	sh->shrink = (struct shrink_state){ .next_ms = sh->now_ms + sh->settings->shrink_ms };
	for (int i = 0; i < SHRINK_POOLS; i++)
		shrink_pool(sh, i)->sum = &sh->shrink.sum;
}

/* At the end of a period: what was not needed in it. */
static void shrink_look(struct shard *sh)
{
	for (int i = 0; i < SHRINK_POOLS; i++)
		sh->shrink.due[i] = (pool_unneeded(shrink_pool(sh, i)) + 1) / 2;
}

/* True when all that is due is given back. */
static bool shrink_give(struct shard *sh)
{
	size_t left = SHRINK_SLABS;

	for (int i = 0; i < SHRINK_POOLS; i++) {
		size_t *due = &sh->shrink.due[i];
		size_t n = *due < left ? *due : left;

		/* Fewer than were due: they are in use again. */
		*due = pool_trim(shrink_pool(sh, i), n) < n ? 0 : *due - n;
		left -= n;
		if (*due > 0)
			return false;
	}
	return true;
}

static bool shrink_all_given(const struct shrink_state *k)
{
	for (int i = 0; i < SHRINK_POOLS; i++)
		if (k->due[i] > 0)
			return false;
	return true;
}

void shrink_run(struct shard *sh)
{
	struct shrink_state *k = &sh->shrink;

	if (sh->now_ms >= k->next_ms) {
		if (shrink_all_given(k))
			shrink_look(sh);
		k->next_ms = sh->now_ms + (shrink_give(sh) ? sh->settings->shrink_ms : SHRINK_STEP_MS);
	}
	if (k->sum.bytes != k->said) {
		k->said = k->sum.bytes;
		stats_set(sh->stats, STAT_POOL_BYTES, k->said);
	}
}

int64_t shrink_wait_ms(const struct shard *sh)
{
	const struct shrink_state *k = &sh->shrink;

	if (k->sum.empties == 0)
		return -1;
	return k->next_ms > sh->now_ms ? (int64_t)(k->next_ms - sh->now_ms) : 0;
}
