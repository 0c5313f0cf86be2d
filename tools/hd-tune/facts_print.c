/* SPDX-License-Identifier: MIT
 * Facts as a document. Host names and hardware addresses are not in it: none is
 * collected, and an interface that is named after its address gets another name. */
#include "tools/hd-tune/facts.h"

#include <stdio.h>
#include <string.h>

#include "tools/hd-tune/document.h"
#include "tools/hd-tune/facts_fields.h"
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

static int put_field(json_t *object, const struct facts *f, const struct facts_field *field, const void *from)
{
	const void *value = facts_field_in(field, from);
	char shown[FACTS_NAME_MAX];

	switch (field->kind) {
	case FACTS_KIND_TEXT:
		return document_put_text(object, field->name, value);
	case FACTS_KIND_INTERFACE:
		redact(f, value, shown);
		return document_put_text(object, field->name, shown);
	case FACTS_KIND_NUMBER:
		return document_put_number(object, field->name, *(const int64_t *)value);
	case FACTS_KIND_FLAG:
		return document_put_flag(object, field->name, *(const int64_t *)value);
	default:
		hd_assert(field->kind == FACTS_KIND_CPUS);
		return document_put_cpus(object, field->name, value);
	}
}

/* `from` is the structure that the rows are of, `f` or within it. */
static int put_fields(json_t *object, const struct facts *f, const struct facts_field *fields, const void *from)
{
	int error = 0;

	for (; fields->kind != FACTS_KIND_END && !error; fields++)
		error = put_field(object, f, fields, from);
	return error;
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

static int put_cpu_facts(json_t *top, const struct facts *f)
{
	json_t *cpus = json_object(), *list = json_array();
	int error = document_put(top, "cpus", cpus);

	if (!error)
		error = f->has_affinity ? document_put_cpus(cpus, "affinity", &f->affinity) :
					  document_put(cpus, "affinity", json_null());
	if (!error)
		error = put_fields(cpus, f, facts_fields_cpus, f);
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
		error = put_fields(network, f, facts_fields_network, f);
	for (size_t i = 0; i < f->nic_count && !error; i++) {
		json_t *nic = document_next(list);

		error = nic ? put_fields(nic, f, facts_fields_nic, &f->nics[i]) : ERROR_NO_MEMORY;
	}
	return error;
}

/* A new object of these rows. */
static int put_object(json_t *top, const char *name, const struct facts *f, const struct facts_field *fields,
		      const void *from)
{
	json_t *object = json_object();
	int error = document_put(top, name, object);

	return error ? error : put_fields(object, f, fields, from);
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
	return error ? error : put_fields(probes, f, facts_fields_probes, f);
}

static int fill(json_t *top, const struct facts *f)
{
	int error = document_put(top, "hd_tune_facts", json_integer(FACTS_SCHEMA));

	if (!error)
		error = put_fields(top, f, facts_fields_top, f);
	if (!error)
		error = put_cpu_facts(top, f);
	if (!error)
		error = put_network(top, f);
	if (!error)
		error = put_object(top, "limits", f, facts_fields_limits, f);
	if (!error)
		error = put_object(top, "unit", f, facts_fields_unit, &f->unit);
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
