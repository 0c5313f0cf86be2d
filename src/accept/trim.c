/* SPDX-License-Identifier: MIT */
#include "accept/trim.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

uint64_t trim_note(struct trim *t)
{
	t->ended++;
	if (t->ended == 1)
		return TRIM_PAUSE_MS;
	if (t->ended != TRIM_CROWD)
		return 0;
	t->seen = t->ended;
	return TRIM_QUIET_MS;
}

bool trim_look(struct trim *t, uint64_t now_ms, uint64_t *again_ms)
{
	if (t->ended - t->seen >= TRIM_CROWD) { /* it is still coming */
		t->seen = t->ended;
		*again_ms = TRIM_QUIET_MS;
		return false;
	}
	if (now_ms < t->next_ms) {
		*again_ms = t->next_ms - now_ms;
		return false;
	}
	*t = (struct trim){ .next_ms = now_ms + TRIM_PAUSE_MS };
	return true;
}

void trim_now(void)
{
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}
