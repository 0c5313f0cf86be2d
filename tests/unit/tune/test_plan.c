/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tune/machines.h"
#include "tools/hd-tune/plan.h"
#include "tools/hd-tune/show.h"
#include "util/bytes.h"

#define COMMITTED 32 /* cases of machines that may be distributed */

Suite *test_plan_suite(void);

static struct plan *make(const struct facts *f, const struct options *o)
{
	struct plan *p = plan_make(f, o);

	ck_assert_ptr_nonnull(p);
	return p;
}

static json_t *as_json(const struct plan *p)
{
	struct bytes text;
	json_t *object;

	bytes_init(&text, 1 << 24);
	ck_assert_int_eq(show_json(p, &text), 0);
	object = json_loadb((const char *)text.data, text.len, 0, NULL);
	ck_assert_ptr_nonnull(object);
	bytes_release(&text);
	return object;
}

/* How many members of what is expected are not so. */
static unsigned compare(const json_t *machine, const json_t *answer)
{
	const char *name = json_string_value(json_object_get(machine, "case"));
	json_t *expect = json_object_get(machine, "expect");
	unsigned wrong = 0;

	ck_assert(json_object_size(expect) > 0);
	for (void *at = json_object_iter(expect); at; at = json_object_iter_next(expect, at)) {
		const char *key = json_object_iter_key(at);
		const json_t *value = json_object_get(answer, key);

		if (value && json_equal(value, json_object_iter_value(at)))
			continue;
		fprintf(stderr, "%s: %s is not as expected\n", name, key);
		wrong++;
	}
	return wrong;
}

START_TEST(plan_is_as_expected_for_all_recorded_machines)
{
	json_t *cases = machines_cases();
	unsigned wrong = 0;

	for (size_t i = 0; i < json_array_size(cases); i++) {
		const json_t *machine = json_array_get(cases, i);
		struct options o;
		struct facts f;
		struct plan *p;
		json_t *answer;

		machines_facts(machine, &f);
		machines_options(machine, &o);
		p = make(&f, &o);
		answer = as_json(p);
		wrong += compare(machine, answer);
		json_decref(answer);
		plan_free(p);
		facts_release(&f);
	}
	printf("%zu cases of %s\n", json_array_size(cases), machines_folder());
	ck_assert_uint_ge(json_array_size(cases), COMMITTED);
	ck_assert_uint_eq(wrong, 0);
	json_decref(cases);
}
END_TEST

/* A machine in a few words: `packages` of `cores` with `threads` each. */
static void build(struct facts *f, unsigned packages, unsigned cores, unsigned threads)
{
	unsigned all = packages * cores;

	facts_init(f);
	f->whole = 1;
	f->pu_count = (size_t)all * threads;
	f->pus = calloc(f->pu_count, sizeof(*f->pus));
	ck_assert_ptr_nonnull(f->pus);
	for (unsigned i = 0; i < f->pu_count; i++)
		f->pus[i] = (struct topology_pu){
			.os_index = i,
			.core = (int)(i % all),
			.core_threads = threads,
			.package = (int)(i % all / cores),
			.node = (int)(i % all / cores),
			.l3 = (int)(i % all / cores),
			.capacity = -1,
			.frequency_max_mhz = -1,
		};
}

static void add_nic(struct facts *f, const char *name, unsigned first, unsigned last)
{
	struct facts_nic *nic = facts_nic_add(f, name);

	ck_assert_ptr_nonnull(nic);
	for (unsigned cpu = first; cpu <= last; cpu++)
		cpuset_add(&nic->local, cpu);
}

static unsigned workers_of(const struct facts *f, const struct options *o, size_t *pins)
{
	struct plan *p = make(f, o);
	unsigned workers = p->workers;

	if (pins)
		*pins = p->pins.count;
	plan_free(p);
	return workers;
}

