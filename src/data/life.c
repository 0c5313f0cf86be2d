/* SPDX-License-Identifier: MIT */
#include "data/life.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data/begun.h"
#include "data/forward.h"
#include "data/policy.h"
#include "data/offload.h"
#include "data/rx.h"
#include "data/secure.h"
#include "data/tell.h"
#include "data/tx.h"
#include "data/xfer.h"
#include "proto/frame.h"
#include "tls/ktls_conn.h"
#include "tls/record.h"
#include "util/error.h"

#define LIFE_KEEPALIVE_JITTER_MS 5000

enum close_reason life_reason_of_errno(int error)
{
	switch (error) {
	case ECONNRESET:
	case EPIPE:
		return CLOSE_RESET;
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return CLOSE_TIMED_OUT;
	case ENOMEM:
		return CLOSE_NO_MEMORY;
	default:
		return CLOSE_IO_ERROR;
	}
}

/* xorshift64 */
uint64_t life_random(struct shard *sh)
{
	sh->random ^= sh->random << 13;
	sh->random ^= sh->random >> 7;
	sh->random ^= sh->random << 17;
	return sh->random;
}

static void life_arm_keep_alive(struct shard *sh, struct peer *p)
{
	uint64_t jitter = life_random(sh) % LIFE_KEEPALIVE_JITTER_MS;

	if (sh->settings->keepalive_ms > 0)
		wheel_add(&sh->wheel, &p->keepalive, sh->now_ms + sh->settings->keepalive_ms + jitter);
}

void life_keep_alive(struct shard *sh, struct peer *p)
{
	uint8_t frame[FRAME_KEEP_ALIVE_SIZE];

	/* A client that is behind has data on its way: that keeps it alive. */
	if (!p->blocked && tx_push_control(sh, p, frame, (uint32_t)frame_put_keep_alive(frame)))
		stats_add(sh->stats, STAT_KEEP_ALIVES, 1);
	life_arm_keep_alive(sh, p);
}

static struct peer *life_new_peer(struct shard *sh, const struct handover *h)
{
	struct peer *p = peer_table_take(&sh->peers);

	if (!p)
		return NULL;
	p->key = h->key;
	p->hash = hash_bytes(&sh->plane->hash_key, h->key.bytes, KEY_SIZE);
	p->addr = h->addr;
	p->conn_id = h->conn_id;
	p->fd = h->fd;
	p->flags = h->flags;
	p->transport = h->transport;
	p->keys = h->keys;
	p->offload = h->offload;
	p->not_here_tokens = POLICY_NOT_HERE_BURST;
	p->not_here_ms = shard_stamp(sh);
	p->rate_tokens = (int64_t)sh->settings->client_burst;
	p->rate_filled_ms = sh->now_ms;
	peer_set_state(p, PEER_LIVE);
	return p;
}

/* The connection never becomes a peer, but control counts it: it is told of a
 * peer that came and went. */
static void life_refuse(struct shard *sh, struct peer *p)
{
	p->last_of_key = !route_find(&sh->routes, p->hash, &p->key);
	p->close_reason = CLOSE_NO_MEMORY;
	stats_close(sh->stats, CLOSE_NO_MEMORY);
	peer_set_state(p, PEER_CLOSING);
	tell_control(sh, p, PEER_TELL_JOINED);
	life_reap(sh, p);
}

/* Bytes that came behind ClientInfo go the way received ones go, block by block. */
static void life_take_bytes(struct shard *sh, struct peer *p, const uint8_t *bytes, uint32_t len, bool sealed)
{
	uint32_t at = 0;

	while (at < len && peer_live(p)) {
		uint32_t n = len - at < BUF_LARGE_SIZE ? len - at : BUF_LARGE_SIZE;
		struct buf *b = begun_get(sh, p, n);

		if (!b) {
			life_close(sh, p, CLOSE_NO_MEMORY);
			return;
		}
		memcpy(b->data, bytes + at, n);
		b->fill = n;
		if (sealed)
			secure_bytes(sh, p, b, b->data, n);
		else
			rx_bytes(sh, p, b, b->data, n);
		buf_unref(&sh->bufs, b);
		at += n;
	}
}

static void life_free_bytes(const struct handover *h)
{
	free(h->leftover);
	free(h->sealed);
}

void life_turn_away(struct shard *sh, const struct handover *h)
{
	ring_close(sh->ring, h->fd);
	if (sh->plane->bus->count)
		conn_count_give(sh->plane->bus->count, h->addr.ip);
	record_keys_free(h->keys);
	ktls_conn_free(h->offload);
	life_free_bytes(h);
}

