/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "daemon/relay_tls.h"
#include "tests/unit/crypto/folder.h"
#include "tests/unit/tls/certs.h"

Suite *test_relay_tls_suite(void);

#define DAY ((int64_t)86400)

static int64_t clock_ahead_s;

/* Stands in for the C library's in this program, so that tests can move it. */
time_t time(time_t *out)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += (time_t)clock_ahead_s;
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}

static struct settings settings;
static struct stats *stats;
static struct relay_tls tls;
static char cert[PATH_MAX], key[PATH_MAX];
static const struct key public_key = { .bytes = { 1, 2, 3 } };

/* The settings name relay.crt and relay.key, which are good for 100 days. */
static void begin(void)
{
	clock_ahead_s = 0;
	folder_make();
	certs_write("relay", CERTS_ECDSA, -1, 100);
	snprintf(cert, sizeof(cert), "%s", folder_file("relay.crt"));
	snprintf(key, sizeof(key), "%s", folder_file("relay.key"));
	settings = (struct settings){ .tls_cert = cert, .tls_key = key, .ktls = SETTINGS_KTLS_OFF };
	stats = aligned_alloc(HD_CACHE_LINE, sizeof(*stats));
	ck_assert_ptr_nonnull(stats);
	*stats = (struct stats){ .name = "control" };
}

static void end(void)
{
	clock_ahead_s = 0;
	relay_tls_stop(&tls);
	free(stats);
	folder_remove();
}

static enum exit_code start(void)
{
	return relay_tls_start(&tls, &settings, &public_key, stats);
}

START_TEST(relay_tls_without_a_certificate_is_plain)
{
	settings.tls_cert = settings.tls_key = NULL;
	ck_assert_int_eq(start(), EXIT_CODE_OK);
	ck_assert_ptr_null(tls.context);
	ck_assert(!relay_tls_check(&tls, &settings));
	ck_assert(!relay_tls_reload(&tls, &settings));
}
END_TEST

START_TEST(relay_tls_start_tells_when_the_certificate_ends)
{
	uint64_t now = (uint64_t)time(NULL);

	ck_assert_int_eq(start(), EXIT_CODE_OK);
	ck_assert_ptr_nonnull(tls.context);
	ck_assert(!tls.ktls);
	ck_assert_uint_ge(stats_get(stats, STAT_TLS_NOT_AFTER), now + 99 * 86400);
	ck_assert_uint_le(stats_get(stats, STAT_TLS_NOT_AFTER), now + 101 * 86400);
}
END_TEST

START_TEST(relay_tls_start_fails_without_its_file)
{
	ck_assert_int_eq(unlink(cert), 0);
	ck_assert_int_eq(start(), EXIT_CODE_FAILURE);
	ck_assert_ptr_null(tls.context);
}
END_TEST

START_TEST(relay_tls_check_leaves_files_that_stay_the_same)
{
	struct tls_context *before;

	ck_assert_int_eq(start(), EXIT_CODE_OK);
	before = tls.context;
	ck_assert(!relay_tls_check(&tls, &settings));
	ck_assert_ptr_eq(tls.context, before);
	ck_assert_uint_eq(stats_get(stats, STAT_TLS_RELOADS), 0);
}
END_TEST

START_TEST(relay_tls_check_takes_files_that_have_changed)
{
	uint64_t before;

	ck_assert_int_eq(start(), EXIT_CODE_OK);
	before = stats_get(stats, STAT_TLS_NOT_AFTER);
	certs_write("next", CERTS_ECDSA, -1, 200);
	certs_move("next", "relay");
	ck_assert(relay_tls_check(&tls, &settings));
	ck_assert_uint_gt(stats_get(stats, STAT_TLS_NOT_AFTER), before);
	ck_assert_uint_eq(stats_get(stats, STAT_TLS_RELOADS), 1);
	ck_assert(!relay_tls_check(&tls, &settings)); /* once */
}
END_TEST

START_TEST(relay_tls_check_keeps_the_old_pair_while_the_new_is_bad)
{
	struct tls_context *before;

	ck_assert_int_eq(start(), EXIT_CODE_OK);
	before = tls.context;
	certs_write("next", CERTS_ECDSA, -1, 200);
	ck_assert_int_eq(rename(folder_file("next.crt"), cert), 0);
	ck_assert(!relay_tls_check(&tls, &settings));
	ck_assert_ptr_eq(tls.context, before);
	ck_assert_uint_eq(stats_get(stats, STAT_TLS_RELOAD_FAILURES), 1);
	ck_assert(!relay_tls_check(&tls, &settings)); /* said once, not each time */
	ck_assert_uint_eq(stats_get(stats, STAT_TLS_RELOAD_FAILURES), 1);
	ck_assert_int_eq(rename(folder_file("next.key"), key), 0);
	ck_assert(relay_tls_check(&tls, &settings));
	ck_assert_uint_eq(stats_get(stats, STAT_TLS_RELOADS), 1);
}
END_TEST

START_TEST(relay_tls_check_keeps_the_old_pair_when_its_files_go)
{
	ck_assert_int_eq(start(), EXIT_CODE_OK);
	ck_assert_int_eq(unlink(key), 0);
	ck_assert(!relay_tls_check(&tls, &settings));
	ck_assert_ptr_nonnull(tls.context);
	ck_assert_uint_eq(stats_get(stats, STAT_TLS_RELOAD_FAILURES), 1);
}
END_TEST

START_TEST(relay_tls_reload_reads_files_that_stay_the_same)
{
	ck_assert_int_eq(start(), EXIT_CODE_OK);
	ck_assert(relay_tls_reload(&tls, &settings));
	ck_assert_uint_eq(stats_get(stats, STAT_TLS_RELOADS), 1);
}
END_TEST