START_TEST(plan_takes_the_whole_machine_if_little_is_near_the_interface)
{
	struct options o;
	struct facts f;
	struct plan *p;

	/* one core near it must not make one worker */
	build(&f, 2, 2, 2);
	add_nic(&f, "eth0", 0, 0);
	options_init(&o);
	o.nic = "eth0";
	p = make(&f, &o);
	ck_assert_str_eq(p->domain, "all");
	ck_assert(p->locality_known);
	ck_assert_uint_eq(p->workers, 4);
	plan_free(p);
	facts_release(&f);
}
END_TEST

START_TEST(plan_goes_over_sockets_only_when_asked)
{
	struct options o;
	struct facts f;

	build(&f, 2, 8, 2);
	options_init(&o);
	ck_assert_uint_eq(workers_of(&f, &o, NULL), 8);
	o.span = true;
	ck_assert_uint_eq(workers_of(&f, &o, NULL), 16);
	facts_release(&f);
}
END_TEST

START_TEST(plan_follows_a_vlan_on_a_bond_down_to_where_it_hangs)
{
	struct options o;
	struct facts f;
	struct plan *p;

	build(&f, 2, 4, 2);
	add_nic(&f, "eth0", 4, 7);
	memcpy(facts_nic_add(&f, "bond0")->lower, "eth0", 5);
	memcpy(facts_nic_add(&f, "bond0.5")->lower, "bond0", 6);
	memcpy(f.default_nic, "bond0.5", 8);
	options_init(&o);
	p = make(&f, &o);
	ck_assert_str_eq(p->nic, "eth0");
	ck_assert_uint_eq(p->pins.at[0], 4);
	plan_free(p);
	/* two that stand on one another have an end, too */
	memcpy(facts_nic_add(&f, "eth0")->lower, "bond0", 6);
	cpuset_clear(&facts_nic_add(&f, "eth0")->local);
	p = make(&f, &o);
	ck_assert(!p->locality_known);
	plan_free(p);
	facts_release(&f);
}
END_TEST

START_TEST(plan_is_bounded_by_memory)
{
	struct options o;
	struct facts f;
	struct plan *p;

	build(&f, 1, 8, 2);
	options_init(&o);
	f.memory_bytes = INT64_C(8) << 30;
	f.memory_limit_bytes = 64 << 20;
	p = make(&f, &o);
	ck_assert_uint_eq(p->workers, 4);
	ck_assert_uint_eq(p->limits, 1);
	ck_assert_str_eq(p->limited_by[0], "RAM 64M");
	plan_free(p);
	o.memory_bytes = 1;
	ck_assert_uint_eq(workers_of(&f, &o, NULL), 1);
	facts_release(&f);
}
END_TEST

START_TEST(plan_does_not_pin_in_a_container_without_a_cpuset)
{
	struct options o;
	struct facts f;
	struct plan *p;
	size_t pins;

	build(&f, 1, 4, 2);
	options_init(&o);
	f.container = 1;
	f.container_cpuset = 0;
	p = make(&f, &o);
	ck_assert_uint_eq(p->pins.count, 0);
	ck_assert(p->files[PLAN_FILE_CONF].written);
	ck_assert(!p->files[PLAN_FILE_UNIT].written);
	plan_free(p);
	f.container_cpuset = 1;
	workers_of(&f, &o, &pins);
	ck_assert_uint_eq(pins, 4);
	f.container_cpuset = 0;
	o.pin = OPTIONS_PIN_ALWAYS;
	workers_of(&f, &o, &pins);
	ck_assert_uint_eq(pins, 4);
	facts_release(&f);
}
END_TEST

