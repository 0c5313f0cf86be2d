/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"

#define LOWER_MAX 8 /* a VLAN on a bond on a port is three */

void facts_init(struct facts *f)
{
	*f = (struct facts){
		.whole = FACTS_UNKNOWN,
		.quota_millicpus = FACTS_UNKNOWN,
		.container = FACTS_UNKNOWN,
		.container_cpuset = FACTS_UNKNOWN,
		.memory_bytes = FACTS_UNKNOWN,
		.memory_limit_bytes = FACTS_UNKNOWN,
		.softnet_drops = FACTS_UNKNOWN,
		.irqbalance = FACTS_UNKNOWN,
		.tls_module = FACTS_MODULE_UNKNOWN,
		.ktls = FACTS_UNKNOWN,
		.io_uring = FACTS_UNKNOWN,
		.unit = {
			.found = FACTS_UNKNOWN,
			.quota_millicpus = FACTS_UNKNOWN,
			.memory_bytes = FACTS_UNKNOWN,
			.limit_nofile = FACTS_UNKNOWN,
			.limit_memlock = FACTS_UNKNOWN,
		},
	};
}

void facts_release(struct facts *f)
{
	free(f->pus);
	free(f->nics);
	free(f->sysctls);
	facts_init(f);
}

static int take_nic(struct facts *f, const struct topology_nic *from)
{
	struct facts_nic *nic;

	for (size_t i = 0; i < from->local_count; i++)
		if (from->local[i] >= CPUSET_CPUS)
			return ERROR_RANGE;
	nic = facts_nic_add(f, from->name);
	if (!nic)
		return ERROR_NO_MEMORY;
	for (size_t i = 0; i < from->local_count; i++)
		cpuset_add(&nic->local, from->local[i]);
	return 0;
}

int facts_take_topology(struct facts *f, const struct topology *t)
{
	int error = 0;

	for (size_t i = 0; i < t->pu_count; i++)
		if (t->pus[i].os_index >= CPUSET_CPUS)
			return ERROR_RANGE;
	free(f->pus);
	f->pu_count = 0;
	f->pus = calloc(t->pu_count, sizeof(*f->pus));
	if (!f->pus)
		return ERROR_NO_MEMORY;
	memcpy(f->pus, t->pus, t->pu_count * sizeof(*f->pus));
	f->pu_count = t->pu_count;
	f->whole = t->whole;
	memcpy(f->hwloc, t->library, sizeof(f->hwloc));
	for (size_t i = 0; i < t->nic_count && !error; i++)
		error = take_nic(f, &t->nics[i]);
	return error;
}

static const struct {
	enum facts_module state;
	const char *name;
} modules[] = {
	{ FACTS_MODULE_ABSENT, "absent" },   { FACTS_MODULE_LOADED, "loaded" },
	{ FACTS_MODULE_THERE, "there" },     { FACTS_MODULE_REFUSED, "refused" },
	{ FACTS_MODULE_LOCKED, "locked" },   { FACTS_MODULE_UNKNOWN, "" },
};

const char *facts_module_name(enum facts_module state)
{
	size_t i = 0;

	while (modules[i].state != state)
		i++;
	return modules[i].name;
}

bool facts_module_by_name(const char *name, enum facts_module *state)
{
	for (size_t i = 0; i < HD_ARRAY_LEN(modules); i++)
		if (strcmp(modules[i].name, name) == 0) {
			*state = modules[i].state;
			return true;
		}
	return false;
}

const struct facts_nic *facts_nic(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->nic_count; i++)
		if (strcmp(f->nics[i].name, name) == 0)
			return &f->nics[i];
	return NULL;
}

const struct facts_nic *facts_nic_below(const struct facts *f, const char *name)
{
	const struct facts_nic *nic = facts_nic(f, name);

	/* bounded: a document may make two stand on one another */
	for (int i = 0; i < LOWER_MAX && nic && nic->lower[0]; i++) {
		const struct facts_nic *lower = facts_nic(f, nic->lower);

		if (!lower)
			break;
		nic = lower;
	}
	return nic;
}

struct facts_nic *facts_nic_add(struct facts *f, const char *name)
{
	struct facts_nic *nic = (struct facts_nic *)facts_nic(f, name);
	struct facts_nic *more;

	if (nic)
		return nic;
	more = realloc(f->nics, (f->nic_count + 1) * sizeof(*more));
	if (!more)
		return NULL;
	f->nics = more;
	nic = &more[f->nic_count++];
	*nic = (struct facts_nic){
		.speed_mbit = FACTS_UNKNOWN,
		.rx_queues = FACTS_UNKNOWN,
		.tx_queues = FACTS_UNKNOWN,
		.rps = FACTS_UNKNOWN,
		.tls_tx = FACTS_UNKNOWN,
		.tls_rx = FACTS_UNKNOWN,
	};
	snprintf(nic->name, sizeof(nic->name), "%s", name);
	return nic;
}

const struct facts_sysctl *facts_sysctl(const struct facts *f, const char *key)
{
	for (size_t i = 0; i < f->sysctl_count; i++)
		if (strcmp(f->sysctls[i].key, key) == 0)
			return &f->sysctls[i];
	return NULL;
}

int64_t facts_sysctl_number(const struct facts *f, const char *key, unsigned n)
{
	const struct facts_sysctl *s = facts_sysctl(f, key);
	const char *at = s ? s->value : "";
	int64_t number = 0;
	size_t digits;

	at += strspn(at, " \t");
	for (; n > 0; n--) {
		at += strcspn(at, " \t");
		at += strspn(at, " \t");
	}
	digits = strspn(at, "0123456789");
	if (digits == 0 || (at[digits] && !strchr(" \t\n", at[digits])))
		return FACTS_UNKNOWN;
	for (size_t i = 0; i < digits; i++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, at[i] - '0', &number))
			return INT64_MAX;
	return number;
}

int facts_sysctl_add(struct facts *f, const char *key, const char *value)
{
	struct facts_sysctl *more = realloc(f->sysctls, (f->sysctl_count + 1) * sizeof(*more));
	struct facts_sysctl *s;

	if (!more)
		return ERROR_NO_MEMORY;
	f->sysctls = more;
	s = &more[f->sysctl_count++];
	*s = (struct facts_sysctl){ .own = "" };
	snprintf(s->key, sizeof(s->key), "%s", key);
	snprintf(s->value, sizeof(s->value), "%s", value);
	return 0;
}
