/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tune/machines.h"
#include "tools/hd-tune/facts_fields.h"
#include "tools/hd-tune/plan.h"
#include "tools/hd-tune/show.h"
#include "util/error.h"

Suite *test_facts_suite(void);

static int parse(struct facts *f, const char *text, char why[FACTS_TEXT_MAX])
{
	return facts_parse(f, text, strlen(text), why);
}

static void print_plan(const struct facts *f, const json_t *machine, struct bytes *out)
{
	struct options o;
	struct plan *p;

	machines_options(machine, &o);
	p = plan_make(f, &o);
	ck_assert_ptr_nonnull(p);
	bytes_init(out, 1 << 24);
	ck_assert_int_eq(show_json(p, out), 0);
	plan_free(p);
}

START_TEST(facts_document_gives_the_same_document_and_plan)
{
	json_t *cases = machines_cases();

	for (size_t i = 0; i < json_array_size(cases); i++) {
		const json_t *machine = json_array_get(cases, i);
		struct bytes first, second, plan, again;
		char why[FACTS_TEXT_MAX];
		struct facts f, read;

		machines_facts(machine, &f);
		facts_init(&read);
		bytes_init(&first, FACTS_DOCUMENT_MAX);
		bytes_init(&second, FACTS_DOCUMENT_MAX);
		ck_assert_int_eq(facts_print(&f, &first), 0);
		ck_assert_msg(facts_parse(&read, first.data, first.len, why) == 0, "%s", why);
		ck_assert_int_eq(facts_print(&read, &second), 0);
		ck_assert_uint_eq(first.len, second.len);
		ck_assert_mem_eq(first.data, second.data, first.len);
		print_plan(&f, machine, &plan);
		print_plan(&read, machine, &again);
		ck_assert_uint_eq(plan.len, again.len);
		ck_assert_mem_eq(plan.data, again.data, plan.len);
		bytes_release(&plan);
		bytes_release(&again);
		bytes_release(&first);
		bytes_release(&second);
		facts_release(&f);
		facts_release(&read);
	}
	json_decref(cases);
}
END_TEST

static const struct fields {
	const struct facts_field *rows;
	bool of_unit, of_nic;
} all_fields[] = {
	{ facts_fields_top, false, false },	{ facts_fields_cpus, false, false },
	{ facts_fields_network, false, false }, { facts_fields_limits, false, false },
	{ facts_fields_probes, false, false },	{ facts_fields_unit, true, false },
	{ facts_fields_nic, false, true },
};

static void *fields_of(const struct fields *fields, struct facts *f)
{
	if (fields->of_nic)
		return &f->nics[0];
	return fields->of_unit ? (void *)&f->unit : f;
}

/* Something that no two fields have. */
static void set_field(const struct facts_field *field, void *of, int n)
{
	void *at = facts_field_to(field, of);

	switch (field->kind) {
	case FACTS_KIND_TEXT:
	case FACTS_KIND_INTERFACE:
		snprintf(at, field->size, "text%d", n);
		break;
	case FACTS_KIND_CPUS:
		ck_assert_uint_eq(field->size, sizeof(struct cpuset));
		cpuset_clear(at);
		cpuset_add(at, (unsigned)n);
		break;
	default:
		ck_assert_uint_eq(field->size, sizeof(int64_t));
		*(int64_t *)at = field->kind == FACTS_KIND_FLAG ? n % 2 : n;
	}
}

static bool same_field(const struct facts_field *field, const void *a, const void *b)
{
	const void *x = facts_field_in(field, a), *y = facts_field_in(field, b);

	if (field->kind == FACTS_KIND_TEXT || field->kind == FACTS_KIND_INTERFACE)
		return strcmp(x, y) == 0;
	return memcmp(x, y, field->size) == 0;
}

START_TEST(facts_document_holds_every_field)
{
	char why[FACTS_TEXT_MAX] = "";
	struct facts f, read;
	struct bytes out;
	int n = 0;

	facts_init(&f);
	facts_init(&read);
	bytes_init(&out, FACTS_DOCUMENT_MAX);
	f.pus = calloc(1, sizeof(*f.pus));
	ck_assert_ptr_nonnull(f.pus);
	f.pu_count = 1;
	ck_assert_ptr_nonnull(facts_nic_add(&f, "any"));
	for (size_t i = 0; i < HD_ARRAY_LEN(all_fields); i++)
		for (const struct facts_field *row = all_fields[i].rows; row->kind != FACTS_KIND_END; row++)
			set_field(row, fields_of(&all_fields[i], &f), ++n);
	ck_assert_int_eq(facts_print(&f, &out), 0);
	ck_assert_msg(facts_parse(&read, out.data, out.len, why) == 0, "%s", why);
	for (size_t i = 0; i < HD_ARRAY_LEN(all_fields); i++)
		for (const struct facts_field *row = all_fields[i].rows; row->kind != FACTS_KIND_END; row++)
			ck_assert_msg(same_field(row, fields_of(&all_fields[i], &f),
						 fields_of(&all_fields[i], &read)),
				      "%s", row->name);
	bytes_release(&out);
	facts_release(&f);
	facts_release(&read);
}
END_TEST

START_TEST(facts_parse_skips_what_it_does_not_know)
{
	char why[FACTS_TEXT_MAX] = "";
	struct facts f;

	facts_init(&f);
	ck_assert_msg(parse(&f, "{\"hd_tune_facts\":1,\"new\":[1],\"cpus\":{\"list\":"
			    "[{\"cpu\":0,\"core\":0,\"x\":1}]}}",
			    why) == 0, "%s", why);
	ck_assert_uint_eq(f.pu_count, 1);
	ck_assert_int_eq(f.pus[0].node, FACTS_UNKNOWN);
	ck_assert_int_eq(f.quota_millicpus, FACTS_UNKNOWN);
	facts_release(&f);
}
END_TEST

