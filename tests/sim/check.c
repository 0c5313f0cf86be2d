/* SPDX-License-Identifier: MIT */
#include "tests/sim/check.h"

#include "data/policy.h"
#include "data/slice.h"
#include "data/tell.h"
#include "data/tx.h"
#include "data/xfer.h"
#include "proto/frame.h"
#include "tests/sim/client.h"
#include "tests/sim/kernel.h"
#include "tests/sim/sim.h"
#include "tests/sim/sim_ring.h"

#define FRAME_LARGEST (FRAME_HEADER_SIZE + FRAME_SEND_BODY_MAX)

/* Slices say how many packets they are; packets are trimmed by that. */
static void check_slice(const struct peer *p, const struct slice *s, enum slice_lane lane)
{
	uint16_t frames;

	sim_check(!s->torn, "client slot %u has a torn slice in a lane", p->slot);
	if (lane == SLICE_CONTROL)
		return;
	sim_check(slice_whole_frames(s->data, s->len, s->len, &frames) == s->len,
		  "slot %u has a slice with a part of a frame", p->slot);
	sim_check(frames == s->frames && frames > 0, "slot %u has a slice of %u packets that says %u", p->slot,
		  frames, s->frames);
}

/* Bytes in the lane beyond what it is granted whatever others want. */
static uint32_t check_lane(const struct shard *sh, const struct peer *p, enum slice_lane lane)
{
	uint32_t limit = policy_lane_limit(sh->settings->send_queue_bytes, lane == SLICE_DISCO) + FRAME_LARGEST;
	uint32_t bytes = 0, packets = 0;

	for (const struct slice *s = p->lane[lane].head; s; s = s->next) {
		check_slice(p, s, lane);
		bytes += s->len;
		packets += s->frames;
	}
	sim_check(bytes == p->queued[lane], "slot %u counts %u bytes in lane %u, which holds %u", p->slot,
		  p->queued[lane], lane, bytes);
	/* A short send brings back what was in flight; it is trimmed when it is sent next. */
	if (!p->blocked || lane == SLICE_CONTROL || !p->send_armed || bytes <= limit)
		return 0;
	sim_check(packets <= POLICY_LANE_PACKETS, "slot %u holds %u bytes, %u packets, in lane %u", p->slot, bytes,
		  packets, lane);
	return bytes - limit;
}

static bool remembers(const struct shard *sh, const struct peer *to, const struct key *from)
{
	for (uint32_t i = to->seen_first; i != SEEN_NONE; i = sh->seen.pairs[i].next_of_receiver)
		if (key_equal(&sh->seen.sources[sh->seen.pairs[i].source].key, from))
			return true;
	return false;
}

/* A sender that need not look whether its destination will be told of its end
 * must be right. */
static void check_noted(const struct shard *sh, const struct peer *p)
{
	const struct peer_route_cache *c = &p->cache;
	const struct peer *to;

	if (!c->valid || !c->noted || c->generation == 0 || stats_get(sh->stats, STAT_PEER_GONE_UNTRACKED) > 0)
		return;
	to = peer_find(&sh->peers, c->slot, c->generation);
	if (to && peer_live(to))
		sim_check(remembers(sh, to, &p->key), "slot %u will not be told when the key of slot %u goes",
			  to->slot, p->slot);
}

/* Returns what its lanes hold beyond their bytes. */
static uint64_t check_lanes(const struct shard *sh, const struct peer *p)
{
	uint64_t beyond = 0;

	for (enum slice_lane lane = 0; p->state != PEER_FREE && lane < SLICE_LANES; lane++)
		beyond += check_lane(sh, p, lane);
	return beyond;
}

static void check_peer(const struct shard *sh, const struct peer *p)
{
	if (p->state == PEER_FREE)
		return;
	if (p->state != PEER_LIVE) {
		sim_check(!p->active && !p->partial && !p->sealed && !list_linked(&p->begun_node),
			  "slot %u closes and still holds things", p->slot);
		return;
	}
	check_noted(sh, p);
	sim_check((p->partial || p->sealed) == list_linked(&p->begun_node), "slot %u has begun and is in no list",
		  p->slot);
	sim_check(p->blocked == list_linked(&p->blocked_node), "slot %u is blocked and in no list", p->slot);
	sim_check(!p->blocked || !tx_idle(p), "slot %u is blocked with nothing to send", p->slot);
}

