/* SPDX-License-Identifier: MIT
 * One client of a run: its connection, what it sends, what it checks. And what
 * all threads share. A client belongs to the thread of its engine; identities
 * and the plan are read by all. */
#ifndef HD_TOOLS_HD_BENCH_CLIENT_H
#define HD_TOOLS_HD_BENCH_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/hd-bench/conn.h"
#include "tools/hd-bench/count.h"
#include "tools/hd-bench/hist.h"
#include "tools/hd-bench/options.h"
#include "tools/hd-bench/pace.h"
#include "tools/hd-bench/plan.h"
#include "tools/hd-bench/track.h"
#include "util/list.h"

/* Stages of a run, set by the main thread. */
enum client_stage { CLIENT_LOGIN, CLIENT_TRAFFIC, CLIENT_FINISH };

struct client_run {
	const struct options *options;
	struct plan plan;
	struct client *clients; /* by number, as in the plan */
	struct conn_identity *identities;
	struct conn_target target;
	bool uring; /* io_uring carries the load */
	uint64_t id;
	_Atomic int stage;
	/* Set before CLIENT_TRAFFIC. Senders send what is intended before `end`. */
	uint64_t start_ns;
	uint64_t measure_ns;
	_Atomic uint64_t end_ns; /* may be set earlier while it runs */
};

/* What one thread has seen. */
struct client_log {
	struct count count;
	struct hist latency[PLAN_FLOW_ROLES];
	struct hist lag[PLAN_FLOW_ROLES]; /* how late packets went out */
	struct hist login;
};

/* How it stands with a sender after its turn. */
enum client_verdict {
	CLIENT_AGAIN, /* as fast as it goes: there is more at once */
	CLIENT_LATER, /* at pace.next_ns */
	CLIENT_BLOCKED, /* the socket takes no more: at its next event */
	CLIENT_WINDOW, /* when the receiver has seen more */
	CLIENT_DONE, /* no more in this run */
};

struct client_sender {
	enum client_verdict verdict;
	struct pace pace;
	uint64_t *next_seq; /* by destination */
	uint32_t dest_at;
	bool uniform; /* all its packets are of one size and go to one client */
	uint32_t size_next; /* picked, not sent yet */
	uint64_t random;
	uint64_t window; /* packets; 0: none */
	uint64_t arrived_last; /* how far the receiver was, when seen last, */
	uint64_t arrived_ns; /* and since when */
	uint64_t forgiven; /* packets below this are no longer in flight, whatever arrived */
	bool done;
};

struct client {
	struct conn conn;
	const struct plan_client *plan;
	struct client_run *run;
	struct client_log *log;
	uint32_t index;
	struct client_sender *sender; /* NULL: does not send */
	struct track *tracks; /* by source */
	struct list_node rx_node; /* in its engine's lists */
	struct list_node tx_node;
	bool counted_login;
	bool ending; /* the relay has closed: read on to the end */
	uint64_t slow_next_ns; /* a slow reader's next read */
	bool slow_waits; /* for that time */
};

/* Memory of what it sends and checks, none for roles that do neither. ERROR_NO_MEMORY. */
HD_MUST_CHECK int client_init(struct client *c, struct client_run *run, struct client_log *log, uint32_t index);
void client_release(struct client *c);

/* Slot of a client's flow in next_seq or tracks, or -1: they have none. */
int64_t client_dest_slot(const struct client *c, uint32_t to);
int64_t client_source_slot(const struct client *c, uint32_t from);

#endif