START_TEST(plan_obeys_overrides)
{
	struct options o;
	struct facts f;
	size_t pins;

	build(&f, 1, 8, 2);
	options_init(&o);
	o.workers = 3;
	ck_assert_uint_eq(workers_of(&f, &o, &pins), 3);
	ck_assert_uint_eq(pins, 3);
	o.workers = 12;
	ck_assert_uint_eq(workers_of(&f, &o, &pins), 12);
	ck_assert_uint_eq(pins, 0);
	o.workers = OPTIONS_UNSET;
	o.reserve = 2;
	ck_assert_uint_eq(workers_of(&f, &o, NULL), 6);
	o.reserve = 100;
	ck_assert_uint_eq(workers_of(&f, &o, NULL), 1);
	o.reserve = 0;
	o.smt_all = true;
	ck_assert_uint_eq(workers_of(&f, &o, &pins), 16);
	ck_assert_uint_eq(pins, 0);
	o.reserve = 1;
	ck_assert_uint_eq(workers_of(&f, &o, &pins), 15);
	ck_assert_uint_eq(pins, 15);
	o.pin = OPTIONS_PIN_NEVER;
	ck_assert_uint_eq(workers_of(&f, &o, &pins), 15);
	ck_assert_uint_eq(pins, 0);
	facts_release(&f);
}
END_TEST

START_TEST(plan_uses_isolated_cpus_if_there_are_no_others)
{
	struct options o;
	struct facts f;
	struct plan *p;

	build(&f, 1, 4, 1);
	options_init(&o);
	o.has_isolated = true;
	cpuset_clear(&o.isolated);
	for (unsigned cpu = 0; cpu < 4; cpu++)
		cpuset_add(&o.isolated, cpu);
	p = make(&f, &o);
	ck_assert_uint_eq(p->workers, 4);
	ck_assert_int_eq(p->advice[0].level, PLAN_WARNING);
	plan_free(p);
	/* with --isolated=use all other threads have the other CPUs */
	cpuset_clear(&o.isolated);
	cpuset_add(&o.isolated, 2);
	cpuset_add(&o.isolated, 3);
	o.isolated_use = true;
	p = make(&f, &o);
	ck_assert_uint_eq(p->pins.count, 2);
	ck_assert_uint_eq(p->pins.at[0], 2);
	plan_free(p);
	facts_release(&f);
}
END_TEST

static const struct plan_sysctl *sysctl_of(const struct plan *p, const char *key)
{
	for (size_t i = 0; i < p->sysctl_count; i++)
		if (strcmp(p->sysctls[i].key, key) == 0)
			return &p->sysctls[i];
	return NULL;
}

START_TEST(plan_only_raises_kernel_parameters)
{
	struct options o;
	struct facts f;
	struct plan *p;

	build(&f, 1, 4, 1);
	options_init(&o);
	ck_assert_int_eq(facts_sysctl_add(&f, "net.ipv4.tcp_rmem", "4096 131072 33554432"), 0);
	ck_assert_int_eq(facts_sysctl_add(&f, "net.ipv4.tcp_wmem", "4096 16384 4194304"), 0);
	ck_assert_int_eq(facts_sysctl_add(&f, "net.core.somaxconn", "65535"), 0);
	ck_assert_int_eq(facts_sysctl_add(&f, "fs.nr_open", "1024"), 0);
	ck_assert_int_eq(facts_sysctl_add(&f, "net.core.rmem_max", "212992"), 0);
	p = make(&f, &o);
	ck_assert_ptr_null(sysctl_of(p, "net.ipv4.tcp_rmem"));
	ck_assert_str_eq(sysctl_of(p, "net.ipv4.tcp_wmem")->value, "4096 16384 6291456");
	ck_assert_ptr_null(sysctl_of(p, "net.core.somaxconn"));
	ck_assert_ptr_null(sysctl_of(p, "net.core.rmem_max"));
	ck_assert_str_eq(sysctl_of(p, "fs.nr_open")->value, "65536");
	plan_free(p);
	o.sockbuf_fixed = true;
	p = make(&f, &o);
	ck_assert_int_eq(p->sockbuf, 3125000);
	ck_assert_str_eq(sysctl_of(p, "net.core.rmem_max")->value, "3125000");
	plan_free(p);
	facts_release(&f);
}
END_TEST

