/* SPDX-License-Identifier: MIT
 * Facts from a document: by hand or by another machine, so nothing in it is
 * trusted. */
#include "tools/hd-tune/facts.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/hd-tune/facts_fields.h"
#include "util/error.h"

#define ID_MAX (1 << 20) /* of cores, packages, nodes, caches */
#define NICS_MAX 4096
#define SYSCTLS_MAX 4096

struct reader { /* the first error sticks */
	int error;
	char *why;
};

static void fail(struct reader *r, int error, const char *name, const char *text)
{
	if (r->error)
		return;
	r->error = error;
	snprintf(r->why, FACTS_TEXT_MAX, "%s: %s", name, text);
}

static const json_t *object_at(struct reader *r, const json_t *from, const char *name)
{
	const json_t *value = json_object_get(from, name);

	if (value && !json_is_object(value))
		fail(r, ERROR_MALFORMED, name, "must be an object");
	return value;
}

static int64_t number_at(struct reader *r, const json_t *from, const char *name, int64_t max)
{
	const json_t *value = json_object_get(from, name);

	if (!value || json_is_null(value))
		return FACTS_UNKNOWN;
	if (!json_is_integer(value))
		fail(r, ERROR_MALFORMED, name, "must be a whole number or null");
	else if (json_integer_value(value) < 0 || json_integer_value(value) > max)
		fail(r, ERROR_RANGE, name, "out of range");
	else
		return json_integer_value(value);
	return FACTS_UNKNOWN;
}

static int64_t flag_at(struct reader *r, const json_t *from, const char *name)
{
	const json_t *value = json_object_get(from, name);

	if (!value || json_is_null(value))
		return FACTS_UNKNOWN;
	if (!json_is_boolean(value))
		fail(r, ERROR_MALFORMED, name, "must be true, false or null");
	return json_is_true(value);
}

static void text_at(struct reader *r, const json_t *from, const char *name, char *out, size_t cap)
{
	const json_t *value = json_object_get(from, name);
	const char *text = json_string_value(value);

	out[0] = '\0';
	if (!value || json_is_null(value))
		return;
	if (!text || strlen(text) != json_string_length(value))
		fail(r, ERROR_MALFORMED, name, "must be a text");
	else if (snprintf(out, cap, "%s", text) >= (int)cap)
		fail(r, ERROR_RANGE, name, "too long");
	for (char *c = out; *c; c++)
		if ((unsigned char)*c < ' ' && *c != '\t')
			fail(r, ERROR_MALFORMED, name, "has a control character");
}

static bool cpus_at(struct reader *r, const json_t *from, const char *name, struct cpuset *out)
{
	const json_t *value = json_object_get(from, name);
	int error;

	cpuset_clear(out);
	if (!value || json_is_null(value))
		return false;
	if (!json_is_string(value)) {
		fail(r, ERROR_MALFORMED, name, "must be a list of CPUs as a text");
		return false;
	}
	error = cpuset_parse(out, json_string_value(value), json_string_length(value));
	if (error)
		fail(r, error, name, "is not a list of CPUs");
	return true;
}

/* `to` is the structure that the rows are of. */
static void read_fields(struct reader *r, const json_t *from, const struct facts_field *fields, void *to)
{
	for (; fields->kind != FACTS_KIND_END; fields++) {
		void *value = facts_field_to(fields, to);

		switch (fields->kind) {
		case FACTS_KIND_TEXT:
		case FACTS_KIND_INTERFACE:
			text_at(r, from, fields->name, value, fields->size);
			break;
		case FACTS_KIND_NUMBER:
			*(int64_t *)value = number_at(r, from, fields->name, fields->max);
			break;
		case FACTS_KIND_FLAG:
			*(int64_t *)value = flag_at(r, from, fields->name);
			break;
		default:
			hd_assert(fields->kind == FACTS_KIND_CPUS);
			cpus_at(r, from, fields->name, value);
		}
	}
}

static void read_pu(struct reader *r, const json_t *from, struct topology_pu *pu)
{
	int64_t cpu = number_at(r, from, "cpu", CPUSET_CPUS - 1);
	int64_t core = number_at(r, from, "core", ID_MAX);
	int64_t threads = number_at(r, from, "core_threads", CPUSET_CPUS);

	if (cpu < 0 || core < 0)
		fail(r, ERROR_MALFORMED, "cpus.list", "each needs cpu and core");
	*pu = (struct topology_pu){
		.os_index = (unsigned)cpu,
		.core = (int)core,
		.core_threads = threads > 0 ? (unsigned)threads : 1,
		.package = (int)number_at(r, from, "package", ID_MAX),
		.node = (int)number_at(r, from, "node", ID_MAX),
		.l3 = (int)number_at(r, from, "l3", ID_MAX),
		.capacity = number_at(r, from, "capacity", FACTS_NUMBER_MAX),
		.frequency_max_mhz = number_at(r, from, "frequency_max_mhz", FACTS_NUMBER_MAX),
	};
	text_at(r, from, "type", pu->type, sizeof(pu->type));
}

static int compare_pus(const void *a, const void *b)
{
	const struct topology_pu *x = a, *y = b;

	return (x->os_index > y->os_index) - (x->os_index < y->os_index);
}