#define ONE "\"cpus\":{\"list\":[{\"cpu\":0,\"core\":0}]}"

START_TEST(facts_parse_refuses_with_a_reason)
{
	static const struct {
		const char *text;
		int error;
		const char *why;
	} rows[] = {
		{ "", ERROR_MALFORMED, "line" },
		{ "[]", ERROR_MALFORMED, "document" },
		{ "{}", ERROR_MALFORMED, "hd_tune_facts" },
		{ "{\"hd_tune_facts\":2," ONE "}", ERROR_UNSUPPORTED, "version" },
		{ "{\"hd_tune_facts\":1}", ERROR_RANGE, "cpus.list" },
		{ "{\"hd_tune_facts\":1,\"cpus\":{\"list\":[]}}", ERROR_RANGE, "cpus.list" },
		{ "{\"hd_tune_facts\":1,\"cpus\":7}", ERROR_MALFORMED, "cpus" },
		{ "{\"hd_tune_facts\":1,\"cpus\":{\"list\":[{\"cpu\":0}]}}", ERROR_MALFORMED, "core" },
		{ "{\"hd_tune_facts\":1,\"cpus\":{\"list\":[{\"cpu\":8192,\"core\":0}]}}", ERROR_RANGE, "cpu" },
		{ "{\"hd_tune_facts\":1,\"cpus\":{\"list\":[{\"cpu\":0,\"core\":0},{\"cpu\":0,\"core\":1}]}}",
		  ERROR_MALFORMED, "twice" },
		{ "{\"hd_tune_facts\":1," ONE ",\"limits\":{\"memory_bytes\":-1}}", ERROR_RANGE, "memory_bytes" },
		{ "{\"hd_tune_facts\":1," ONE ",\"limits\":{\"container\":1}}", ERROR_MALFORMED, "container" },
		{ "{\"hd_tune_facts\":1," ONE ",\"unit\":{\"affinity\":\"a\"}}", ERROR_MALFORMED, "affinity" },
		{ "{\"hd_tune_facts\":1," ONE ",\"unit\":{\"user\":\"a\\nb\"}}", ERROR_MALFORMED, "control" },
		{ "{\"hd_tune_facts\":1," ONE ",\"network\":{\"interfaces\":[{}]}}", ERROR_MALFORMED, "name" },
		{ "{\"hd_tune_facts\":1," ONE "," ONE "}", ERROR_MALFORMED, "line" },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(rows); i++) {
		char why[FACTS_TEXT_MAX] = "";
		struct facts f;

		facts_init(&f);
		ck_assert_msg(parse(&f, rows[i].text, why) == rows[i].error, "%s: %s", rows[i].text, why);
		ck_assert_msg(strstr(why, rows[i].why), "%s: %s", rows[i].text, why);
		ck_assert_uint_eq(f.pu_count, 0);
		facts_release(&f);
	}
}
END_TEST

START_TEST(facts_print_hides_hardware_addresses)
{
	struct facts f;
	struct bytes out;

	facts_init(&f);
	f.pus = calloc(1, sizeof(*f.pus));
	f.pu_count = 1;
	ck_assert_ptr_nonnull(facts_nic_add(&f, "enx001122aabbcc"));
	memcpy(f.default_nic, "enx001122aabbcc", 16);
	bytes_init(&out, 1 << 20);
	ck_assert_int_eq(facts_print(&f, &out), 0);
	ck_assert_int_eq(bytes_append(&out, "", 1), 0);
	ck_assert_ptr_null(strstr((char *)out.data, "001122"));
	ck_assert_ptr_nonnull(strstr((char *)out.data, "\"default\": \"enx-1\""));
	bytes_release(&out);
	facts_release(&f);
}
END_TEST

START_TEST(facts_sysctl_number_reads_the_nth_word)
{
	struct facts f;

	facts_init(&f);
	ck_assert_int_eq(facts_sysctl_add(&f, "a", "4096 131072 6291456"), 0);
	ck_assert_int_eq(facts_sysctl_add(&f, "b", "-1"), 0);
	ck_assert_int_eq(facts_sysctl_number(&f, "a", 0), 4096);
	ck_assert_int_eq(facts_sysctl_number(&f, "a", 2), 6291456);
	ck_assert_int_eq(facts_sysctl_number(&f, "a", 3), FACTS_UNKNOWN);
	ck_assert_int_eq(facts_sysctl_number(&f, "b", 0), FACTS_UNKNOWN);
	ck_assert_int_eq(facts_sysctl_number(&f, "c", 0), FACTS_UNKNOWN);
	facts_release(&f);
}
END_TEST

Suite *test_facts_suite(void)
{
	Suite *s = suite_create("facts");
	TCase *t = tcase_create("facts");

	tcase_add_test(t, facts_document_gives_the_same_document_and_plan);
	tcase_add_test(t, facts_document_holds_every_field);
	tcase_add_test(t, facts_parse_skips_what_it_does_not_know);
	tcase_add_test(t, facts_parse_refuses_with_a_reason);
	tcase_add_test(t, facts_print_hides_hardware_addresses);
	tcase_add_test(t, facts_sysctl_number_reads_the_nth_word);
	suite_add_tcase(s, t);
	return s;
}
