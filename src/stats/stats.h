/* SPDX-License-Identifier: MIT
 * Counters. Each thread owns one block and alone writes it, with relaxed
 * stores and no read-modify-write on shared lines; control reads all blocks
 * when somebody asks. A counter is one row: enumerator, metric name (without
 * the prefix hyper_derp_), kind, text. */
#ifndef HD_STATS_STATS_H
#define HD_STATS_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/reasons.h"
#include "util/assert.h"

#define STATS_PREFIX "hyper_derp_"

#define STAT_TABLE(X)                                                                              \
	X(STAT_RECV_BYTES, "recv_bytes_total", COUNTER, "Bytes of DERP frames received from clients") \
	X(STAT_SEND_BYTES, "send_bytes_total", COUNTER, "Bytes of DERP frames written to clients")  \
	X(STAT_RECV_PACKETS, "recv_packets_total", COUNTER, "Packets received from clients and mesh peers") \
	X(STAT_SEND_PACKETS, "send_packets_total", COUNTER, "Packets written to clients")           \
	X(STAT_SEND_DROPS, "send_drops_total", COUNTER, "Packets dropped, all reasons")             \
	X(STAT_XFER_DROPS, "xfer_drops_total", COUNTER, "Packets dropped on the way to another worker") \
	X(STAT_XFER_RUNS, "xfer_runs_total", COUNTER, "Runs of frames handed to another worker")    \
	X(STAT_SLAB_EXHAUSTS, "slab_exhausts_total", COUNTER, \
	  "Times the memory for slow destinations was used up") \
	X(STAT_RECV_ENOBUFS, "recv_enobufs_total", COUNTER, "Times a receive ended for lack of buffers") \
	X(STAT_RECV_PAUSED, "recv_paused_total", COUNTER, "Times a client's receiving was paused")  \
	X(STAT_RECV_PAUSED_NOW, "recv_paused", GAUGE, "Clients whose receiving is paused now")      \
	X(STAT_FRAME_POOL_HITS, "frame_pool_hits_total", COUNTER, "Buffers for held frames served from the pool") \
	X(STAT_FRAME_POOL_MISSES, "frame_pool_misses_total", COUNTER, \
	  "Buffers for held frames that grew the pool") \
	X(STAT_HELD_BYTES, "held_bytes", GAUGE, "Bytes held for slow destinations now")             \
	X(STAT_POOL_BYTES, "pool_bytes", GAUGE, \
	  "Bytes in the pools that hold frames, used or kept for the next need")                  \
	X(STAT_PEERS_ACTIVE, "peers_active", GAUGE, "Clients connected now")                        \
	X(STAT_PEERS_TOTAL, "peers_total", COUNTER, "Clients ever logged in")                       \
	X(STAT_FORWARDED_IN, "forwarded_in_packets_total", COUNTER, "Packets received from mesh peers") \
	X(STAT_DISCO_PACKETS, "disco_packets_total", COUNTER, "Disco packets among those received") \
	X(STAT_UNKNOWN_FRAMES, "unknown_frames_total", COUNTER, "Frames of unknown type skipped")   \
	X(STAT_PINGS, "pings_total", COUNTER, "Pings received")                                     \
	X(STAT_PONGS_DROPPED, "pongs_dropped_total", COUNTER, "Pongs not sent: the client does not read") \
	X(STAT_KEEP_ALIVES, "keep_alives_total", COUNTER, "KeepAlive frames sent")                  \
	X(STAT_PEER_GONE_DISCONNECTED, "peer_gone_disconnected_total", COUNTER, \
	  "PeerGone frames sent: disconnected") \
	X(STAT_PEER_GONE_NOT_HERE, "peer_gone_not_here_total", COUNTER, "PeerGone frames sent: not here") \
	X(STAT_PEER_GONE_UNTRACKED, "peer_gone_untracked_total", COUNTER, \
	  "Sender-receiver pairs not remembered for PeerGone") \
	X(STAT_HOME_MOVES_IN, "home_moves_in_total", COUNTER, "Clients that made this their home relay") \
	X(STAT_HOME_MOVES_OUT, "home_moves_out_total", COUNTER, "Clients that left this as their home relay") \
	X(STAT_LOOPS, "loops_total", COUNTER, "Passes of a worker's loop")                          \
	X(STAT_WAKEUPS_SENT, "wakeups_sent_total", COUNTER, "Times another thread was woken")       \
	X(STAT_SENDS, "sends_total", COUNTER, "Send operations")                                    \
	X(STAT_SENDS_SHORT, "sends_short_total", COUNTER, "Send operations that wrote less than asked") \
	X(STAT_ACCEPTS, "accepts_total", COUNTER, "TCP connections accepted")                       \
	X(STAT_ACCEPT_PAUSES, "accept_pauses_total", COUNTER, "Times accepting paused (rate or descriptors)") \
	X(STAT_HALF_OPEN, "half_open", GAUGE, "Connections in the login now")                       \
	X(STAT_LOGIN_BYTES, "login_bytes", GAUGE, "Memory that connections in the login take, about") \
	X(STAT_TLS_NOT_AFTER, "tls_certificate_expiry_seconds", GAUGE,                             \
	  "When the first certificate expires, seconds since 1970; 0 without TLS")                \
	X(STAT_TLS_RELOADS, "tls_reloads_total", COUNTER, "Times changed certificates were taken over") \
	X(STAT_TLS_RELOAD_FAILURES, "tls_reload_failures_total", COUNTER,                          \
	  "Times changed certificates were refused")                                              \
	X(STAT_TLS_FULL, "tls_handshakes_full_total", COUNTER, "TLS handshakes without a ticket")      \
	X(STAT_TLS_RESUMED, "tls_handshakes_resumed_total", COUNTER, "TLS handshakes resumed by a ticket") \
	X(STAT_FAST_STARTS, "fast_starts_total", COUNTER, "Logins that did not wait for the HTTP response") \
	X(STAT_WATCHERS, "watchers", GAUGE, "Mesh peers watching connections now")                  \
	X(STAT_CONTROL_EVENTS, "control_events_total", COUNTER, "Messages taken by the control plane")

