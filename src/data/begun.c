/* SPDX-License-Identifier: MIT */
#include "data/begun.h"

#include <string.h>

#include "data/life.h"

/* Closes the peer that began first; never `but`. Its age does not matter: an
 * honest client's frame is whole within moments, so whoever holds the memory,
 * for however short a time, began before it. */
static bool begun_close_oldest(struct shard *sh, const struct peer *but)
{
	struct list_node *n = list_first(&sh->begun);

	if (n == &but->begun_node)
		n = list_next(&sh->begun, n);
	if (!n)
		return false;
	life_close(sh, list_entry(n, struct peer, begun_node), CLOSE_STALLED);
	return true;
}

struct buf *begun_get(struct shard *sh, const struct peer *p, uint32_t size)
{
	struct buf *b;

	do
		b = buf_get(&sh->bufs, size, BUF_ARRIVING);
	while (!b && begun_close_oldest(sh, p));
	return b;
}

static void begun_now(struct shard *sh, struct peer *p)
{
	list_push_back(&sh->begun, &p->begun_node);
}

bool begun_room(struct shard *sh, struct peer *p, struct buf **block, uint32_t len, uint32_t want)
{
	struct buf *old = *block;
	struct buf *b;

	hd_assert(want >= len);
	if (old && old->size >= len)
		return true;
	b = begun_get(sh, p, want);
	if (!b) {
		life_close(sh, p, CLOSE_NO_MEMORY);
		return false;
	}
	if (old) {
		memcpy(b->data, old->data, old->fill);
		b->fill = old->fill;
		buf_unref(&sh->bufs, old);
	}
	if (!list_linked(&p->begun_node))
		begun_now(sh, p);
	*block = b;
	return true;
}

/* A record inside a frame may end as often as it likes: that is not the end of
 * the frame. */
struct buf *begun_whole(struct shard *sh, struct peer *p, struct buf **block)
{
	struct buf *b = *block;

	*block = NULL;
	if (block == &p->sealed && p->partial)
		return b;
	list_remove(&p->begun_node);
	if (p->partial || p->sealed)
		begun_now(sh, p);
	return b;
}

void begun_release(struct shard *sh, struct peer *p)
{
	if (p->partial)
		buf_unref(&sh->bufs, p->partial);
	if (p->sealed)
		buf_unref(&sh->bufs, p->sealed);
	p->partial = p->sealed = NULL;
	list_remove(&p->begun_node);
}
