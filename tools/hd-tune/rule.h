/* SPDX-License-Identifier: MIT
 * The rule table: one row per decision gives its name, rule, inputs, source and
 * what was rejected. It feeds `explain`, the comments of written files and the
 * manual. */
#ifndef HD_TOOLS_TUNE_RULE_H
#define HD_TOOLS_TUNE_RULE_H

#include <stddef.h>

#include "util/assert.h"
#include "util/bytes.h"

enum rule_id {
	RULE_USABLE,
	RULE_CORES,
	RULE_CLASS,
	RULE_LOCALITY,
	RULE_ORDER,
	RULE_DOMAIN,
	RULE_RESERVED,
	RULE_WORKERS,
	RULE_PIN_CORES,
	RULE_SOCKBUF,
	RULE_SQPOLL,
	RULE_TCP_RMEM,
	RULE_TCP_WMEM,
	RULE_RMEM_MAX,
	RULE_WMEM_MAX,
	RULE_SOMAXCONN,
	RULE_SLOW_START,
	RULE_NETDEV_BACKLOG,
	RULE_NR_OPEN,
	RULE_CONGESTION,
	RULE_LIMIT_NOFILE,
	RULE_LIMIT_MEMLOCK,
	RULE_MODULE_TLS,
	RULE_KTLS,
	RULE_IO_URING,
	RULE_TLS_OFFLOAD,
	RULE_CONNTRACK,
	RULE_RPS,
	RULE_IRQ,
	RULE_QUEUES,
	RULE_IRQBALANCE,
	RULE_LEFT_TCP_MEM,
	RULE_LEFT_TW_REUSE,
	RULE_LEFT_FIN_TIMEOUT,
	RULE_LEFT_RMEM_DEFAULT,
	RULE_LEFT_WMEM_DEFAULT,
	RULE_LEFT_FILE_MAX,
	RULE_LEFT_BUSY_POLL,
	RULE_LEFT_BUSY_READ,
	RULE_LEFT_SYN_BACKLOG,
	RULE_LEFT_OFFLOADS,
	RULE_COUNT,
};

/* Where a value ends up. */
enum rule_kind {
	RULE_KIND_STEP,   /* decides, is written nowhere */
	RULE_KIND_YAML,   /* key of hyper-derp.yaml */
	RULE_KIND_SYSCTL, /* key of sysctl.d(5) */
	RULE_KIND_UNIT,   /* directive of the service's drop-in */
	RULE_KIND_MODULE, /* modules-load.d(5) */
	RULE_KIND_ADVICE, /* told, never written */
	RULE_KIND_LEFT,   /* never touched */
};

struct rule {
	const char *knob;
	enum rule_kind kind;
	const char *rule;
	const char *inputs;
	const char *source;   /* why we believe it */
	const char *rejected; /* what else one might do and why not; NULL: nothing */
};

const struct rule *rule_at(enum rule_id id);
/* By knob, RULE_COUNT if there is none. */
enum rule_id rule_by_knob(const char *knob);
/* By knob, or by its last part: "somaxconn". */
enum rule_id rule_by_name(const char *name);
/* The table as hd-tune(8) has it, in mdoc(7). Codes of bytes.h. */
HD_MUST_CHECK int rule_print_mdoc(struct bytes *out);

#endif
