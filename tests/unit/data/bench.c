/* SPDX-License-Identifier: MIT */
#include "tests/unit/data/bench.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data/life.h"
#include "data/rx.h"
#include "data/shard.h"
#include "data/tell.h"
#include "data/tx.h"
#include "data/xfer.h"
#include "proto/frame.h"
#include "tls/record.h"
#include "util/be.h"

#define NUMBER_AT 8 /* in a packet, behind what marks disco */

bool bench_no_memory;

/* The linker puts it in the place of calloc(3). */
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return bench_no_memory ? NULL : __real_calloc(count, size);
}

struct shard_settings bench_settings(void)
{
	return (struct shard_settings){
		.buf_size = 4096,
		.buf_count = 8,
		.send_queue_bytes = 65536,
		.send_queue_ms = 1000,
		.held_bytes_max = 1024 * 1024,
		.reserve_bytes_max = 1024 * 1024,
		.write_timeout_ms = 2000,
		.mesh_write_timeout_ms = 30000,
		.keepalive_ms = 60000,
		.shrink_ms = 1000,
	};
}

static struct shard *shard_at(const struct bench *b, uint16_t i)
{
	return &b->plane->shard[i];
}

void bench_init(struct bench *b, uint16_t shards, const struct shard_settings *settings)
{
	struct shard_settings s = settings ? *settings : bench_settings();

	hd_assert(shards <= BENCH_SHARDS_MAX);
	*b = (struct bench){ .fd_next = FAKE_RING_FD_FIRST };
	ck_assert_int_eq(bus_init(&b->bus, shards, 1), 0);
	b->registry = stats_registry_new();
	ck_assert_ptr_nonnull(b->registry);
	for (uint16_t i = 0; i < shards; i++) {
		b->stats[i] = stats_registry_add(b->registry, "worker %u", i);
		ck_assert_ptr_nonnull(b->stats[i]);
	}
	ck_assert_int_eq(data_plane_new(&b->plane, shards, &s, &b->bus, b->stats), 0);
	b->plane->hash_key = (struct hash_key){ 1, 2 };
	for (uint16_t i = 0; i < shards; i++) {
		ck_assert_int_eq(shard_start(shard_at(b, i)), 0);
		wheel_init(&shard_at(b, i)->wheel, BENCH_START_MS);
		wheel_init(&shard_at(b, i)->rate_wheel, BENCH_START_MS);
	}
	b->sh = shard_at(b, 0);
	bench_set_time(b, BENCH_START_MS);
	for (uint16_t i = 0; i < shards; i++)
		shrink_init(shard_at(b, i));
}

void bench_set_time(struct bench *b, uint64_t now_ms)
{
	for (uint16_t i = 0; i < b->plane->shards; i++)
		shard_at(b, i)->now_ms = shard_at(b, i)->looked_ms = now_ms;
}

/* Ends what a closing peer has armed, as the kernel does after cancel and shutdown. */
static void end_operations(struct bench *b, struct shard *sh, struct peer *p)
{
	if (p->recv_armed)
		bench_receive_ends(b, p, -ECANCELED);
	if (p->send_armed) {
		fake_ring_find(sh->ring, p->fd, FAKE_RING_SEND)->kind = FAKE_RING_NONE;
		tx_done(sh, p, -ECANCELED);
		life_reap(sh, p);
	}
}

static void close_all(struct bench *b, struct shard *sh)
{
	life_close_all(sh, CLOSE_SHUTDOWN);
	for (uint32_t i = 0; i < peer_table_slots(&sh->peers); i++)
		if (peer_at(&sh->peers, i)->state == PEER_CLOSING)
			end_operations(b, sh, peer_at(&sh->peers, i));
	while (!tell_idle(sh)) {
		struct event e;

		tell_flush(sh);
		while (bench_event(b, sh->number, &e))
			continue;
	}
}

void bench_free(struct bench *b)
{
	for (uint16_t i = 0; i < b->plane->shards; i++)
		close_all(b, shard_at(b, i));
	data_plane_free(b->plane);
	stats_registry_free(b->registry);
	bus_release(&b->bus);
	for (size_t i = 0; i < FAKE_RING_FDS; i++)
		free(b->stream[i].data);
}

