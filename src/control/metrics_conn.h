/* SPDX-License-Identifier: MIT
 * One client of the metrics listener: HTTP/1.1 with keep-alive, one request at
 * a time. Reads no further request while it answers one, holds one part of a
 * page at most, and every wait has a deadline. Control thread only. */
#ifndef HD_CONTROL_METRICS_CONN_H
#define HD_CONTROL_METRICS_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "control/page.h"
#include "net/loop.h"
#include "util/list.h"

#define METRICS_CONN_HEAD_MAX (16 * 1024) /* bytes of a request's head */

struct metrics_conn_limits {
	uint32_t idle_ms;     /* between requests, and before the first */
	uint32_t request_ms;  /* from a request's first byte to the end of its head */
	uint32_t response_ms; /* for the whole answer */
	uint32_t linger_ms;   /* for the client to close after the last answer */
};

struct metrics_conn;
/* The connection has closed its socket and frees itself after this. */
typedef void metrics_conn_closed_fn(void *owner, struct metrics_conn *c);

struct metrics_conn_setup {
	struct loop *loop;
	const struct page_site *site;
	const struct metrics_conn_limits *limits;
	metrics_conn_closed_fn *closed;
	void *owner;
	bool loopback; /* the client is on this host */
	bool refuse;   /* answer 503 and close */
};

/* Takes fd (non-blocking) in any case. NULL: no memory, fd is closed. The
 * structs that the setup points to must outlive the connection. */
struct metrics_conn *metrics_conn_new(int fd, const struct metrics_conn_setup *setup);
/* Closes at once, without calling `closed`. */
void metrics_conn_free(struct metrics_conn *c);

/* For the owner's list of its connections. */
struct list_node *metrics_conn_node(struct metrics_conn *c);
struct metrics_conn *metrics_conn_of_node(struct list_node *n);
bool metrics_conn_is_refused(const struct metrics_conn *c);

#endif