START_TEST(relay_tls_takes_a_pair_of_each_kind)
{
	char second_cert[PATH_MAX], second_key[PATH_MAX];

	certs_write("rsa", CERTS_RSA, -1, 50);
	snprintf(second_cert, sizeof(second_cert), "%s", folder_file("rsa.crt"));
	snprintf(second_key, sizeof(second_key), "%s", folder_file("rsa.key"));
	settings.tls_cert_2 = second_cert;
	settings.tls_key_2 = second_key;
	ck_assert_int_eq(start(), EXIT_CODE_OK);
	/* the one that ends first */
	ck_assert_uint_le(stats_get(stats, STAT_TLS_NOT_AFTER), (uint64_t)time(NULL) + 51 * 86400);
	ck_assert_int_eq(unlink(second_key), 0);
	ck_assert(!relay_tls_check(&tls, &settings)); /* it is looked at, too */
	ck_assert_uint_eq(stats_get(stats, STAT_TLS_RELOAD_FAILURES), 1);
}
END_TEST

START_TEST(relay_tls_warns_once_a_day)
{
	int64_t today = (int64_t)time(NULL) / 86400;

	certs_write("next", CERTS_ECDSA, -1, 10);
	certs_move("next", "relay");
	ck_assert_int_eq(start(), EXIT_CODE_OK);
	ck_assert_int_ge(tls.warned_day, today);
	tls.warned_day = today - 1;
	ck_assert(!relay_tls_check(&tls, &settings));
	ck_assert_int_ge(tls.warned_day, today);
}
END_TEST

START_TEST(relay_tls_does_not_warn_long_before)
{
	ck_assert_int_eq(start(), EXIT_CODE_OK);
	ck_assert(!relay_tls_check(&tls, &settings));
	ck_assert_int_eq(tls.warned_day, 0);
}
END_TEST

/* 20 days after a start, when it has 10 left. Minutes, for the clock goes on. */
START_TEST(relay_tls_check_renews_the_meta_certificate_in_time)
{
	int64_t begins, ends, old_ends;
	struct tls_context *before;

	ck_assert_int_eq(start(), EXIT_CODE_OK);
	before = tls.context;
	certs_meta_times(tls.context, &begins, &old_ends);
	clock_ahead_s = 20 * DAY - 60;
	ck_assert(!relay_tls_check(&tls, &settings));
	ck_assert_ptr_eq(tls.context, before);

	context_ref(before); /* so that its address is not the new one's */
	clock_ahead_s = 20 * DAY + 1;
	ck_assert(relay_tls_check(&tls, &settings));
	ck_assert_ptr_ne(tls.context, before);
	context_unref(before);
	ck_assert_uint_eq(stats_get(stats, STAT_TLS_RELOADS), 1);
	certs_meta_times(tls.context, &begins, &ends);
	ck_assert_int_ge(ends, old_ends + 20 * DAY);
	ck_assert_int_le(begins, (int64_t)time(NULL) - 29 * DAY);
	ck_assert(!relay_tls_check(&tls, &settings)); /* once */

	clock_ahead_s = 40 * DAY + 60;
	ck_assert(relay_tls_check(&tls, &settings));
	ck_assert_uint_eq(stats_get(stats, STAT_TLS_RELOADS), 2);
}
END_TEST

/* The pair has expired meanwhile: what is there goes on, and is said to be bad. */
START_TEST(relay_tls_check_keeps_the_meta_certificate_if_it_cannot_be_renewed)
{
	struct tls_context *before;

	certs_write("next", CERTS_ECDSA, -1, 15);
	certs_move("next", "relay");
	ck_assert_int_eq(start(), EXIT_CODE_OK);
	before = tls.context;
	clock_ahead_s = 21 * DAY;
	ck_assert(!relay_tls_check(&tls, &settings));
	ck_assert_ptr_eq(tls.context, before);
	ck_assert_uint_eq(stats_get(stats, STAT_TLS_RELOAD_FAILURES), 1);
	certs_write("next", CERTS_ECDSA, -1, 100);
	certs_move("next", "relay");
	ck_assert(relay_tls_check(&tls, &settings));
	ck_assert_int_gt(context_renew_at(tls.context), (int64_t)time(NULL));
}
END_TEST

Suite *test_relay_tls_suite(void)
{
	Suite *s = suite_create("relay_tls");
	TCase *c = tcase_create("relay_tls");

	tcase_add_unchecked_fixture(c, certs_start, certs_end);
	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, relay_tls_without_a_certificate_is_plain);
	tcase_add_test(c, relay_tls_start_tells_when_the_certificate_ends);
	tcase_add_test(c, relay_tls_start_fails_without_its_file);
	tcase_add_test(c, relay_tls_check_leaves_files_that_stay_the_same);
	tcase_add_test(c, relay_tls_check_takes_files_that_have_changed);
	tcase_add_test(c, relay_tls_check_keeps_the_old_pair_while_the_new_is_bad);
	tcase_add_test(c, relay_tls_check_keeps_the_old_pair_when_its_files_go);
	tcase_add_test(c, relay_tls_reload_reads_files_that_stay_the_same);
	tcase_add_test(c, relay_tls_takes_a_pair_of_each_kind);
	tcase_add_test(c, relay_tls_warns_once_a_day);
	tcase_add_test(c, relay_tls_does_not_warn_long_before);
	tcase_add_test(c, relay_tls_check_renews_the_meta_certificate_in_time);
	tcase_add_test(c, relay_tls_check_keeps_the_meta_certificate_if_it_cannot_be_renewed);
	suite_add_tcase(s, c);
	return s;
}
