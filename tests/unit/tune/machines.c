/* SPDX-License-Identifier: MIT */
#include "tests/unit/tune/machines.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/hd-tune/gather.h"

static const char *source_folder(void)
{
	const char *top = getenv("HD_SRCDIR");

	return top ? top : ".";
}

const char *machines_own(const char *name)
{
	static char path[MACHINES_PATH_MAX];

	snprintf(path, sizeof(path), "%s/tests/unit/tune/topologies%s%s", source_folder(), name[0] ? "/" : "",
		 name);
	return path;
}

const char *machines_folder(void)
{
	static char path[MACHINES_PATH_MAX], expected[MACHINES_PATH_MAX + 32];
	const char *told = getenv("HD_TOPOLOGIES");

	if (told)
		return told;
	snprintf(path, sizeof(path), "%s/../shared/topologies", source_folder());
	snprintf(expected, sizeof(expected), "%s/expected.json", path);
	return access(expected, R_OK) == 0 ? path : machines_own("");
}

json_t *machines_cases(void)
{
	char path[MACHINES_PATH_MAX + 32];
	json_error_t at;
	json_t *cases;

	snprintf(path, sizeof(path), "%s/expected.json", machines_folder());
	cases = json_load_file(path, 0, &at);
	ck_assert_msg(cases, "%s:%d: %s", path, at.line, at.text);
	ck_assert(json_is_array(cases) && json_array_size(cases) > 0);
	return cases;
}

void machines_facts(const json_t *machine, struct facts *f)
{
	char path[MACHINES_PATH_MAX + 256], why[FACTS_TEXT_MAX];

	snprintf(path, sizeof(path), "%s/%s", machines_folder(),
		 json_string_value(json_object_get(machine, "file")));
	facts_init(f);
	ck_assert_msg(gather_topology(f, path, why) == 0, "%s", why);
}

static int64_t thousandths(const json_t *number)
{
	return (int64_t)(json_number_value(number) * 1000 + 0.5);
}

static bool cpus(const json_t *inputs, const char *name, struct cpuset *to)
{
	const char *text = json_string_value(json_object_get(inputs, name));

	ck_assert(!text || cpuset_parse(to, text, strlen(text)) == 0);
	return text != NULL;
}

void machines_options(const json_t *machine, struct options *o)
{
	const json_t *inputs = json_object_get(machine, "inputs");

	options_init(o);
	o->nic = json_string_value(json_object_get(inputs, "nic"));
	if (json_object_get(inputs, "speed"))
		o->nic_speed_mbit = thousandths(json_object_get(inputs, "speed"));
	if (json_object_get(inputs, "quota"))
		o->quota_millicpus = thousandths(json_object_get(inputs, "quota"));
	o->has_cpuset = cpus(inputs, "affinity", &o->cpuset);
	o->has_isolated = cpus(inputs, "isolated", &o->isolated);
	o->isolated_use = json_is_true(json_object_get(inputs, "use_isolated"));
}
