/* SPDX-License-Identifier: MIT
 * The plan as JSON. jansson remembers a failed allocation as a NULL member,
 * which every later call takes and passes on. */
#include "tools/hd-tune/show.h"

#include <jansson.h>
#include <stdlib.h>

#include "util/error.h"

static int put(json_t *object, const char *name, json_t *value)
{
	return value && json_object_set_new(object, name, value) == 0 ? 0 : ERROR_NO_MEMORY;
}

static int push(json_t *array, json_t *value)
{
	return value && json_array_append_new(array, value) == 0 ? 0 : ERROR_NO_MEMORY;
}

static int put_cpus(json_t *object, const char *name, const struct plan_cpus *cpus)
{
	json_t *array = json_array();
	int error = put(object, name, array);

	for (size_t i = 0; i < cpus->count && !error; i++)
		error = push(array, json_integer(cpus->at[i]));
	return error;
}

static int put_limits(json_t *object, const struct plan *p)
{
	json_t *array = json_array();
	int error = put(object, "limited_by", array);

	for (size_t i = 0; i < p->limits && !error; i++)
		error = push(array, json_string(p->limited_by[i]));
	return error;
}

static int put_files(json_t *object, const struct plan *p)
{
	json_t *array = json_array();
	int error = put(object, "files", array);

	for (unsigned i = 0; i < PLAN_FILES && !error; i++) {
		const struct plan_file *file = &p->files[i];

		if (file->wanted)
			error = push(array, json_pack("{s:s, s:s, s:b, s:s%}", "name", plan_file_name(i), "path",
						      plan_file_path(i), "written", file->written,
						      i == PLAN_FILE_CONF ? "keys" : "text", file->text.data,
						      file->text.len));
	}
	return error;
}

static int put_sysctls(json_t *object, const struct plan *p)
{
	json_t *array = json_array();
	int error = put(object, "sysctls", array);

	for (size_t i = 0; i < p->sysctl_count && !error; i++) {
		const struct plan_sysctl *s = &p->sysctls[i];

		error = push(array, json_pack("{s:s, s:s, s:s, s:s}", "key", s->key, "value", s->value, "current",
					      s->current, "why", p->because[s->rule]));
	}
	return error;
}

static int put_advice(json_t *object, const struct plan *p)
{
	static const char *const levels[] = { "note", "warning", "fatal" };
	json_t *array = json_array();
	int error = put(object, "advice", array);

	for (size_t i = 0; i < p->advice_count && !error; i++) {
		const struct plan_advice *a = &p->advice[i];

		error = push(array, json_pack("{s:s, s:s, s:s, s:s}", "level", levels[a->level], "key",
					      rule_at(a->rule)->knob, "text", a->text, "command", a->command));
	}
	return error;
}

static int fill(json_t *top, const struct plan *p)
{
	int error = put(top, "class_rule", json_string(p->class_rule));

	if (!error)
		error = put(top, "locality", json_string(p->locality_known ? "known" : "unknown"));
	if (!error)
		error = put(top, "domain", json_string(p->domain));
	if (!error)
		error = put(top, "perf_cores", json_integer(p->perf_cores));
	if (!error)
		error = put_cpus(top, "order", &p->order);
	if (!error)
		error = put_cpus(top, "reserved", &p->reserved);
	if (!error)
		error = put(top, "workers", json_integer(p->workers));
	if (!error)
		error = put_cpus(top, "pin_cores", &p->pins);
	if (!error)
		error = put_limits(top, p);
	if (!error)
		error = put(top, "sockbuf", json_integer(p->sockbuf));
	if (!error)
		error = put(top, "sqpoll", json_boolean(p->sqpoll));
	if (!error)
		error = put_files(top, p);
	if (!error)
		error = put_sysctls(top, p);
	return error ? error : put_advice(top, p);
}

int show_json(const struct plan *p, struct bytes *out)
{
	json_t *top = json_object();
	char *text = NULL;
	int error = top ? fill(top, p) : ERROR_NO_MEMORY;

	if (!error) {
		text = json_dumps(top, JSON_INDENT(2));
		error = text ? bytes_append_text(out, text) : ERROR_NO_MEMORY;
	}
	if (!error)
		error = bytes_append_text(out, "\n");
	free(text);
	json_decref(top);
	return error;
}
