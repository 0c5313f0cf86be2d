/* SPDX-License-Identifier: MIT
 * Facts as a document. Host names and hardware addresses are not in it: none is
 * collected, and an interface that is named after its address gets another name. */
#include "tools/hd-tune/facts.h"

#include <stdio.h>
#include <string.h>

#include "tools/hd-tune/document.h"
#include "util/error.h"

#define HARDWARE_NAME_LEN 15 /* "enx" and 12 hex digits */

/* enx001122334455 becomes enx-1, by its place in the list. */
static void redact(const struct facts *f, const char *name, char out[FACTS_NAME_MAX])
{
	const struct facts_nic *nic = facts_nic(f, name);
	bool hardware = strlen(name) == HARDWARE_NAME_LEN && name[2] == 'x' &&
			strspn(name + 3, "0123456789abcdef") == HARDWARE_NAME_LEN - 3;

	if (hardware)
		snprintf(out, FACTS_NAME_MAX, "%.3s-%zu", name, nic ? (size_t)(nic - f->nics) + 1 : 0);
	else
		snprintf(out, FACTS_NAME_MAX, "%s", name);
}

static int put_interface(json_t *object, const char *name, const struct facts *f, const char *interface)
{
	char shown[FACTS_NAME_MAX];

	redact(f, interface, shown);
	return document_put_text(object, name, shown);
}

static int fill_pu(json_t *to, const struct topology_pu *pu)
{
	int error = document_put(to, "cpu", json_integer(pu->os_index));

	if (!error)
		error = document_put(to, "core", json_integer(pu->core));
	if (!error)
		error = document_put(to, "core_threads", json_integer(pu->core_threads));
	if (!error)
		error = document_put_number(to, "package", pu->package);
	if (!error)
		error = document_put_number(to, "node", pu->node);
	if (!error)
		error = document_put_number(to, "l3", pu->l3);
	if (!error && pu->type[0])
		error = document_put_text(to, "type", pu->type);
	if (!error && pu->capacity >= 0)
		error = document_put_number(to, "capacity", pu->capacity);
	if (!error && pu->frequency_max_mhz >= 0)
		error = document_put_number(to, "frequency_max_mhz", pu->frequency_max_mhz);
	return error;
}

static int fill_nic(json_t *to, const struct facts *f, const struct facts_nic *nic)
{
	int error = put_interface(to, "name", f, nic->name);

	if (!error)
		error = document_put_cpus(to, "local_cpus", &nic->local);
	if (!error)
		error = put_interface(to, "lower", f, nic->lower);
	if (!error)
		error = document_put_text(to, "driver", nic->driver);
	if (!error)
		error = document_put_number(to, "speed_mbit", nic->speed_mbit);
	if (!error)
		error = document_put_number(to, "rx_queues", nic->rx_queues);
	if (!error)
		error = document_put_number(to, "tx_queues", nic->tx_queues);
	if (!error)
		error = document_put_flag(to, "rps", nic->rps);
	if (!error)
		error = document_put_flag(to, "tls_tx", nic->tls_tx);
	return error ? error : document_put_flag(to, "tls_rx", nic->tls_rx);
}

static int put_cpu_facts(json_t *top, const struct facts *f)
{
	json_t *cpus = json_object(), *list = json_array();
	int error = document_put(top, "cpus", cpus);

	if (!error)
		error = document_put_flag(cpus, "whole", f->whole);
	if (!error)
		error = f->has_affinity ? document_put_cpus(cpus, "affinity", &f->affinity) :
					  document_put(cpus, "affinity", json_null());
	if (!error)
		error = document_put_cpus(cpus, "isolated", &f->isolated);
	if (!error)
		error = document_put_cpus(cpus, "nohz_full", &f->nohz_full);
	if (!error)
		error = document_put_cpus(cpus, "group", &f->group);
	error = error ? (json_decref(list), error) : document_put(cpus, "list", list);
	for (size_t i = 0; i < f->pu_count && !error; i++) {
		json_t *pu = document_next(list);

		error = pu ? fill_pu(pu, &f->pus[i]) : ERROR_NO_MEMORY;
	}
	return error;
}

