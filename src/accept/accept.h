/* SPDX-License-Identifier: MIT
 * The accept plane: takes TCP connections through their login and hands them
 * to a shard, or serves a plain HTTP page. `threads` event loops share the
 * listeners; every step of a login has a deadline and costs one small struct. */
#ifndef HD_ACCEPT_ACCEPT_H
#define HD_ACCEPT_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/bus.h"
#include "bus/conn_count.h"
#include "proto/key.h"
#include "stats/stats.h"
#include "util/assert.h"

struct tls_context;

struct accept_settings {
	uint8_t private_key[32];       /* the relay's */
	struct key public_key;
	bool has_mesh_key;
	uint8_t mesh_key[32];
	const int *listen_fds;         /* listening, non-blocking; stay the caller's */
	uint32_t listen_count;
	uint16_t threads;
	uint32_t handshake_timeout_ms; /* for the whole login */
	size_t handshake_memory;           /* bytes for logins in part, over all threads; 0: no bound */
	double accept_rate;            /* per second over all threads, 0: no limit */
	uint32_t accept_burst;         /* taken at once under accept_rate, 0: one second's worth */
	uint32_t sockbuf;              /* bytes, 0: kernel's autotuning */
	uint32_t tcp_user_timeout_ms;
	uint32_t tcp_keepalive_s;
	uint64_t client_rate;          /* told to clients in ServerInfo, 0: not told */
	uint64_t client_burst;
	const char *home;              /* "", "blank" or a URL; copied */
	const char *hostname;          /* or NULL; copied */
	struct tls_context *tls;       /* TLS is spoken; the plane takes a reference. NULL: plain */
	bool ktls;                     /* give the keys to the kernel where it takes them */
};

/* Names the shard of a key (data_plane_shard_of with its plane as ctx). */
typedef uint16_t accept_shard_of_fn(const void *ctx, const struct key *key);

struct accept_plane;

/* ERROR_NO_MEMORY, ERROR_IO; ERROR_MALFORMED or ERROR_TOO_BIG for a `home` that
 * cannot be served. stats: one block per thread. All pointers but the copied
 * ones must outlive the plane; so must what listen_fds points to. */
HD_MUST_CHECK int accept_plane_new(struct accept_plane **plane, const struct accept_settings *settings,
				   struct bus *bus, struct conn_count *count, struct stats **stats,
				   accept_shard_of_fn *shard_of, const void *shard_ctx);
/* Body of one accept thread; returns after accept_plane_stop, when all its
 * half-open connections are closed. */
void accept_plane_run(struct accept_plane *plane, uint16_t thread);
/* Any thread: no more accepting; logins in progress are closed. */
void accept_plane_stop(struct accept_plane *plane);
/* Certificates for later connections (reload); a reference is taken. Only where
 * there were some at the start. Any thread. */
void accept_plane_set_tls(struct accept_plane *plane, struct tls_context *tls);
/* New rate and burst (reload). Any thread. */
void accept_plane_set_rate(struct accept_plane *plane, double rate, uint32_t burst);
/* Any thread: loop_beat() of one accept thread. */
uint64_t accept_plane_beat(struct accept_plane *plane, uint16_t thread);
void accept_plane_free(struct accept_plane *plane);

#endif