enum stat_id {
#define STAT_ROW(id, name, kind, text) id,
	STAT_TABLE(STAT_ROW)
#undef STAT_ROW
	STAT_COUNT
};

enum stat_kind { STAT_KIND_COUNTER, STAT_KIND_GAUGE };

struct stat_info {
	const char *name; /* without prefix */
	enum stat_kind kind;
	const char *text;
};
const struct stat_info *stat_info(enum stat_id s);

/* Login duration, accept to hand-over. Upper bounds in milliseconds; the
 * last bucket is +Inf. */
#define STATS_LOGIN_BUCKETS 12
extern const uint32_t stats_login_bucket_ms[STATS_LOGIN_BUCKETS - 1];

typedef _Atomic uint64_t stats_cell;

/* One thread's block. Zero-initialised; cache-line aligned. */
struct stats {
	_Alignas(HD_CACHE_LINE) stats_cell value[STAT_COUNT];
	stats_cell drops[DROP_REASON_COUNT][DROP_KIND_COUNT];
	stats_cell closes[CLOSE_REASON_COUNT];
	stats_cell send_errors[CLOSE_REASON_COUNT]; /* by the close reason the error led to */
	stats_cell logins[LOGIN_RESULT_COUNT];
	stats_cell refusals[REFUSE_REASON_COUNT];
	stats_cell login_ms[STATS_LOGIN_BUCKETS];
	stats_cell login_us_sum;
	char name[24]; /* "worker 0", "accept 0", "control"; set before the thread starts */
};

static inline void stats_cell_add(stats_cell *c, uint64_t n)
{
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n, memory_order_relaxed);
}

static inline void stats_add(struct stats *s, enum stat_id which, uint64_t n)
{
	stats_cell_add(&s->value[which], n);
}

static inline void stats_set(struct stats *s, enum stat_id which, uint64_t n)
{
	atomic_store_explicit(&s->value[which], n, memory_order_relaxed);
}

static inline uint64_t stats_get(const struct stats *s, enum stat_id which)
{
	return atomic_load_explicit(&s->value[which], memory_order_relaxed);
}

static inline void stats_drop(struct stats *s, enum drop_reason r, enum drop_kind k, uint64_t n)
{
	stats_cell_add(&s->drops[r][k], n);
	stats_add(s, STAT_SEND_DROPS, n);
}

static inline void stats_close(struct stats *s, enum close_reason r)
{
	stats_cell_add(&s->closes[r], 1);
}

void stats_login_time(struct stats *s, uint64_t duration_ns); /* a successful login */

/* All blocks of a process, in start order. Blocks are owned by the registry;
 * adding happens before the threads that use them start. */
struct stats_registry;
struct stats_registry *stats_registry_new(void); /* NULL: no memory */
void stats_registry_free(struct stats_registry *r);
/* A zeroed block named by fmt ("worker %u"; cut to fit). NULL: no memory. */
struct stats *stats_registry_add(struct stats_registry *r, const char *fmt, ...) HD_PRINTF(2, 3);
size_t stats_registry_count(const struct stats_registry *r);
const struct stats *stats_registry_at(const struct stats_registry *r, size_t i);
uint64_t stats_registry_sum(const struct stats_registry *r, enum stat_id which);

#endif