static int put_network(json_t *top, const struct facts *f)
{
	json_t *network = json_object(), *list = json_array();
	int error = document_put(top, "network", network);

	error = error ? (json_decref(list), error) : document_put(network, "interfaces", list);
	if (!error)
		error = put_interface(network, "default", f, f->default_nic);
	if (!error)
		error = document_put_number(network, "softnet_drops", f->softnet_drops);
	if (!error)
		error = document_put_flag(network, "irqbalance", f->irqbalance);
	for (size_t i = 0; i < f->nic_count && !error; i++) {
		json_t *nic = document_next(list);

		error = nic ? fill_nic(nic, f, &f->nics[i]) : ERROR_NO_MEMORY;
	}
	return error;
}

static int put_limits(json_t *top, const struct facts *f)
{
	json_t *limits = json_object();
	int error = document_put(top, "limits", limits);

	if (!error)
		error = document_put_number(limits, "quota_millicpus", f->quota_millicpus);
	if (!error)
		error = document_put_flag(limits, "container", f->container);
	if (!error)
		error = document_put_flag(limits, "container_cpuset", f->container_cpuset);
	if (!error)
		error = document_put_number(limits, "memory_bytes", f->memory_bytes);
	return error ? error : document_put_number(limits, "memory_limit_bytes", f->memory_limit_bytes);
}

static int put_unit(json_t *top, const struct facts_unit *u)
{
	json_t *unit = json_object();
	int error = document_put(top, "unit", unit);

	if (!error)
		error = document_put_flag(unit, "found", u->found);
	if (!error)
		error = document_put_text(unit, "user", u->user);
	if (!error)
		error = document_put_text(unit, "groups", u->groups);
	if (!error)
		error = document_put_text(unit, "slice", u->slice);
	if (!error)
		error = document_put_cpus(unit, "affinity", &u->affinity);
	if (!error)
		error = document_put_cpus(unit, "allowed", &u->allowed);
	if (!error)
		error = document_put_number(unit, "quota_millicpus", u->quota_millicpus);
	if (!error)
		error = document_put_number(unit, "memory_bytes", u->memory_bytes);
	if (!error)
		error = document_put_number(unit, "limit_nofile", u->limit_nofile);
	return error ? error : document_put_number(unit, "limit_memlock", u->limit_memlock);
}

static int put_sysctls(json_t *top, const struct facts *f)
{
	json_t *sysctls = json_object();
	int error = document_put(top, "sysctls", sysctls);

	for (size_t i = 0; i < f->sysctl_count && !error; i++) {
		json_t *value = json_object();

		error = document_put(sysctls, f->sysctls[i].key, value);
		if (!error)
			error = document_put_text(value, "value", f->sysctls[i].value);
		if (!error && f->sysctls[i].own[0])
			error = document_put_text(value, "own", f->sysctls[i].own);
	}
	return error;
}

static int put_probes(json_t *top, const struct facts *f)
{
	json_t *probes = json_object();
	int error = document_put(top, "probes", probes);

	if (!error)
		error = document_put_text(probes, "tls_module", facts_module_name(f->tls_module));
	if (!error)
		error = document_put_flag(probes, "ktls", f->ktls);
	if (!error)
		error = document_put_text(probes, "ktls_ciphers", f->ktls_ciphers);
	if (!error)
		error = document_put_text(probes, "ktls_why", f->ktls_why);
	if (!error)
		error = document_put_flag(probes, "io_uring", f->io_uring);
	if (!error)
		error = document_put_text(probes, "io_uring_why", f->io_uring_why);
	if (!error)
		error = document_put_text(probes, "io_uring_group", f->io_uring_group);
	return error ? error : document_put_text(probes, "openssl", f->openssl);
}

static int fill(json_t *top, const struct facts *f)
{
	int error = document_put(top, "hd_tune_facts", json_integer(FACTS_SCHEMA));

	if (!error)
		error = document_put_text(top, "source", f->source);
	if (!error)
		error = document_put_text(top, "hwloc", f->hwloc);
	if (!error)
		error = document_put_text(top, "architecture", f->architecture);
	if (!error)
		error = document_put_text(top, "kernel", f->kernel);
	if (!error)
		error = put_cpu_facts(top, f);
	if (!error)
		error = put_network(top, f);
	if (!error)
		error = put_limits(top, f);
	if (!error)
		error = put_unit(top, &f->unit);
	if (!error)
		error = put_sysctls(top, f);
	return error ? error : put_probes(top, f);
}

int facts_print(const struct facts *f, struct bytes *out)
{
	json_t *top = json_object();
	int error = top ? fill(top, f) : ERROR_NO_MEMORY;

	if (!error)
		error = document_print(top, 1, out);
	json_decref(top);
	return error;
}
