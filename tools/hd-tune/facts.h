/* SPDX-License-Identifier: MIT
 * What is known of a machine: all that a plan is made from besides options.
 * Collected once (gather.h) or read from a document (facts_parse), never looked
 * up again later, so that any recorded machine can be replayed. */
#ifndef HD_TOOLS_TUNE_FACTS_H
#define HD_TOOLS_TUNE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/topology.h"
#include "tools/hd-tune/cpuset.h"
#include "util/assert.h"
#include "util/bytes.h"

#define FACTS_SCHEMA 1       /* version of the document */
#define FACTS_UNKNOWN (-1)   /* of numbers; and of "unknown, no or yes" */
#define FACTS_NAME_MAX TOPOLOGY_NAME_MAX
#define FACTS_TEXT_MAX 256
#define FACTS_DOCUMENT_MAX (16 * 1024 * 1024) /* bytes */

struct facts_nic {
	char name[FACTS_NAME_MAX];
	struct cpuset local; /* CPUs of what it, or all it stands on, hangs from; empty: not known */
	char lower[FACTS_NAME_MAX]; /* what a VLAN or bond stands on, or "" */
	char driver[FACTS_NAME_MAX];
	int64_t speed_mbit;
	int64_t rx_queues;
	int64_t tx_queues;
	int64_t rps; /* 1: a queue has RPS CPUs */
	int64_t tls_tx; /* 1: it seals TLS records itself; 0: it could, or cannot */
	int64_t tls_rx;
};

struct facts_sysctl {
	char key[FACTS_NAME_MAX]; /* "net.core.somaxconn" */
	char value[FACTS_TEXT_MAX];
	char own[FACTS_TEXT_MAX]; /* what our drop-in sets, or "" */
};

struct facts_unit { /* the service as its unit files describe it, without our drop-in */
	int64_t found; /* 1, 0 */
	char user[FACTS_NAME_MAX];
	char groups[FACTS_TEXT_MAX]; /* Group= and SupplementaryGroups=, with blanks between them */
	char slice[FACTS_NAME_MAX];  /* "" : system.slice */
	struct cpuset affinity; /* CPUAffinity=; empty: not set */
	struct cpuset allowed;  /* AllowedCPUs=; empty: not set */
	int64_t quota_millicpus;
	int64_t memory_bytes; /* MemoryMax= */
	int64_t limit_nofile;
	int64_t limit_memlock;
};

/* What there is of the module tls. */
enum facts_module {
	FACTS_MODULE_UNKNOWN = -1,
	FACTS_MODULE_ABSENT,  /* the kernel has none */
	FACTS_MODULE_LOADED,  /* or built in */
	FACTS_MODULE_THERE,   /* can be loaded */
	FACTS_MODULE_REFUSED, /* modprobe.d(5) forbids it */
	FACTS_MODULE_LOCKED,  /* kernel.modules_disabled: after the next boot only */
};

struct facts {
	char source[16]; /* "live", "sysroot", "topology" */
	char hwloc[FACTS_NAME_MAX];
	char architecture[FACTS_NAME_MAX];
	char kernel[FACTS_NAME_MAX];

	struct topology_pu *pus; /* owned; online and allowed, by os_index */
	size_t pu_count;
	int64_t whole; /* 1: no CPU is offline or hidden */
	bool has_affinity;
	struct cpuset affinity; /* of the service; of this process where there is no unit */
	struct cpuset isolated;
	struct cpuset nohz_full;
	struct cpuset group; /* cpuset of the service's control group; empty: not known */

	struct facts_nic *nics; /* owned */
	size_t nic_count;
	char default_nic[FACTS_NAME_MAX]; /* interface of the default route, or "" */

	int64_t quota_millicpus; /* tightest of the control groups */
	int64_t container;       /* 1, 0 */
	int64_t container_cpuset; /* 1: it has a cpuset of its own */
	int64_t memory_bytes;
	int64_t memory_limit_bytes; /* of the control groups */
	int64_t softnet_drops;
	int64_t irqbalance; /* 1: runs */

	struct facts_sysctl *sysctls; /* owned; only keys that exist */
	size_t sysctl_count;
	struct facts_unit unit;

	enum facts_module tls_module;
	int64_t ktls; /* 1: TCP_ULP "tls" is there */
	char ktls_ciphers[FACTS_TEXT_MAX];
	char ktls_why[FACTS_TEXT_MAX];
	int64_t io_uring; /* 1: a ring could be set up */
	char io_uring_why[FACTS_TEXT_MAX];
	char io_uring_group[FACTS_NAME_MAX]; /* name of kernel.io_uring_group, or "" */
	char openssl[FACTS_TEXT_MAX]; /* its version and what it does of kernel TLS itself */
};

/* Everything unknown. */
void facts_init(struct facts *f);
void facts_release(struct facts *f);

/* Takes over CPUs and interfaces. ERROR_NO_MEMORY, ERROR_RANGE (CPU numbers
 * beyond CPUSET_CPUS); `t` is the caller's to release all the same. */
HD_MUST_CHECK int facts_take_topology(struct facts *f, const struct topology *t);

/* NULL if there is none of that name. */
const struct facts_nic *facts_nic(const struct facts *f, const char *name);
/* The interface that carries the traffic of `name`: follows lower devices. */
const struct facts_nic *facts_nic_below(const struct facts *f, const char *name);
/* Finds or adds (all unknown). NULL: no memory. */
struct facts_nic *facts_nic_add(struct facts *f, const char *name);

/* "" if that is not known. */
const char *facts_module_name(enum facts_module state);
bool facts_module_by_name(const char *name, enum facts_module *state);

const struct facts_sysctl *facts_sysctl(const struct facts *f, const char *key);
/* The n-th word of a value as a number, FACTS_UNKNOWN if there is none. */
int64_t facts_sysctl_number(const struct facts *f, const char *key, unsigned n);
HD_MUST_CHECK int facts_sysctl_add(struct facts *f, const char *key, const char *value);

/* The document of `hd-tune probe`. ERROR_NO_MEMORY, ERROR_TOO_BIG. */
HD_MUST_CHECK int facts_print(const struct facts *f, struct bytes *out);
/* ERROR_MALFORMED, ERROR_RANGE, ERROR_UNSUPPORTED (another schema version),
 * ERROR_NO_MEMORY; then `why` says where. Members it does not know are skipped. */
HD_MUST_CHECK int facts_parse(struct facts *f, const void *text, size_t len, char why[FACTS_TEXT_MAX]);

#endif
