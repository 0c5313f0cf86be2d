/* SPDX-License-Identifier: MIT
 * Shards without threads and without a kernel, for tests of one file at a
 * time: peers join, bytes are received, sends end, all by the test's hand. */
#ifndef HD_TESTS_UNIT_DATA_BENCH_H
#define HD_TESTS_UNIT_DATA_BENCH_H

#include "data/core.h"
#include "tests/unit/data/fake_ring.h"

#define BENCH_SHARDS_MAX 3
#define BENCH_START_MS 5000

/* What a client has been sent. */
struct bench_stream {
	uint8_t *data;
	size_t len;
	size_t cap;
	size_t read; /* by bench_frame */
};

struct bench {
	struct bus bus;
	struct stats_registry *registry;
	struct stats *stats[BENCH_SHARDS_MAX];
	struct data_plane *plane;
	struct shard *sh; /* the first one */
	int fd_next;
	uint64_t conn_next;
	struct bench_stream stream[FAKE_RING_FDS];
};

/* Allocations of zeroed memory fail while it is set. */
extern bool bench_no_memory;

/* Small bounds: 64 KiB queues, 8 receive buffers of 4 KiB, 1 MiB held in all. */
struct shard_settings bench_settings(void);
/* NULL: bench_settings(). */
void bench_init(struct bench *b, uint16_t shards, const struct shard_settings *settings);
/* Closes all peers, ends all operations, and frees: the pools assert that all is back. */
void bench_free(struct bench *b);

/* The n-th key that lands on a shard. */
struct key bench_key(const struct bench *b, uint16_t shard, uint32_t n);
/* A connection of that key, its ServerInfo delivered and read. */
struct peer *bench_join(struct bench *b, const struct key *key, uint8_t flags);
/* The first two keys of the first shard, and a connection of each: flags are the first one's. */
void bench_join_two(struct bench *b, uint8_t flags, struct key *key_a, struct peer **peer_a, struct key *key_b,
		    struct peer **peer_b);
void bench_set_time(struct bench *b, uint64_t now_ms);

/* Bytes arrive from a client: by one completion of its receive, in one receive buffer. */
void bench_receive(struct bench *b, struct peer *p, const void *data, uint32_t len);
/* Its receive ends with res (<= 0). */
void bench_receive_ends(struct bench *b, struct peer *p, int32_t res);
/* Frames put at `out`; each returns its length. */
uint32_t bench_put_send(uint8_t *out, const struct key *to, const void *packet, uint32_t len);
uint32_t bench_put_forward(uint8_t *out, const struct key *from, const struct key *to, const void *packet,
			   uint32_t len);
uint32_t bench_put(uint8_t *out, uint8_t type, const void *body, uint32_t len);

/* Starts sends for whoever has something. */
void bench_flush(struct bench *b);
/* The peer's send, or NULL. */
struct fake_ring_op *bench_sending(struct bench *b, const struct peer *p);
/* The peer's send ends: n bytes reach the client. */
void bench_sent(struct bench *b, struct peer *p, size_t n);
/* It ends with an error. */
void bench_send_fails(struct bench *b, struct peer *p, int error);
/* Flushes and sends all to all until nothing is left; work between shards included. */
void bench_settle(struct bench *b);
/* One exchange between the shards. */
void bench_xfer(struct bench *b);

/* Next whole frame that the client got; NULL: none. Anything but whole frames fails the test
 * when the stream is read to its end by bench_frame. */
const uint8_t *bench_frame(struct bench *b, int fd, uint8_t *type, uint32_t *body_len);
/* The next one must be this packet of `from`; there must be none. */
void bench_expect_packet(struct bench *b, int fd, const struct key *from, const void *packet, uint32_t len);
void bench_expect_nothing(struct bench *b, int fd);

/* A packet that carries its number, disco or not, in as many receives as it takes. */
void bench_send_numbered(struct bench *b, struct peer *from, const struct key *to, uint32_t number, uint32_t size,
			 bool disco);
/* Settles, and reads all that the client got, which must be packets of rising numbers. */
struct bench_numbers {
	uint32_t count;
	uint32_t second; /* the first one may have been in flight before; 0: none */
	uint32_t last;
};
struct bench_numbers bench_read_numbered(struct bench *b, int fd);
/* Next event to control, or false. */
bool bench_event(struct bench *b, uint16_t shard, struct event *e);
uint64_t bench_stat(const struct bench *b, enum stat_id which);
uint64_t bench_drops(const struct bench *b, enum drop_reason reason);

/* TLS 1.3 with secrets of these bytes; (2, 1) is the other end of (1, 2). */
struct tls_record_keys *bench_record_keys(uint8_t rx, uint8_t tx);

#endif
