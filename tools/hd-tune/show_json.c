/* SPDX-License-Identifier: MIT
 * The plan as JSON. */
#include "tools/hd-tune/show.h"

#include "tools/hd-tune/document.h"
#include "util/error.h"

static int put_cpus(json_t *object, const char *name, const struct plan_cpus *cpus)
{
	json_t *array = json_array();
	int error = document_put(object, name, array);

	for (size_t i = 0; i < cpus->count && !error; i++)
		error = document_push(array, json_integer(cpus->at[i]));
	return error;
}

static int put_limits(json_t *object, const struct plan *p)
{
	json_t *array = json_array();
	int error = document_put(object, "limited_by", array);

	for (size_t i = 0; i < p->limits && !error; i++)
		error = document_push(array, json_string(p->limited_by[i]));
	return error;
}

static int put_file(json_t *row, const struct plan *p, enum plan_file_kind kind)
{
	const struct plan_file *file = &p->files[kind];
	int error = document_put_text(row, "name", plan_file_name(kind));

	if (!error)
		error = document_put_text(row, "path", plan_file_path(kind));
	if (!error)
		error = document_put_flag(row, "written", file->written);
	return error ? error : document_put(row, kind == PLAN_FILE_CONF ? "keys" : "text",
					    json_stringn((const char *)file->text.data, file->text.len));
}

static int put_files(json_t *object, const struct plan *p)
{
	json_t *array = json_array();
	int error = document_put(object, "files", array);

	for (unsigned i = 0; i < PLAN_FILES && !error; i++) {
		json_t *row;

		if (!p->files[i].wanted)
			continue;
		row = document_next(array);
		error = row ? put_file(row, p, i) : ERROR_NO_MEMORY;
	}
	return error;
}

static int put_sysctl(json_t *row, const struct plan *p, const struct plan_sysctl *s)
{
	int error = document_put_text(row, "key", s->key);

	if (!error)
		error = document_put_text(row, "value", s->value);
	if (!error)
		error = document_put_text(row, "current", s->current);
	return error ? error : document_put_text(row, "why", p->because[s->rule]);
}

static int put_sysctls(json_t *object, const struct plan *p)
{
	json_t *array = json_array();
	int error = document_put(object, "sysctls", array);

	for (size_t i = 0; i < p->sysctl_count && !error; i++) {
		json_t *row = document_next(array);

		error = row ? put_sysctl(row, p, &p->sysctls[i]) : ERROR_NO_MEMORY;
	}
	return error;
}

static int put_one_advice(json_t *row, const struct plan_advice *a)
{
	static const char *const levels[] = { "note", "warning", "fatal" };
	int error = document_put_text(row, "level", levels[a->level]);

	if (!error)
		error = document_put_text(row, "key", rule_at(a->rule)->knob);
	if (!error)
		error = document_put_text(row, "text", a->text);
	return error ? error : document_put_text(row, "command", a->command);
}

static int put_advice(json_t *object, const struct plan *p)
{
	json_t *array = json_array();
	int error = document_put(object, "advice", array);

	for (size_t i = 0; i < p->advice_count && !error; i++) {
		json_t *row = document_next(array);

		error = row ? put_one_advice(row, &p->advice[i]) : ERROR_NO_MEMORY;
	}
	return error;
}

static int fill(json_t *top, const struct plan *p)
{
	int error = document_put(top, "class_rule", json_string(p->class_rule));

	if (!error)
		error = document_put(top, "locality", json_string(p->locality_known ? "known" : "unknown"));
	if (!error)
		error = document_put(top, "domain", json_string(p->domain));
	if (!error)
		error = document_put(top, "perf_cores", json_integer(p->perf_cores));
	if (!error)
		error = put_cpus(top, "order", &p->order);
	if (!error)
		error = put_cpus(top, "reserved", &p->reserved);
	if (!error)
		error = document_put(top, "workers", json_integer(p->workers));
	if (!error)
		error = put_cpus(top, "pin_cores", &p->pins);
	if (!error)
		error = put_limits(top, p);
	if (!error)
		error = document_put(top, "sockbuf", json_integer(p->sockbuf));
	if (!error)
		error = document_put(top, "sqpoll", json_boolean(p->sqpoll));
	if (!error)
		error = put_files(top, p);
	if (!error)
		error = put_sysctls(top, p);
	return error ? error : put_advice(top, p);
}

int show_json(const struct plan *p, struct bytes *out)
{
	json_t *top = json_object();
	int error = top ? fill(top, p) : ERROR_NO_MEMORY;

	if (!error)
		error = document_print(top, 2, out);
	json_decref(top);
	return error;
}