static void read_pus(struct reader *r, const json_t *list, struct facts *f)
{
	size_t count = json_array_size(list);

	if (!json_is_array(list) || count == 0 || count > CPUSET_CPUS) {
		fail(r, ERROR_RANGE, "cpus.list", "must have 1..8192 CPUs");
		return;
	}
	f->pus = calloc(count, sizeof(*f->pus));
	if (!f->pus) {
		fail(r, ERROR_NO_MEMORY, "cpus.list", "out of memory");
		return;
	}
	for (; f->pu_count < count && !r->error; f->pu_count++)
		read_pu(r, json_array_get(list, f->pu_count), &f->pus[f->pu_count]);
	qsort(f->pus, f->pu_count, sizeof(*f->pus), compare_pus);
	for (size_t i = 1; i < f->pu_count; i++)
		if (f->pus[i].os_index == f->pus[i - 1].os_index)
			fail(r, ERROR_MALFORMED, "cpus.list", "has a CPU twice");
}

static void read_cpus(struct reader *r, const json_t *from, struct facts *f)
{
	f->has_affinity = cpus_at(r, from, "affinity", &f->affinity);
	read_fields(r, from, facts_fields_cpus, f);
	read_pus(r, json_object_get(from, "list"), f);
}

static void read_nic(struct reader *r, const json_t *from, struct facts *f)
{
	char name[FACTS_NAME_MAX];
	struct facts_nic *nic;

	text_at(r, from, "name", name, sizeof(name));
	if (!name[0] || facts_nic(f, name)) {
		fail(r, ERROR_MALFORMED, "network.interfaces", "each needs a name of its own");
		return;
	}
	nic = facts_nic_add(f, name);
	if (!nic) {
		fail(r, ERROR_NO_MEMORY, "network.interfaces", "out of memory");
		return;
	}
	read_fields(r, from, facts_fields_nic, nic);
}

static void read_network(struct reader *r, const json_t *from, struct facts *f)
{
	const json_t *list = json_object_get(from, "interfaces");

	if ((list && !json_is_array(list)) || json_array_size(list) > NICS_MAX)
		fail(r, ERROR_MALFORMED, "network.interfaces", "must be a list of at most 4096");
	for (size_t i = 0; i < json_array_size(list) && !r->error; i++)
		read_nic(r, json_array_get(list, i), f);
	read_fields(r, from, facts_fields_network, f);
}

static void read_sysctls(struct reader *r, const json_t *from, struct facts *f)
{
	if (json_object_size(from) > SYSCTLS_MAX)
		fail(r, ERROR_RANGE, "sysctls", "too many");
	for (void *at = json_object_iter((json_t *)from); at && !r->error;
	     at = json_object_iter_next((json_t *)from, at)) {
		const char *key = json_object_iter_key(at);
		char value[FACTS_TEXT_MAX], own[FACTS_TEXT_MAX];

		text_at(r, json_object_iter_value(at), "value", value, sizeof(value));
		text_at(r, json_object_iter_value(at), "own", own, sizeof(own));
		if (strlen(key) >= FACTS_NAME_MAX)
			fail(r, ERROR_RANGE, "sysctls", "a key is too long");
		else if (facts_sysctl_add(f, key, value))
			fail(r, ERROR_NO_MEMORY, "sysctls", "out of memory");
		else
			memcpy(f->sysctls[f->sysctl_count - 1].own, own, sizeof(own));
	}
}

static void read_module(struct reader *r, const json_t *from, struct facts *f)
{
	char name[FACTS_NAME_MAX];

	text_at(r, from, "tls_module", name, sizeof(name));
	if (!facts_module_by_name(name, &f->tls_module))
		fail(r, ERROR_MALFORMED, "tls_module", "must be absent, loaded, there, refused or locked");
}

static void read_probes(struct reader *r, const json_t *from, struct facts *f)
{
	read_module(r, from, f);
	read_fields(r, from, facts_fields_probes, f);
}

static void read_top(struct reader *r, const json_t *top, struct facts *f)
{
	int64_t schema = number_at(r, top, "hd_tune_facts", INT64_MAX);

	if (schema < 0)
		fail(r, ERROR_MALFORMED, "hd_tune_facts", "is missing: this is no document of `hd-tune probe`");
	if (schema != FACTS_SCHEMA)
		fail(r, ERROR_UNSUPPORTED, "hd_tune_facts", "a version that this program does not know");
	read_fields(r, top, facts_fields_top, f);
	read_cpus(r, object_at(r, top, "cpus"), f);
	read_network(r, object_at(r, top, "network"), f);
	read_fields(r, object_at(r, top, "limits"), facts_fields_limits, f);
	read_fields(r, object_at(r, top, "unit"), facts_fields_unit, &f->unit);
	read_sysctls(r, object_at(r, top, "sysctls"), f);
	read_probes(r, object_at(r, top, "probes"), f);
}

int facts_parse(struct facts *f, const void *text, size_t len, char why[FACTS_TEXT_MAX])
{
	struct reader r = { 0, why };
	json_error_t at;
	json_t *top = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);
	struct facts read;

	facts_init(&read);
	if (!top)
		snprintf(why, FACTS_TEXT_MAX, "line %d: %s", at.line, at.text);
	if (!top || !json_is_object(top)) {
		if (top)
			fail(&r, ERROR_MALFORMED, "document", "must be an object");
		json_decref(top);
		return ERROR_MALFORMED;
	}
	read_top(&r, top, &read);
	json_decref(top);
	if (r.error) {
		facts_release(&read);
		return r.error;
	}
	facts_release(f);
	*f = read;
	return 0;
}
