/* SPDX-License-Identifier: MIT
 * Building and freeing the data plane. */
#include "data/data_plane.h"

#include <stdlib.h>
#include <string.h>

#include "data/core.h"
#include "data/shard.h"
#include "data/xfer.h"
#include "util/error.h"

/* Sender-receiver pairs one shard remembers for PeerGone: 32 bytes each. */
#define PLANE_SEEN_PAIRS_MAX (1u << 20)

/* Objects per slab: as many as 64 KiB hold. */
#define PLANE_SLICES_PER_SLAB 1300
#define PLANE_GATHERS_PER_SLAB 59
#define PLANE_PENDINGS_PER_SLAB 800

/* Asked when one of its pairs goes: what it remembers of its latest may be that. */
static uint32_t *plane_seen_first(void *ctx, uint32_t slot)
{
	struct shard *sh = ctx;
	struct peer *p = peer_at(&sh->peers, slot);

	p->seen_recent = 0;
	return &p->seen_first;
}

static int plane_init_shard(struct data_plane *plane, uint16_t number, struct stats *stats)
{
	struct shard *sh = &plane->shard[number];

	sh->plane = plane;
	sh->number = number;
	sh->settings = &plane->settings;
	sh->stats = stats;
	sh->random = plane->hash_key.k0 ^ (number + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
	if (sh->random == 0)
		sh->random = 1;
	list_init(&sh->dirty);
	list_init(&sh->dry);
	list_init(&sh->starved[0]);
	list_init(&sh->starved[1]);
	list_init(&sh->blocked[0]);
	list_init(&sh->blocked[1]);
	list_init(&sh->begun);
	list_init(&sh->tell);
	peer_table_init(&sh->peers);
	pool_init(&sh->slices, sizeof(struct slice), PLANE_SLICES_PER_SLAB, 0);
	pool_init(&sh->gathers, sizeof(struct ring_gather), PLANE_GATHERS_PER_SLAB, 0);
	pool_init(&sh->pendings, sizeof(struct xfer_pending), PLANE_PENDINGS_PER_SLAB, 0);
	if (route_init(&sh->routes) < 0)
		return ERROR_NO_MEMORY;
	if (seen_init(&sh->seen, PLANE_SEEN_PAIRS_MAX, plane_seen_first, sh) < 0) {
		route_release(&sh->routes);
		return ERROR_NO_MEMORY;
	}
	sh->initialised = true;
	return 0;
}

static void plane_release_shard(struct shard *sh)
{
	if (!sh->initialised)
		return;
	peer_table_release(&sh->peers);
	pool_release(&sh->slices);
	pool_release(&sh->gathers);
	pool_release(&sh->pendings);
	if (sh->ring) {
		buf_store_release(&sh->bufs);
		ring_free(sh->ring);
	}
	route_release(&sh->routes);
	seen_release(&sh->seen);
}

int data_plane_new(struct data_plane **out, uint16_t shards, const struct shard_settings *settings,
		   struct bus *bus, struct stats **stats)
{
	struct data_plane *plane = calloc(1, sizeof(*plane));
	int rc = ERROR_NO_MEMORY;

	hd_assert(shards > 0 && bus->shards == shards);
	if (!plane)
		return ERROR_NO_MEMORY;
	plane->shards = shards;
	plane->settings = *settings;
	plane->bus = bus;
	plane->hash_key = hash_key_random();
	plane->shard = calloc(shards, sizeof(*plane->shard));
	if (plane->shard)
		rc = xfer_init(plane);
	for (uint16_t i = 0; rc == 0 && i < shards; i++)
		rc = plane_init_shard(plane, i, stats[i]);
	if (rc < 0) {
		data_plane_free(plane);
		return rc;
	}
	*out = plane;
	return 0;
}

void data_plane_free(struct data_plane *plane)
{
	if (!plane)
		return;
	xfer_release(plane);
	for (uint16_t i = 0; plane->shard && i < plane->shards; i++)
		plane_release_shard(&plane->shard[i]);
	free(plane->shard);
	free(plane);
}

uint16_t data_plane_shard_of(const struct data_plane *plane, const struct key *key)
{
	return shard_of_hash(plane, hash_bytes(&plane->hash_key, key->bytes, KEY_SIZE));
}

void data_plane_run(struct data_plane *plane, uint16_t shard, data_plane_started_fn *started, void *ctx)
{
	struct shard *sh = &plane->shard[shard];
	int rc = shard_start(sh);

	started(ctx, shard, rc);
	if (rc == 0)
		shard_run(sh);
}