void life_join(struct shard *sh, const struct handover *h)
{
	struct peer *p = life_new_peer(sh, h);

	if (!p) {
		stats_close(sh->stats, CLOSE_NO_MEMORY);
		life_turn_away(sh, h);
		return;
	}
	if (route_join(&sh->routes, p) < 0) {
		life_refuse(sh, p);
		life_free_bytes(h);
		return;
	}
	stats_add(sh->stats, STAT_PEERS_TOTAL, 1);
	stats_add(sh->stats, STAT_PEERS_ACTIVE, 1);
	tell_control(sh, p, PEER_TELL_JOINED);
	if (!tx_push_control(sh, p, h->server_info, h->server_info_len)) {
		life_close(sh, p, CLOSE_NO_MEMORY);
	} else {
		life_arm_keep_alive(sh, p);
		rx_arm(sh, p);
		life_take_bytes(sh, p, h->leftover, h->leftover_len, false);
		life_take_bytes(sh, p, h->sealed, h->sealed_len, true);
	}
	life_free_bytes(h);
}

static void life_stop_receiving(struct shard *sh, struct peer *p)
{
	begun_release(sh, p);
	list_remove(&p->pause_node);
	if (p->paused_for_xfer || p->paused_for_rate)
		rx_count_resumed(sh);
	p->paused_for_xfer = p->paused_for_rate = false;
	wheel_cancel(&sh->rate_wheel, &p->rate_timer);
	if (p->recv_armed && !p->recv_stopping)
		ring_cancel(sh->ring, shard_tag(SHARD_OP_RECV, p));
}

void life_close(struct shard *sh, struct peer *p, enum close_reason reason)
{
	if (!peer_live(p))
		return;
	peer_set_state(p, PEER_CLOSING);
	p->close_reason = (uint8_t)reason;
	stats_close(sh->stats, reason);
	stats_set(sh->stats, STAT_PEERS_ACTIVE, stats_get(sh->stats, STAT_PEERS_ACTIVE) - 1);
	p->last_of_key = route_leave(&sh->routes, p);
	seen_forget(&sh->seen, &p->seen_first);
	wheel_cancel(&sh->wheel, &p->keepalive);
	list_remove(&p->dirty_node);
	list_remove(&p->blocked_node);
	life_stop_receiving(sh, p);
	secure_goodbye(sh, p, reason); /* before the rest of a torn record is forgotten */
	offload_goodbye(p, reason);
	tx_drop_queued(sh, p);
	if (p->send_armed)
		ring_cancel(sh->ring, shard_tag(SHARD_OP_SEND, p));
	/* Ends whatever the cancels miss, and tells the client. */
	ring_shutdown(sh->ring, p->fd);
	life_reap(sh, p);
}

void life_reap(struct shard *sh, struct peer *p)
{
	if (p->state != PEER_CLOSING || p->recv_armed || p->send_armed)
		return;
	ring_close(sh->ring, p->fd);
	p->fd = -1;
	secure_release(p);
	ktls_conn_free(p->offload);
	p->offload = NULL;
	peer_set_state(p, PEER_CLOSED);
	tell_control(sh, p, PEER_TELL_CLOSED);
}

void life_close_all(struct shard *sh, enum close_reason reason)
{
	for (uint32_t i = 0; i < peer_table_slots(&sh->peers); i++) {
		struct peer *p = peer_at(&sh->peers, i);

		if (peer_live(p))
			life_close(sh, p, reason);
	}
}

void life_close_key(struct shard *sh, uint64_t hash, const struct key *key)
{
	struct peer *p;

	while ((p = route_find(&sh->routes, hash, key)) != NULL)
		life_close(sh, p, CLOSE_BY_MESH);
}

static void life_forget_noted(struct peer *p)
{
	struct list_node *n = &p->duplicates;

	do {
		list_entry(n, struct peer, duplicates)->cache.noted = false;
		n = n->next;
	} while (n != &p->duplicates);
}

void life_key_gone_here(struct shard *sh, uint64_t hash, const struct key *key)
{
	uint8_t frame[FRAME_PEER_GONE_SIZE];
	uint32_t slot;

	frame_put_peer_gone(frame, key, FRAME_GONE_DISCONNECTED);
	while (seen_take(&sh->seen, hash, key, &slot)) {
		struct peer *p = peer_at(&sh->peers, slot);

		hd_assert(peer_live(p));
		if (tx_push_notice(sh, p, frame, sizeof(frame)))
			stats_add(sh->stats, STAT_PEER_GONE_DISCONNECTED, 1);
	}
}

void life_key_gone(struct shard *sh, const struct key *key)
{
	uint64_t hash = hash_bytes(&sh->plane->hash_key, key->bytes, KEY_SIZE);
	struct peer *back;

	if (shard_of_hash(sh->plane, hash) != sh->number)
		return;
	/* The key may be back already: its new packets are to be noted anew. */
	back = route_find(&sh->routes, hash, key);
	if (back)
		life_forget_noted(back);
	life_key_gone_here(sh, hash, key);
	xfer_key_gone(sh, hash, key);
}
