/* SPDX-License-Identifier: MIT
 * One accepted connection on its way to a shard: reads, lets the steps (step.h)
 * take what has come, writes what they answer, and ends it in one of the ways
 * of enum login_result. Belongs to one accept thread. */
#ifndef HD_ACCEPT_LOGIN_H
#define HD_ACCEPT_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "accept/plane.h"
#include "accept/transport.h"
#include "bus/messages.h"
#include "crypto/box.h"
#include "net/loop.h"
#include "proto/key.h"
#include "util/bytes.h"
#include "util/list.h"

struct handshake;

struct login {
	struct loop_io io;
	struct loop_timer timer;     /* deadline, or the next attempt before it */
	struct list_node node;       /* in the thread's list */
	struct plane_thread *thread;
	struct transport transport;
	struct handshake *handshake; /* in the step tls; else NULL */
	struct bytes in;             /* received, and not yet whole enough for the step */
	struct list_node kept_node;  /* in the thread's keepers */
	size_t kept_bytes;           /* what it counts for there */
	struct bytes out;            /* to be written before the next step */
	uint64_t accepted_ns;
	uint64_t deadline_ms;        /* by the loop's clock */
	size_t head_scanned;         /* of `in`, for http_request_parse */
	struct key key;              /* the client's, from the step verify on */
	struct box_shared shared;
	struct peer_addr addr;
	uint16_t pages;              /* served on this connection */
	uint8_t step;                /* enum step_id */
	uint8_t flags;               /* enum peer_flag */
	uint8_t result;              /* enum login_result, while lingering */
	bool fast_start;             /* the client wants no HTTP response */
	bool shut_down;              /* lingering has begun */
};

/* Takes fd and one place of conn_count, both given back when the login ends,
 * unless it is handed over. ERROR_NO_MEMORY, ERROR_IO: nothing was taken. */
HD_MUST_CHECK int login_start(struct plane_thread *thread, int fd, const struct peer_addr *addr,
			      uint64_t accepted_ns);
/* A thread that has no logins yet. */
void login_init(struct plane_thread *thread);
/* Ends all logins of a thread. */
void login_stop_all(struct plane_thread *thread);

/* For the steps: writes now what can be written and keeps the rest; no step
 * runs before it is gone. ERROR_CLOSED, ERROR_IO, ERROR_NO_MEMORY. */
HD_MUST_CHECK int login_write(struct login *l, const void *data, size_t len);
/* For the steps: the deadline begins anew. */
void login_restart_deadline(struct login *l, uint64_t after_ms);

#endif
