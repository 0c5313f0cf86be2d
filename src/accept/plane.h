/* SPDX-License-Identifier: MIT
 * What the files of this room share: the plane, fixed while it runs, and one
 * of its threads. Not for other rooms. */
#ifndef HD_ACCEPT_PLANE_H
#define HD_ACCEPT_PLANE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "accept/accept.h"
#include "accept/page.h"
#include "accept/rate.h"
#include "accept/trim.h"
#include "accept/wake.h"
#include "net/listener.h"
#include "net/loop.h"
#include "util/list.h"

/* Read from clients at once, at most; a request head fits. */
#define PLANE_SCRATCH_SIZE (64 * 1024)

struct plane_thread;
struct intake;

struct accept_plane {
	struct accept_settings settings; /* home and hostname: NULL, see site */
	struct listener_client_options client_options;
	struct page_site site;
	struct rate rate;
	struct bus *bus;
	struct conn_count *count;
	accept_shard_of_fn *shard_of;
	const void *shard_ctx;
	pthread_mutex_t tls_lock;     /* over the pointer, not over what it points to */
	struct tls_context *tls;      /* of connections from now on, or NULL */
	struct plane_thread *threads; /* [settings.threads] */
};

/* A reference to the certificates in force, or NULL where TLS is not spoken. */
struct tls_context *accept_plane_take_tls(struct accept_plane *plane);

struct plane_thread {
	struct accept_plane *plane;
	struct loop *loop;
	struct stats *stats;
	struct intake *intake;
	struct wake wake;
	struct trim trim;
	struct loop_timer trim_timer;
	struct list logins;
	struct list keepers;    /* logins that wait with memory of their own, by kept_node, longest first */
	size_t kept_bytes;      /* theirs */
	uint64_t conn_ids;      /* given so far */
	uint32_t login_count;
	uint16_t index;
	int stop_fd;            /* eventfd: accept_plane_stop was called */
	struct loop_io stop_io;
	uint8_t *scratch;       /* PLANE_SCRATCH_SIZE: bytes of one read, used within one call */
	uint8_t *answer;        /* site.size_max: one response, used within one call */
};

#endif