START_TEST(plan_keeps_what_its_own_file_has_set)
{
	struct options o;
	struct facts f;
	struct plan *p;

	build(&f, 1, 4, 1);
	options_init(&o);
	ck_assert_int_eq(facts_sysctl_add(&f, "net.core.somaxconn", "4096"), 0);
	memcpy(f.sysctls[0].own, "4096", 5);
	p = make(&f, &o);
	ck_assert_str_eq(sysctl_of(p, "net.core.somaxconn")->value, "4096");
	plan_free(p);
	facts_release(&f);
}
END_TEST

START_TEST(plan_leaves_out_slower_cores)
{
	struct options o;
	struct facts f;
	struct plan *p;

	build(&f, 1, 12, 1);
	for (unsigned i = 0; i < 12; i++)
		f.pus[i].frequency_max_mhz = i < 4 ? 5157 : i < 8 ? 4200 : 3300;
	options_init(&o);
	p = make(&f, &o);
	/* 4200 is 81 % of 5157 */
	ck_assert_str_eq(p->class_rule, "FrequencyMaxMHz");
	ck_assert_uint_eq(p->perf_cores, 8);
	ck_assert_uint_eq(p->left.count, 4);
	ck_assert_uint_eq(p->pins.count, 8);
	plan_free(p);
	/* one core that says nothing: the attribute tells nothing */
	f.pus[3].frequency_max_mhz = -1;
	p = make(&f, &o);
	ck_assert_str_eq(p->class_rule, "all");
	plan_free(p);
	o.cores_all = true;
	f.pus[3].frequency_max_mhz = 5157;
	p = make(&f, &o);
	ck_assert_uint_eq(p->perf_cores, 12);
	plan_free(p);
	facts_release(&f);
}
END_TEST

START_TEST(plan_of_the_same_facts_is_the_same)
{
	struct bytes first, second;
	struct options o;
	struct facts f;
	struct plan *p;

	bytes_init(&first, 1 << 20);
	bytes_init(&second, 1 << 20);
	build(&f, 2, 8, 2);
	options_init(&o);
	p = make(&f, &o);
	ck_assert_int_eq(show_text(p, &f, (struct show_style){ true }, &first), 0);
	plan_free(p);
	p = make(&f, &o);
	ck_assert_int_eq(show_text(p, &f, (struct show_style){ true }, &second), 0);
	plan_free(p);
	ck_assert_uint_eq(first.len, second.len);
	ck_assert_mem_eq(first.data, second.data, first.len);
	bytes_release(&first);
	bytes_release(&second);
	facts_release(&f);
}
END_TEST

Suite *test_plan_suite(void)
{
	Suite *s = suite_create("plan");
	TCase *t = tcase_create("plan");

	tcase_add_test(t, plan_is_as_expected_for_all_recorded_machines);
	tcase_add_test(t, plan_takes_the_whole_machine_if_little_is_near_the_interface);
	tcase_add_test(t, plan_goes_over_sockets_only_when_asked);
	tcase_add_test(t, plan_follows_a_vlan_on_a_bond_down_to_where_it_hangs);
	tcase_add_test(t, plan_is_bounded_by_memory);
	tcase_add_test(t, plan_does_not_pin_in_a_container_without_a_cpuset);
	tcase_add_test(t, plan_obeys_overrides);
	tcase_add_test(t, plan_uses_isolated_cpus_if_there_are_no_others);
	tcase_add_test(t, plan_only_raises_kernel_parameters);
	tcase_add_test(t, plan_keeps_what_its_own_file_has_set);
	tcase_add_test(t, plan_leaves_out_slower_cores);
	tcase_add_test(t, plan_of_the_same_facts_is_the_same);
	suite_add_tcase(s, t);
	return s;
}