static void check_shard(const struct shard *sh)
{
	uint64_t paused = stats_get(sh->stats, STAT_RECV_PAUSED_NOW);
	uint64_t live = 0, paused_live = 0, beyond = 0;

	for (enum buf_use use = 0; use < BUF_USES; use++)
		sim_check(sh->bufs.account[use].bytes <= sh->bufs.account[use].max,
			  "shard %u holds %lu bytes of use %u", sh->number,
			  (unsigned long)sh->bufs.account[use].bytes, use);
	for (uint32_t i = 0; i < peer_table_slots(&sh->peers); i++) {
		const struct peer *p = peer_at(&sh->peers, i);

		check_peer(sh, p);
		beyond += check_lanes(sh, p);
		live += p->state == PEER_LIVE;
		paused_live += p->paused_for_xfer || p->paused_for_rate;
	}
	sim_check(beyond <= sh->settings->held_bytes_max / 2,
		  "shard %u holds %lu bytes beyond what lanes are granted", sh->number, (unsigned long)beyond);
	sim_check(stats_get(sh->stats, STAT_PEERS_ACTIVE) == live, "shard %u counts %lu peers, has %lu",
		  sh->number,
		  (unsigned long)stats_get(sh->stats, STAT_PEERS_ACTIVE), (unsigned long)live);
	sim_check(paused == paused_live, "shard %u counts %lu paused, has %lu", sh->number, (unsigned long)paused,
		  (unsigned long)paused_live);
}

/* Not while a shard is in the middle of a pass: then things are half done. */
void check_always(void)
{
	for (uint16_t i = 0; i < sim.plan.shards; i++)
		if (sim.ring[i] && sim_ring_asleep(sim.ring[i]))
			check_shard(sim_shard(i));
}

/* ---- idle ---- */

static bool ended(uint16_t i)
{
	return task_ended(sim.task[i]);
}

static void idle_inboxes(uint16_t i)
{
	for (uint16_t a = 0; a < sim.bus.accepts; a++)
		sim_check(spsc_empty(bus_handover(&sim.bus, a, i)), "shard %u sleeps on a hand-over", i);
	sim_check(spsc_empty(bus_command(&sim.bus, i)), "shard %u sleeps on a command", i);
	for (uint16_t from = 0; from < sim.plan.shards; from++)
		if (from != i)
			sim_check(spsc_empty(&sim.plane->links[from * sim.plan.shards + i].out),
				  "shard %u sleeps on frames of shard %u", i, from);
}

/* Does a shard wait for one that has ended? Only data_plane_free helps it. */
static bool waits_for_the_dead(uint16_t i)
{
	for (uint16_t to = 0; to < sim.plan.shards; to++)
		if (to != i && ended(to))
			return true;
	return false;
}

static void idle_peer(const struct shard *sh, const struct peer *p)
{
	if (p->state == PEER_FREE || p->state == PEER_CLOSED)
		return;
	sim_check(p->state == PEER_LIVE, "slot %u of shard %u never ends to close", p->slot, sh->number);
	sim_check(p->send_armed || p->dry || tx_idle(p), "slot %u of shard %u has bytes and does not send",
		  p->slot, sh->number);
	sim_check(p->dry || !list_linked(&p->dirty_node), "slot %u of shard %u is dirty in its sleep", p->slot,
		  sh->number);
	if (p->recv_armed || waits_for_the_dead(sh->number))
		return;
	sim_check(p->paused_for_rate && !p->paused_for_xfer,
		  "slot %u of shard %u is deaf: xfer %d, rate %d, starved %d",
		  p->slot, sh->number, p->paused_for_xfer, p->paused_for_rate, shard_starves(sh));
	sim_check(timer_armed(&p->rate_timer), "slot %u of shard %u waits for its rate for ever", p->slot,
		  sh->number);
}

void check_idle(void)
{
	for (uint16_t i = 0; i < sim.plan.shards; i++) {
		const struct shard *sh = sim_shard(i);

		if (ended(i))
			continue;
		idle_inboxes(i);
		for (uint32_t slot = 0; slot < peer_table_slots(&sh->peers); slot++)
			idle_peer(sh, peer_at(&sh->peers, slot));
		sim_check(waits_for_the_dead(i) || !shard_starves(sh), "shard %u starves", i);
	}
}

/* ---- the end ---- */

/* The key's packets have nowhere come from any more, so nobody is to be told
 * of it: pairs that stay would never be taken out. */
static void served_seen(const struct shard *sh)
{
	for (uint32_t i = 1; i < sh->seen.source_index.size; i++) {
		const struct seen_source *s = &sh->seen.sources[i];
		bool present = false;

		if (s->pairs == SEEN_NONE)
			continue;
		for (uint32_t c = 0; c < sim.conn_count; c++)
			present |= sim.conns[c].told != CLIENT_CLOSED && sim.conns[c].key == s->key.bytes[0];
		if (!present && !sim.plan.mesh)
			sim_fail("shard %u remembers who heard of key %u, which is gone", sh->number,
				 s->key.bytes[0]);
	}
}

