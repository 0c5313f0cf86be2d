/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/facts_fields.h"

#define FIELD(of, name, kind, member, max) \
	{ name, FACTS_KIND_##kind, offsetof(struct of, member), sizeof(((struct of *)0)->member), max }
#define TEXT(of, member) FIELD(of, #member, TEXT, member, 0)
#define NUMBER(of, member) FIELD(of, #member, NUMBER, member, FACTS_NUMBER_MAX)
#define FLAG(of, member) FIELD(of, #member, FLAG, member, 1)
#define CPUS(of, member) FIELD(of, #member, CPUS, member, 0)
#define END { .kind = FACTS_KIND_END }

const struct facts_field facts_fields_top[] = {
	TEXT(facts, source),
	TEXT(facts, hwloc),
	TEXT(facts, architecture),
	TEXT(facts, kernel),
	END,
};

const struct facts_field facts_fields_cpus[] = {
	FLAG(facts, whole),
	CPUS(facts, isolated),
	CPUS(facts, nohz_full),
	CPUS(facts, group),
	END,
};

const struct facts_field facts_fields_network[] = {
	FIELD(facts, "default", INTERFACE, default_nic, 0),
	NUMBER(facts, softnet_drops),
	FLAG(facts, irqbalance),
	END,
};

const struct facts_field facts_fields_limits[] = {
	NUMBER(facts, quota_millicpus),
	FLAG(facts, container),
	FLAG(facts, container_cpuset),
	NUMBER(facts, memory_bytes),
	NUMBER(facts, memory_limit_bytes),
	END,
};

const struct facts_field facts_fields_probes[] = {
	FLAG(facts, ktls),
	TEXT(facts, ktls_ciphers),
	TEXT(facts, ktls_why),
	FLAG(facts, io_uring),
	TEXT(facts, io_uring_why),
	TEXT(facts, io_uring_group),
	TEXT(facts, openssl),
	END,
};

const struct facts_field facts_fields_nic[] = {
	FIELD(facts_nic, "name", INTERFACE, name, 0),
	FIELD(facts_nic, "local_cpus", CPUS, local, 0),
	FIELD(facts_nic, "lower", INTERFACE, lower, 0),
	TEXT(facts_nic, driver),
	FIELD(facts_nic, "speed_mbit", NUMBER, speed_mbit, INT32_MAX),
	FIELD(facts_nic, "rx_queues", NUMBER, rx_queues, INT32_MAX),
	FIELD(facts_nic, "tx_queues", NUMBER, tx_queues, INT32_MAX),
	FLAG(facts_nic, rps),
	FLAG(facts_nic, tls_tx),
	FLAG(facts_nic, tls_rx),
	END,
};

const struct facts_field facts_fields_unit[] = {
	FLAG(facts_unit, found),
	TEXT(facts_unit, user),
	TEXT(facts_unit, groups),
	TEXT(facts_unit, slice),
	CPUS(facts_unit, affinity),
	CPUS(facts_unit, allowed),
	NUMBER(facts_unit, quota_millicpus),
	NUMBER(facts_unit, memory_bytes),
	FIELD(facts_unit, "limit_nofile", NUMBER, limit_nofile, INT64_MAX),
	FIELD(facts_unit, "limit_memlock", NUMBER, limit_memlock, INT64_MAX),
	END,
};
