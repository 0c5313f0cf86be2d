/* SPDX-License-Identifier: MIT
 * doc/hd-tune.8 against the program. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Those whose recorded machines may be distributed; --yaml less its last two lines. */
START_TEST(manual_examples_are_what_the_program_says)
{
	static const struct {
		const char *file, *nic;
		int64_t speed_mbit, quota_millicpus;
	} examples[] = {
		{ "synthetic/aws-graviton3-8c.xml", "ens5", 15000, -1 },
		{ "synthetic/amd-2x-epyc9654-nps4-smt.xml", "enp33s0f0np0", 25000, -1 },
		{ "synthetic/intel-hybrid-8p16e.xml", "enp5s0", 2500, -1 },
		{ "synthetic/gcp-c4-highcpu-8-split.xml", "ens4", -1, 2500 },
	};
	char *text = page();

	for (size_t i = 0; i < HD_ARRAY_LEN(examples); i++) {
		json_t *machine = json_pack("{s:s}", "file", examples[i].file);
		struct bytes yaml;
		struct options o;
		struct facts f;
		struct plan *p;

		ck_assert_ptr_nonnull(machine);
		machines_facts(machine, &f);
		options_init(&o);
		o.nic = examples[i].nic;
		o.nic_speed_mbit = examples[i].speed_mbit;
		o.quota_millicpus = examples[i].quota_millicpus;
		p = plan_make(&f, &o);
		ck_assert_ptr_nonnull(p);
		bytes_init(&yaml, 65536);
		ck_assert_int_eq(show_yaml(p, &yaml), 0);
		ck_assert_int_eq(bytes_append(&yaml, "", 1), 0);
		*strstr((char *)yaml.data, "sockbuf: 0\n") = '\0';
		ck_assert_msg(strstr(text, (char *)yaml.data), "%s: not in the page: %s", examples[i].file,
			      (char *)yaml.data);
		bytes_release(&yaml);
		plan_free(p);
		facts_release(&f);
		json_decref(machine);
	}
	free(text);
}
END_TEST

Suite *test_manual_suite(void)
{
	Suite *s = suite_create("manual");
	TCase *t = tcase_create("manual");

	tcase_add_test(t, manual_has_the_rule_table);
	tcase_add_test(t, manual_examples_are_what_the_program_says);
	suite_add_tcase(s, t);
	return s;
}