static void served_counts(void)
{
	uint64_t in = sim_stat(STAT_RECV_PACKETS), out = sim_stat(STAT_SEND_PACKETS);
	uint64_t drops = sim_stat(STAT_SEND_DROPS), written = 0;

	sim_check(in == out + drops, "%lu packets came, %lu left and %lu were dropped", (unsigned long)in,
		  (unsigned long)out, (unsigned long)drops);
	sim_check(client_totals.got_packets >= out, "%lu packets left, %lu arrived", (unsigned long)out,
		  (unsigned long)client_totals.got_packets);
	/* Who found no memory when joining is turned away, and control not told. */
	if (client_totals.any_ended || sim.refused > 0)
		return;
	for (uint32_t i = 0; i < sim.conn_count; i++)
		written += sim.conns[i].packets;
	sim_check(in == written, "%lu packets were written, %lu came", (unsigned long)written, (unsigned long)in);
	sim_check(client_totals.got_packets == out, "%lu packets left, %lu arrived", (unsigned long)out,
		  (unsigned long)client_totals.got_packets);
}

/* Each reason to drop needs its cause. */
static void served_drops(void)
{
	uint64_t sum = 0;

	for (enum drop_reason r = 0; r < DROP_REASON_COUNT; r++)
		sum += sim_drops(r);
	sim_check(sum == sim_stat(STAT_SEND_DROPS), "%lu packets were dropped for a reason, %lu in all",
		  (unsigned long)sum, (unsigned long)sim_stat(STAT_SEND_DROPS));
	sim_check(sim_drops(DROP_NO_BUFFER) == 0 || sim.plan.tight || sim.refused > 0,
		  "%lu packets were dropped for want of memory", (unsigned long)sim_drops(DROP_NO_BUFFER));
	sim_check(sim_drops(DROP_GONE_DISCONNECTED) == 0 || client_totals.any_ended,
		  "%lu packets were dropped because somebody left, and nobody did",
		  (unsigned long)sim_drops(DROP_GONE_DISCONNECTED));
	sim_check(sim_drops(DROP_UNKNOWN_DEST_ON_FWD) == 0 || sim.plan.mesh,
		  "%lu packets were dropped that no relay of a mesh can have sent",
		  (unsigned long)sim_drops(DROP_UNKNOWN_DEST_ON_FWD));
}

/* A descriptor for each peer, and none beside. */
static void served_descriptors(void)
{
	uint32_t peers = 0;

	for (uint16_t i = 0; i < sim.plan.shards; i++)
		for (uint32_t slot = 0; slot < peer_table_slots(&sim_shard(i)->peers); slot++) {
			enum peer_state state = peer_at(&sim_shard(i)->peers, slot)->state;

			peers += state != PEER_FREE && state != PEER_CLOSED;
		}
	sim_check(kernel_open_count() == peers, "%u descriptors are open for %u peers", kernel_open_count(),
		  peers);
}

static void served_conn(const struct conn *c)
{
	if (!client_open(c))
		return;
	sim_check(sock_waiting(&c->sock) == 0, "%lu bytes of client %u were never read",
		  (unsigned long)sock_waiting(&c->sock), c->number);
	sim_check(c->header_len == 0, "client %u has part of a frame", c->number);
	sim_check(c->told == CLIENT_JOINED, "client %u is there, control was not told", c->number);
	sim_check(c->present == c->blocks_frames && !c->block_out, "watcher %u got %u of %u", c->number,
		  c->present,
		  c->blocks_frames);
}

static void served_pings(void)
{
	uint64_t pings = sim_stat(STAT_PINGS), lost = sim_stat(STAT_PONGS_DROPPED);

	sim_check(client_totals.any_ended || client_totals.got_pongs + lost == pings,
		  "%lu pings, %lu pongs, %lu dropped",
		  (unsigned long)pings, (unsigned long)client_totals.got_pongs, (unsigned long)lost);
}

void check_served(void)
{
	check_always();
	for (uint32_t i = 0; i < sim.conn_count; i++)
		served_conn(&sim.conns[i]);
	served_counts();
	served_drops();
	served_descriptors();
	served_pings();
	for (uint16_t i = 0; i < sim.plan.shards; i++) {
		const struct shard *sh = sim_shard(i);

		sim_check(sh->bufs.receive_out == 0 || sim.plan.shards > 1, "shard %u keeps %u receive buffers", i,
			  sh->bufs.receive_out);
		served_seen(sh);
	}
}