struct key bench_key(const struct bench *b, uint16_t shard, uint32_t n)
{
	struct key k = { .bytes = { 0x80 } };

	for (uint32_t i = 0;; i++) {
		memcpy(k.bytes + 2, &i, sizeof(i));
		if (data_plane_shard_of(b->plane, &k) == shard && n-- == 0)
			return k;
	}
}

void bench_join_two(struct bench *b, uint8_t flags, struct key *key_a, struct peer **peer_a, struct key *key_b,
		    struct peer **peer_b)
{
	*key_a = bench_key(b, 0, 0);
	*key_b = bench_key(b, 0, 1);
	*peer_a = bench_join(b, key_a, flags);
	*peer_b = bench_join(b, key_b, 0);
	ck_assert(*peer_a && *peer_b);
}

static struct shard *shard_of(struct bench *b, const struct peer *p)
{
	return shard_at(b, data_plane_shard_of(b->plane, &p->key));
}

struct peer *bench_join(struct bench *b, const struct key *key, uint8_t flags)
{
	struct shard *sh = shard_at(b, data_plane_shard_of(b->plane, key));
	struct handover h = { .key = *key, .conn_id = ++b->conn_next, .fd = b->fd_next++, .flags = flags };
	struct peer *p = NULL;

	hd_assert(h.fd < FAKE_RING_FD_FIRST + FAKE_RING_FDS);
	h.server_info_len = (uint8_t)bench_put(h.server_info, FRAME_SERVER_INFO, "info", 4);
	life_join(sh, &h);
	for (uint32_t i = 0; i < peer_table_slots(&sh->peers); i++)
		if (peer_at(&sh->peers, i)->state != PEER_FREE && peer_at(&sh->peers, i)->fd == h.fd)
			p = peer_at(&sh->peers, i);
	if (p) {
		uint8_t type;
		uint32_t len;

		bench_settle(b);
		ck_assert_ptr_nonnull(bench_frame(b, h.fd, &type, &len));
		ck_assert_uint_eq(type, FRAME_SERVER_INFO);
	}
	return p;
}

/* ---- receiving ---- */

void bench_receive(struct bench *b, struct peer *p, const void *data, uint32_t len)
{
	struct shard *sh = shard_of(b, p);
	const uint8_t *bytes = data;

	ck_assert_uint_le(len, sh->settings->buf_size);
	for (uint32_t at = 0; at < len && (at == 0 || peer_live(p));) {
		struct ring_event e = { .tag = shard_tag(SHARD_OP_RECV, p), .more = true };

		ck_assert_ptr_nonnull(fake_ring_find(sh->ring, p->fd, FAKE_RING_RECV));
		at += fake_ring_fill(sh->ring, bytes + at, len - at, &e);
		rx_event(sh, p, &e);
	}
}

void bench_receive_ends(struct bench *b, struct peer *p, int32_t res)
{
	struct shard *sh = shard_of(b, p);
	struct ring_event e = { .tag = shard_tag(SHARD_OP_RECV, p), .res = res };
	struct fake_ring_op *op = fake_ring_find(sh->ring, p->fd, FAKE_RING_RECV);

	ck_assert_ptr_nonnull(op);
	op->kind = FAKE_RING_NONE;
	rx_event(sh, p, &e);
}

uint32_t bench_put(uint8_t *out, uint8_t type, const void *body, uint32_t len)
{
	frame_header_store(out, type, len);
	if (len > 0)
		memcpy(out + FRAME_HEADER_SIZE, body, len);
	return FRAME_HEADER_SIZE + len;
}

uint32_t bench_put_send(uint8_t *out, const struct key *to, const void *packet, uint32_t len)
{
	frame_header_store(out, FRAME_SEND_PACKET, KEY_SIZE + len);
	memcpy(out + FRAME_HEADER_SIZE, to->bytes, KEY_SIZE);
	if (len > 0)
		memcpy(out + FRAME_HEADER_SIZE + KEY_SIZE, packet, len);
	return FRAME_HEADER_SIZE + KEY_SIZE + len;
}

