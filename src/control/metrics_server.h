/* SPDX-License-Identifier: MIT
 * The metrics listener: takes connections, bounds their number, refuses the
 * rest with 503. Control thread only. */
#ifndef HD_CONTROL_METRICS_SERVER_H
#define HD_CONTROL_METRICS_SERVER_H

#include <stdint.h>

#include "control/metrics_conn.h"
#include "control/page.h"
#include "net/loop.h"
#include "util/assert.h"

struct metrics_server_limits {
	uint32_t conns_max;    /* served at once */
	uint32_t refusals_max; /* being refused at once; beyond that just closed */
	struct metrics_conn_limits conn;
};
extern const struct metrics_server_limits metrics_server_default_limits;

struct metrics_server;

/* fd: listening and non-blocking, stays the caller's. `site` must outlive the
 * server. ERROR_NO_MEMORY, ERROR_IO. */
HD_MUST_CHECK int metrics_server_new(struct metrics_server **server, struct loop *loop, int fd,
				     const struct page_site *site, const struct metrics_server_limits *limits);
/* Closes all its connections. */
void metrics_server_free(struct metrics_server *s);

#endif
