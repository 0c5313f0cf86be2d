/* SPDX-License-Identifier: MIT
 * doc/hd-tune.8 against the program. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/tune/folder.h"
#include "tests/unit/tune/machines.h"
#include "tools/hd-tune/plan.h"
#include "tools/hd-tune/rule.h"
#include "tools/hd-tune/show.h"

Suite *test_manual_suite(void);

static char *page(void)
{
	const char *top = getenv("HD_SRCDIR");
	char *text = folder_get(top ? top : ".", "/doc/hd-tune.8");

	ck_assert_ptr_nonnull(text);
	return text;
}

START_TEST(manual_has_the_rule_table)
{
	struct bytes rules;
	char *text = page();

	bytes_init(&rules, 1 << 20);
	ck_assert_int_eq(rule_print_mdoc(&rules), 0);
	ck_assert_int_eq(bytes_append(&rules, "", 1), 0);
	ck_assert_msg(strstr(text, (char *)rules.data), "put what tools/hd-tune/ruledoc prints between its marks");
	bytes_release(&rules);
	free(text);
}
END_TEST

struct example {
	const char *file, *nic;
	int64_t speed_mbit, quota_millicpus;
};

/* Not all recorded machines may be distributed. */
static bool is_here(const char *file)
{
	char path[MACHINES_PATH_MAX + 256];

	snprintf(path, sizeof(path), "%s/%s", machines_folder(), file);
	return access(path, R_OK) == 0;
}

static void print_example(const struct example *e, bool yaml, struct bytes *out)
{
	json_t *machine = json_pack("{s:s}", "file", e->file);
	struct options o;
	struct facts f;
	struct plan *p;

	ck_assert_ptr_nonnull(machine);
	machines_facts(machine, &f);
	options_init(&o);
	o.nic = e->nic;
	o.nic_speed_mbit = e->speed_mbit;
	o.quota_millicpus = e->quota_millicpus;
	p = plan_make(&f, &o);
	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(yaml ? show_yaml(p, out) : show_text(p, &f, (struct show_style){ false }, out), 0);
	ck_assert_int_eq(bytes_append(out, "", 1), 0);
	plan_free(p);
	facts_release(&f);
	json_decref(machine);
}

START_TEST(manual_examples_are_what_the_program_says)
{
	static const struct example examples[] = {
		{ "synthetic/aws-graviton3-8c.xml", "ens5", 15000, -1 },
		{ "synthetic/amd-2x-epyc9654-nps4-smt.xml", "enp33s0f0np0", 25000, -1 },
		{ "synthetic/intel-hybrid-8p16e.xml", "enp5s0", 2500, -1 },
		{ "real/intel-2s28c-cod-nics.xml", "enp6s0", 25000, -1 },
		{ "synthetic/gcp-c4-highcpu-8-split.xml", "ens4", -1, 2500 },
	};
	unsigned checked = 0;
	char *text = page();

	for (size_t i = 0; i < HD_ARRAY_LEN(examples); i++) {
		struct bytes yaml;

		if (!is_here(examples[i].file))
			continue;
		bytes_init(&yaml, 65536);
		print_example(&examples[i], true, &yaml);
		ck_assert_msg(strstr(text, (char *)yaml.data), "%s: not in the page: %s", examples[i].file,
			      (char *)yaml.data);
		bytes_release(&yaml);
		checked++;
	}
	ck_assert_uint_ge(checked, 4);
	free(text);
}
END_TEST

START_TEST(manual_has_a_whole_plan_as_it_is_printed)
{
	static const struct example example = { "synthetic/gcp-c4-highcpu-8-split.xml", "ens4", -1, 2500 };
	struct bytes plan;
	char *text = page();

	bytes_init(&plan, 65536);
	print_example(&example, false, &plan);
	ck_assert_msg(strstr(text, (char *)plan.data), "not in the page: %s", (char *)plan.data);
	bytes_release(&plan);
	free(text);
}
END_TEST

Suite *test_manual_suite(void)
{
	Suite *s = suite_create("manual");
	TCase *t = tcase_create("manual");

	tcase_add_test(t, manual_has_the_rule_table);
	tcase_add_test(t, manual_has_a_whole_plan_as_it_is_printed);
	tcase_add_test(t, manual_examples_are_what_the_program_says);
	suite_add_tcase(s, t);
	return s;
}