uint32_t bench_put_forward(uint8_t *out, const struct key *from, const struct key *to, const void *packet,
			   uint32_t len)
{
	frame_header_store(out, FRAME_FORWARD_PACKET, 2 * KEY_SIZE + len);
	memcpy(out + FRAME_HEADER_SIZE, from->bytes, KEY_SIZE);
	memcpy(out + FRAME_HEADER_SIZE + KEY_SIZE, to->bytes, KEY_SIZE);
	if (len > 0)
		memcpy(out + FRAME_HEADER_SIZE + 2 * KEY_SIZE, packet, len);
	return FRAME_HEADER_SIZE + 2 * KEY_SIZE + len;
}

/* ---- sending ---- */

static bool flush_shard(struct shard *sh)
{
	struct list_node *n;
	bool any = false;

	while ((n = list_pop_front(&sh->dirty)) != NULL) {
		any = true;
		tx_flush(sh, list_entry(n, struct peer, dirty_node));
	}
	return any;
}

void bench_flush(struct bench *b)
{
	for (uint16_t i = 0; i < b->plane->shards; i++)
		(void)flush_shard(shard_at(b, i));
}

struct fake_ring_op *bench_sending(struct bench *b, const struct peer *p)
{
	return fake_ring_find(shard_of(b, p)->ring, p->fd, FAKE_RING_SEND);
}

static void stream_add(struct bench_stream *s, const void *data, size_t len)
{
	if (s->len + len > s->cap) {
		s->cap = (s->len + len) * 2;
		s->data = realloc(s->data, s->cap);
		ck_assert_ptr_nonnull(s->data);
	}
	memcpy(s->data + s->len, data, len);
	s->len += len;
}

void bench_sent(struct bench *b, struct peer *p, size_t n)
{
	struct fake_ring_op *op = bench_sending(b, p);
	size_t left = n;

	ck_assert_ptr_nonnull(op);
	ck_assert_uint_le(n, op->len);
	for (uint32_t i = 0; left > 0; i++) {
		size_t take = left < op->iov[i].iov_len ? left : op->iov[i].iov_len;

		stream_add(&b->stream[p->fd - FAKE_RING_FD_FIRST], op->iov[i].iov_base, take);
		left -= take;
	}
	op->kind = FAKE_RING_NONE;
	tx_done(shard_of(b, p), p, (int32_t)n);
}

void bench_send_fails(struct bench *b, struct peer *p, int error)
{
	struct fake_ring_op *op = bench_sending(b, p);

	ck_assert_ptr_nonnull(op);
	op->kind = FAKE_RING_NONE;
	tx_done(shard_of(b, p), p, -error);
}

void bench_xfer(struct bench *b)
{
	for (uint16_t i = 0; i < b->plane->shards; i++) {
		(void)xfer_take(shard_at(b, i));
		xfer_take_back(shard_at(b, i));
		xfer_publish(shard_at(b, i));
	}
}

static bool send_all(struct bench *b, struct shard *sh)
{
	bool any = false;

	for (uint32_t i = 0; i < peer_table_slots(&sh->peers); i++) {
		struct peer *p = peer_at(&sh->peers, i);

		if (p->state == PEER_LIVE && p->send_armed) {
			any = true;
			bench_sent(b, p, bench_sending(b, p)->len);
		}
	}
	return any;
}

void bench_settle(struct bench *b)
{
	bool any;

	do {
		any = false;
		for (int round = 0; b->plane->shards > 1 && round < 3; round++)
			bench_xfer(b);
		for (uint16_t i = 0; i < b->plane->shards; i++) {
			any |= flush_shard(shard_at(b, i));
			any |= send_all(b, shard_at(b, i));
		}
	} while (any);
}

/* ---- what came of it ---- */

const uint8_t *bench_frame(struct bench *b, int fd, uint8_t *type, uint32_t *body_len)
{
	struct bench_stream *s = &b->stream[fd - FAKE_RING_FD_FIRST];
	struct frame_header h;
	const uint8_t *body;

	if (s->read == s->len)
		return NULL;
	ck_assert_uint_ge(s->len - s->read, FRAME_HEADER_SIZE);
	h = frame_header_load(s->data + s->read);
	ck_assert_uint_ge(s->len - s->read - FRAME_HEADER_SIZE, h.body_len);
	body = s->data + s->read + FRAME_HEADER_SIZE;
	s->read += FRAME_HEADER_SIZE + h.body_len;
	*type = h.type;
	*body_len = h.body_len;
	return body;
}

