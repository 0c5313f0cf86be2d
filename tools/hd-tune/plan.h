/* SPDX-License-Identifier: MIT
 * facts and options -> plan. A pure function: the same inputs give the same
 * plan, byte for byte; nothing is looked up and nothing is written. */
#ifndef HD_TOOLS_TUNE_PLAN_H
#define HD_TOOLS_TUNE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/hd-tune/cpuset.h"
#include "tools/hd-tune/facts.h"
#include "tools/hd-tune/options.h"
#include "tools/hd-tune/rule.h"

#define PLAN_LABEL_MAX 48
#define PLAN_VALUE_MAX 80
#define PLAN_TEXT_MAX 320
#define PLAN_LIMITS_MAX 6
#define PLAN_SYSCTLS_MAX 12
#define PLAN_ADVICE_MAX 32
#define PLAN_BACKLOG 4096 /* of the relay's listening sockets */

#define PLAN_CONFIG_PATH "/etc/hyper-derp/hyper-derp.yaml"
#define PLAN_SYSCTL_PATH "/etc/sysctl.d/60-hyper-derp.conf"
#define PLAN_MODULES_PATH "/etc/modules-load.d/hyper-derp.conf"
#define PLAN_UNIT_PATH "/etc/systemd/system/hyper-derp.service.d/50-hd-tune.conf"

struct plan_cpus {
	unsigned at[CPUSET_CPUS];
	size_t count;
};

struct plan_sysctl {
	enum rule_id rule;
	const char *key;
	char value[PLAN_VALUE_MAX];
	char current[FACTS_TEXT_MAX];
};

enum plan_level { PLAN_NOTE, PLAN_WARNING, PLAN_FATAL };

struct plan_advice {
	enum rule_id rule;
	enum plan_level level;
	char text[PLAN_TEXT_MAX];
	char command[PLAN_TEXT_MAX]; /* that mends it, or "" */
};

enum plan_file_kind { PLAN_FILE_CONF, PLAN_FILE_SYSCTL, PLAN_FILE_MODULES, PLAN_FILE_UNIT, PLAN_FILES };

struct plan_file {
	bool wanted;
	bool written;           /* false: only told (in a container) */
	struct bytes text;      /* whole text; for the configuration the owned keys as YAML */
};

struct plan {
	char class_rule[PLAN_LABEL_MAX];
	bool locality_known;
	const char *domain; /* a word of plan_domain.c's */
	char nic[FACTS_NAME_MAX]; /* that carries the traffic, or "" */
	int64_t nic_speed_mbit;
	struct cpuset nic_local; /* usable CPUs near it; empty: not known */
	unsigned perf_cores;
	struct cpuset usable;
	struct plan_cpus order;
	struct plan_cpus reserved;
	struct plan_cpus pins; /* empty: none */
	struct plan_cpus left; /* slower cores that are left out, lowest CPU each */
	unsigned workers;
	char limited_by[PLAN_LIMITS_MAX][PLAN_LABEL_MAX];
	size_t limits;
	int64_t sockbuf;
	bool sqpoll;
	int64_t limit_nofile; /* 0: not written */
	bool module_tls;
	struct plan_sysctl sysctls[PLAN_SYSCTLS_MAX];
	size_t sysctl_count;
	struct plan_advice advice[PLAN_ADVICE_MAX];
	size_t advice_count;
	struct plan_file files[PLAN_FILES];
	char because[RULE_COUNT][PLAN_TEXT_MAX]; /* with the inputs' values; "" : nothing to say */
};

/* NULL: no memory. */
struct plan *plan_make(const struct facts *f, const struct options *o);
void plan_free(struct plan *p);

const char *plan_file_path(enum plan_file_kind kind);
/* "conf", "sysctl", "modules", "systemd". */
const char *plan_file_name(enum plan_file_kind kind);
/* Value of a row of the rule table as text; "" if the plan sets none. */
HD_MUST_CHECK int plan_value(const struct plan *p, enum rule_id id, struct bytes *out);

#endif
