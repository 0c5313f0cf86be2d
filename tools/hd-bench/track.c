/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/track.h"

#include <stdbool.h>
#include <string.h>

static bool is_seen(const struct track *t, uint64_t seq)
{
	return t->seen[seq % TRACK_WINDOW / 64] >> seq % 64 & 1;
}

static void set_seen(struct track *t, uint64_t seq)
{
	t->seen[seq % TRACK_WINDOW / 64] |= UINT64_C(1) << seq % 64;
}

static void clear_seen(struct track *t, uint64_t seq)
{
	t->seen[seq % TRACK_WINDOW / 64] &= ~(UINT64_C(1) << seq % 64);
}

enum track_verdict track_arrived(struct track *t, uint64_t seq)
{
	if (seq >= t->next) {
		if (seq - t->next >= TRACK_WINDOW)
			memset(t->seen, 0, sizeof(t->seen));
		else
			for (uint64_t skipped = t->next; skipped < seq; skipped++)
				clear_seen(t, skipped);
		set_seen(t, seq);
		t->next = seq + 1;
		return TRACK_IN_ORDER;
	}
	if (t->next - seq > TRACK_WINDOW)
		return TRACK_STALE;
	if (is_seen(t, seq))
		return TRACK_DUPLICATE;
	set_seen(t, seq);
	return TRACK_REORDERED;
}

void track_run(struct track *t, uint32_t count)
{
	for (; count; count--)
		set_seen(t, t->next++);
}