void bench_expect_packet(struct bench *b, int fd, const struct key *from, const void *packet, uint32_t len)
{
	uint32_t body_len;
	uint8_t type;
	const uint8_t *body = bench_frame(b, fd, &type, &body_len);

	ck_assert_ptr_nonnull(body);
	ck_assert_uint_eq(type, FRAME_RECV_PACKET);
	ck_assert_uint_eq(body_len, KEY_SIZE + len);
	ck_assert_mem_eq(body, from->bytes, KEY_SIZE);
	ck_assert_mem_eq(body + KEY_SIZE, packet, len);
}

void bench_expect_nothing(struct bench *b, int fd)
{
	uint32_t body_len;
	uint8_t type;

	ck_assert_ptr_null(bench_frame(b, fd, &type, &body_len));
}

void bench_send_numbered(struct bench *b, struct peer *from, const struct key *to, uint32_t number, uint32_t size,
			 bool disco)
{
	static const uint8_t magic[] = { 0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac };
	static uint8_t packet[FRAME_PACKET_MAX], wire[FRAME_HEADER_SIZE + KEY_SIZE + FRAME_PACKET_MAX];
	uint32_t len, n;

	memset(packet, 0, NUMBER_AT);
	if (disco)
		memcpy(packet, magic, sizeof(magic));
	be_store32(packet + NUMBER_AT, number);
	len = bench_put_send(wire, to, packet, size);
	for (uint32_t at = 0; at < len; at += n) {
		n = len - at < b->sh->settings->buf_size ? len - at : b->sh->settings->buf_size;
		bench_receive(b, from, wire + at, n);
	}
	bench_flush(b);
}

struct bench_numbers bench_read_numbered(struct bench *b, int fd)
{
	struct bench_numbers got = { 0 };
	const uint8_t *body;
	uint32_t len;
	uint8_t type;

	bench_settle(b);
	while ((body = bench_frame(b, fd, &type, &len)) != NULL) {
		uint32_t number;

		ck_assert_uint_eq(type, FRAME_RECV_PACKET);
		ck_assert_uint_ge(len, KEY_SIZE + NUMBER_AT + sizeof(number));
		number = be_load32(body + KEY_SIZE + NUMBER_AT);
		ck_assert_uint_gt(number, got.last);
		got.last = number;
		if (got.count++ == 1)
			got.second = number;
	}
	return got;
}

bool bench_event(struct bench *b, uint16_t shard, struct event *e)
{
	struct spsc *ring = bus_event(&b->bus, shard);
	const struct event *next = spsc_peek(ring);

	if (!next)
		return false;
	*e = *next;
	spsc_consume(ring);
	return true;
}

uint64_t bench_stat(const struct bench *b, enum stat_id which)
{
	return stats_registry_sum(b->registry, which);
}

uint64_t bench_drops(const struct bench *b, enum drop_reason reason)
{
	uint64_t n = 0;

	for (uint16_t i = 0; i < b->plane->shards; i++)
		for (int kind = 0; kind < DROP_KIND_COUNT; kind++)
			n += atomic_load(&b->stats[i]->drops[reason][kind]);
	return n;
}

struct tls_record_keys *bench_record_keys(uint8_t rx, uint8_t tx)
{
	struct tls_secrets s = { .version = TLS_VERSION_1_3, .suite = SUITE_AES_128_GCM };
	struct tls_record_keys *keys;

	memset(s.rx.secret, rx, sizeof(s.rx.secret));
	memset(s.tx.secret, tx, sizeof(s.tx.secret));
	ck_assert_int_eq(secrets_derive(&s.rx, s.suite), 0);
	ck_assert_int_eq(secrets_derive(&s.tx, s.suite), 0);
	ck_assert_int_eq(record_keys_new(&keys, &s), 0);
	return keys;
}
