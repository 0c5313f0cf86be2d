/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "tools/hd-bench/options.h"
#include "tools/hd-bench/plan.h"
#include "util/error.h"
#include "util/mono.h"

#define ARGS_MAX 16

Suite *test_options_suite(void);

static struct options o;
static enum options_verdict verdict;
static char why[200];

/* A command line of words, NULL at its end. */
static int parse(const char *const *words)
{
	char *argv[ARGS_MAX + 2] = { (char[]){ "hd-bench" } };
	int argc = 1;

	for (; *words; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	why[0] = '\0';
	return options_parse(&o, &verdict, argc, argv, why, sizeof(why));
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(options_have_defaults)
{
	ck_assert_int_eq(PARSE("relay.example:443"), 0);
	ck_assert_int_eq(verdict, OPTIONS_RUN);
	ck_assert_str_eq(o.relay, "relay.example:443");
	ck_assert_int_eq(o.scenario, OPTIONS_PAIRS);
	ck_assert_uint_eq(o.width, 10);
	ck_assert_uint_eq(o.duration_ns, 10 * MONO_NS_PER_S);
	ck_assert_uint_eq(o.rate, 0);
}
END_TEST

START_TEST(options_choose_the_engine)
{
	ck_assert_int_eq(PARSE("r"), 0);
	ck_assert_int_eq(o.engine, OPTIONS_ENGINE_AUTO);
	ck_assert_int_eq(PARSE("--engine", "epoll", "r"), 0);
	ck_assert_int_eq(o.engine, OPTIONS_ENGINE_EPOLL);
	ck_assert_int_eq(PARSE("--engine=io_uring", "r"), 0);
	ck_assert_int_eq(o.engine, OPTIONS_ENGINE_IO_URING);
	ck_assert_int_eq(PARSE("--engine", "poll", "r"), ERROR_USAGE);
}
END_TEST

START_TEST(options_take_all_kinds)
{
	ck_assert_int_eq(PARSE("--fan-in", "3", "--size=64:1,100:1", "--rate", "5kpps", "--max-loss", "1",
			       "--json", "--relay-pid=1", "r"),
			 0);
	ck_assert_int_eq(o.scenario, OPTIONS_FAN_IN);
	ck_assert_uint_eq(o.width, 3);
	ck_assert_uint_eq(o.sizes.count, 2);
	ck_assert_uint_eq(o.rate, 5000);
	ck_assert(o.rate_is_packets);
	ck_assert(o.has_loss_max);
	ck_assert_uint_eq(o.loss_max_ppm, 10000);
	ck_assert_int_eq(o.form, OPTIONS_JSON);
	ck_assert_int_eq(o.relay_pid, 1);
}
END_TEST

#define PIN "sha256-raw:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

START_TEST(options_take_whom_to_trust)
{
	ck_assert_int_eq(PARSE("--websocket", "--tls", "--pin", PIN, "r"), 0);
	ck_assert(o.websocket && o.tls && !o.insecure);
	ck_assert_str_eq(o.pin, PIN);
	ck_assert_int_eq(PARSE("--tls", "--ca-file", "f", "r"), 0);
	ck_assert_ptr_null(o.pin);
	ck_assert_str_eq(o.ca_file, "f");
}
END_TEST

START_TEST(options_refuse_wrong_usage)
{
	static const char *const lines[][ARGS_MAX] = {
		{ NULL },
		{ "a", "b", NULL },
		{ "--nothing", "a", NULL },
		{ "--pairs", NULL },
		{ "--pairs", "0", "a", NULL },
		{ "--pairs", "1", "--fan-in", "1", "a", NULL },
		{ "--all-to-all", "1", "a", NULL },
		{ "--all-to-all", "2001", "a", NULL },
		{ "--fan-out", "2", "--both", "a", NULL },
		{ "--fan-out", "2", "--window", "1M", "a", NULL },
		{ "--storm", "10", "--pairs", "1", "a", NULL },
		{ "--insecure", "a", NULL },
		{ "--resume", "a", NULL },
		{ "--merge", NULL },
		{ "--merge", "--pairs", "3", "a", NULL },
		{ "--merge", "--make-keys", "3", NULL },
		{ "--make-keys", "3", "a", NULL },
		{ "--make-keys", "3", "--json", NULL },
		{ "--json", "--make-keys", "3", NULL },
		{ "--merge", "--merge", "a", NULL },
		{ "--p", "3", "a", NULL },
		{ "--make-keys", "0", NULL },
		{ "--pin", PIN, "a", NULL },
		{ "--tls", "--pin", PIN, "--insecure", "a", NULL },
		{ "--tls", "--pin", "sha256-raw:12", "a", NULL },
		{ "--tls", "--ca-file", "", "a", NULL },
		{ "--tls", "--ca-file", "x", "--insecure", "a", NULL },
		{ "--tick", "1ms", "a", NULL },
		{ "--duration", "0", "a", NULL },
		{ "--rate", "0", "a", NULL },
		{ "--size", "47", "a", NULL },
		{ "--size", "65537", "a", NULL },
		{ "--threads", "0", "a", NULL },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(lines); i++) {
		ck_assert_int_eq(parse(lines[i]), ERROR_USAGE);
		ck_assert_str_ne(why, "");
	}
}
END_TEST

START_TEST(options_merge_and_keys_need_no_relay)
{
	ck_assert_int_eq(PARSE("--merge", "--csv", "--max-loss", "1", "a", "b"), 0);
	ck_assert_int_eq(verdict, OPTIONS_MERGE);
	ck_assert_uint_eq(o.merge_count, 2);
	ck_assert_int_eq(o.form, OPTIONS_CSV);
	ck_assert_int_eq(PARSE("--json", "--merge", "a"), 0);
	ck_assert_uint_eq(o.merge_count, 1);
	ck_assert_int_eq(PARSE("--make-keys", "3"), 0);
	ck_assert_int_eq(verdict, OPTIONS_MAKE_KEYS);
	ck_assert_uint_eq(o.make_keys, 3);
}
END_TEST

START_TEST(options_help_needs_no_relay)
{
	ck_assert_int_eq(PARSE("--help"), 0);
	ck_assert_int_eq(verdict, OPTIONS_HELP);
	ck_assert_int_eq(PARSE("--version", "--nothing"), 0);
	ck_assert_int_eq(verdict, OPTIONS_VERSION);
}
END_TEST

/* --- plan ---------------------------------------------------------------------- */

/* Each destination of each client names that client among its sources, and so back. */
static void check_plan(const struct plan *p)
{
	uint32_t senders[PLAN_FLOW_ROLES] = { 0 };

	for (uint32_t from = 0; from < p->count; from++) {
		const struct plan_client *c = &p->clients[from];

		ck_assert_uint_lt(c->engine, p->engines);
		if (c->dest_count)
			ck_assert_uint_eq(c->sender_index, senders[c->role]++);
		for (uint32_t to = 0; to < p->count; to++) {
			const struct plan_client *d = &p->clients[to];
			bool sends = to - c->dest_first < c->dest_count;
			bool hears = from - d->source_first < d->source_count;

			ck_assert_int_eq(sends, hears);
			ck_assert(!sends || c->role == d->role);
		}
	}
	for (int i = 0; i < PLAN_FLOW_ROLES; i++)
		ck_assert_uint_eq(senders[i], p->senders[i]);
}

START_TEST(plan_senders_and_receivers_agree)
{
	static const char *const lines[][ARGS_MAX] = {
		{ "--pairs", "5", "a", NULL },
		{ "--pairs", "5", "--both", "--threads", "3", "a", NULL },
		{ "--fan-in", "4", "a", NULL },
		{ "--fan-out", "4", "--threads", "2", "a", NULL },
		{ "--all-to-all", "6", "--idle", "7", "--churn", "3", "--slow-readers", "2", "a", NULL },
		{ "--no-traffic", "--idle", "2", "--probe-rate", "0", "a", NULL },
		{ "--storm", "9", "a", NULL },
	};
	static const struct {
		uint32_t clients, senders;
	} expect[] = { { 12, 5 }, { 12, 10 }, { 7, 4 }, { 7, 1 }, { 22, 6 }, { 2, 0 }, { 9, 0 } };

	for (size_t i = 0; i < HD_ARRAY_LEN(lines); i++) {
		struct plan p;

		ck_assert_int_eq(parse(lines[i]), 0);
		ck_assert_int_eq(plan_make(&p, &o), 0);
		ck_assert_uint_eq(p.count, expect[i].clients);
		ck_assert_uint_eq(p.senders[PLAN_TRAFFIC], expect[i].senders);
		check_plan(&p);
		plan_release(&p);
	}
}
END_TEST

START_TEST(plan_keeps_pairs_in_one_engine)
{
	struct plan p;

	ck_assert_int_eq(PARSE("--pairs", "9", "--threads", "4", "a"), 0);
	ck_assert_int_eq(plan_make(&p, &o), 0);
	for (uint32_t i = 0; i < p.count; i += 2)
		ck_assert_uint_eq(p.clients[i].engine, p.clients[i + 1].engine);
	plan_release(&p);
}
END_TEST

START_TEST(options_say_what_a_value_must_be)
{
	static const struct {
		const char *option, *value, *reason;
	} cases[] = {
		{ "--engine", "poll", "must be io_uring or epoll" },
		{ "--rate", "much", "must be bits per second as 500M, or packets as 20kpps" },
		{ "--size", "9", "must be bytes, 48..65536, or a mix as 64:10,1400:90" },
		{ "--pairs", "x", "must be a whole number, 1..500000" },
		{ "--all-to-all", "1", "must be a whole number, 2..500000" },
		{ "--max-loss", "101", "must be 0..100" },
		{ "--duration", "0", "must be a time as 250ms or 3s, more than 0" },
		{ "--window", "x", "must be a size as 64K or 1M, 1..4294967295" },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(cases); i++) {
		char line[200];

		snprintf(line, sizeof(line), "%s %s: %s", cases[i].option, cases[i].value, cases[i].reason);
		ck_assert_int_eq(PARSE(cases[i].option, cases[i].value, "r"), ERROR_USAGE);
		ck_assert_str_eq(why, line);
	}
}
END_TEST

Suite *test_options_suite(void)
{
	Suite *s = suite_create("options");
	TCase *t = tcase_create("options");

	tcase_add_test(t, options_have_defaults);
	tcase_add_test(t, options_choose_the_engine);
	tcase_add_test(t, options_take_all_kinds);
	tcase_add_test(t, options_take_whom_to_trust);
	tcase_add_test(t, options_refuse_wrong_usage);
	tcase_add_test(t, options_say_what_a_value_must_be);
	tcase_add_test(t, options_merge_and_keys_need_no_relay);
	tcase_add_test(t, options_help_needs_no_relay);
	tcase_add_test(t, plan_senders_and_receivers_agree);
	tcase_add_test(t, plan_keeps_pairs_in_one_engine);
	suite_add_tcase(s, t);
	return s;
}
