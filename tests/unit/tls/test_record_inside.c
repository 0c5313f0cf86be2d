/* SPDX-License-Identifier: MIT
 * What records may hold: padding, other types, KeyUpdate; and how long a key
 * lasts. */
#include <check.h>
#include <string.h>

#include "tests/unit/tls/ends.h"
#include "util/error.h"

Suite *test_record_inside_suite(void);

START_TEST(record_open_strips_padding)
{
	static uint8_t inner[RECORD_PLAIN_MAX + 1];
	struct record_opened o;
	uint64_t seq = 0;

	ends_make(_i, 0);
	memcpy(inner, "hi\0\x17", 4); /* the data may end in a zero itself */
	for (size_t len = 4; len <= sizeof(inner); len += len < 100 ? 1 : 4071) {
		size_t n = ends_craft(seq++, inner, len);

		ck_assert_int_eq(ends_open(ends_right, ends_wire, n, &o), 0);
		ck_assert_uint_eq(o.type, TLS_RECORD_DATA);
		ck_assert_uint_eq(o.len, 3);
		ck_assert_mem_eq(o.data, "hi", 3);
	}
	ends_free();
}
END_TEST

START_TEST(record_open_rejects_a_record_that_is_all_padding)
{
	static const uint8_t zeros[300];
	struct record_opened o;

	ends_make(_i, 0);
	ck_assert_int_eq(ends_open(ends_right, ends_wire, ends_craft(0, zeros, 1), &o), ERROR_CRYPTO);
	ck_assert_int_eq(ends_open(ends_right, ends_wire, ends_craft(1, zeros, sizeof(zeros)), &o), ERROR_CRYPTO);
	ends_free();
}
END_TEST

START_TEST(record_open_rejects_more_than_16_kib_inside)
{
	static uint8_t inner[RECORD_PLAIN_MAX + 3];
	struct record_opened o;
	size_t n;

	ends_make(_i, 0);
	memset(inner, 'x', sizeof(inner));
	inner[RECORD_PLAIN_MAX] = 23;
	ck_assert_int_eq(ends_open(ends_right, ends_wire, ends_craft(0, inner, RECORD_PLAIN_MAX + 1), &o), 0);
	ck_assert_uint_eq(o.len, RECORD_PLAIN_MAX);
	inner[RECORD_PLAIN_MAX] = 'x';
	inner[RECORD_PLAIN_MAX + 1] = 23;
	n = ends_craft(1, inner, RECORD_PLAIN_MAX + 2);
	ck_assert_int_eq(ends_open(ends_right, ends_wire, n, &o), ERROR_CRYPTO);
	inner[RECORD_PLAIN_MAX] = 23; /* nor may padding make it longer */
	inner[RECORD_PLAIN_MAX + 1] = 0;
	n = ends_craft(2, inner, RECORD_PLAIN_MAX + 2);
	ck_assert_int_eq(ends_open(ends_right, ends_wire, n, &o), ERROR_CRYPTO);
	ends_free();
}
END_TEST

START_TEST(record_control_rejects_other_types_inside)
{
	static const uint8_t types[] = { 1, 20, 24, 255 };
	struct record_opened o;

	ends_make(_i, 0);
	for (size_t i = 0; i < sizeof(types); i++) {
		uint8_t inner[] = { 1, types[i] };

		ck_assert_int_eq(ends_open(ends_right, ends_wire, ends_craft(i, inner, sizeof(inner)), &o), 0);
		ck_assert_uint_eq(o.type, types[i]);
		ck_assert_int_eq(record_control(ends_right, &o), ERROR_MALFORMED);
	}
	ends_free();
}
END_TEST

START_TEST(record_open_bounds_records_without_data)
{
	static const uint8_t empty[] = { 23 };
	struct record_opened o;
	uint64_t seq = 0;
	int rc;

	ends_make(_i, 0);
	while ((rc = ends_open(ends_right, ends_wire, ends_craft(seq, empty, 1), &o)) == 0) {
		ck_assert_uint_eq(o.len, 0);
		ck_assert_uint_lt(++seq, 1000);
	}
	ck_assert_int_eq(rc, ERROR_FULL);
	ends_free();
}
END_TEST

START_TEST(record_open_in_tls_1_3_takes_no_other_outer_type)
{
	struct record_opened o;

	ends_make(_i, 0);
	for (uint8_t type = 21; type < 23; type++) {
		uint8_t plain[25] = { type, 3, 3, 0, 20, 1 };

		ck_assert_int_eq(ends_open(ends_right, plain, sizeof(plain), &o), ERROR_MALFORMED);
	}
	ends_free();
}
END_TEST

START_TEST(record_seal_alert_is_opened_as_one)
{
	struct record_opened o;
	ssize_t n;

	ends_make(_i, 0);
	n = record_seal_alert(ends_left, TLS_ALERT_BAD_RECORD_MAC, ends_wire);
	ck_assert_int_gt(n, 0);
	ck_assert_int_le(n, RECORD_ALERT_MAX);
	ck_assert_int_eq(ends_open(ends_right, ends_wire, (size_t)n, &o), 0);
	ck_assert_uint_eq(o.type, TLS_RECORD_ALERT);
	ck_assert_int_eq(record_control(ends_right, &o), CONTROL_ALERT);
	ck_assert_uint_eq(record_last_alert(ends_right), TLS_ALERT_BAD_RECORD_MAC);
	n = record_seal_alert(ends_left, TLS_ALERT_CLOSE_NOTIFY, ends_wire);
	ck_assert_int_eq(ends_open(ends_right, ends_wire, (size_t)n, &o), 0);
	ck_assert_int_eq(record_control(ends_right, &o), CONTROL_CLOSE_NOTIFY);
	ends_free();
}
END_TEST

/* ---- other keys ---- */

/* Opens all records at ends_wire; returns how many. `data` must be what comes out. */
static int open_all(struct tls_record_keys *keys, size_t n, const char *data)
{
	struct record_opened o;
	size_t at = 0, have = 0;
	int records = 0;

	for (; at < n; records++) {
		size_t len = (size_t)record_peek(ends_wire + at, n - at);

		ck_assert_int_eq(ends_open(keys, ends_wire + at, n - at, &o), 0);
		at += len;
		if (o.type != TLS_RECORD_DATA) {
			ck_assert_int_ge(record_control(keys, &o), 0);
			continue;
		}
		ck_assert_uint_le(have + o.len, strlen(data));
		ck_assert_mem_eq(o.data, data + have, o.len);
		have += o.len;
	}
	ck_assert_uint_eq(have, strlen(data));
	return records;
}

START_TEST(record_key_update_is_in_front_of_the_data)
{
	ssize_t n;

	ends_make(_i, 0);
	ck_assert_int_eq(open_all(ends_right, (size_t)ends_seal(ends_left, "before", 6), "before"), 1);
	record_want_key_update(ends_left, false);
	ck_assert(record_owes(ends_left));
	n = ends_seal(ends_left, "after", 5);
	ck_assert(!record_owes(ends_left));
	ck_assert_uint_eq(record_tx_seq(ends_left), 1);
	ck_assert_int_eq(open_all(ends_right, (size_t)n, "after"), 2);
	ck_assert_uint_eq(record_rx_seq(ends_right), 1);
	ck_assert(!record_owes(ends_right)); /* it was not asked */
	ck_assert_int_eq(open_all(ends_right, (size_t)ends_seal(ends_left, "more", 4), "more"), 1);
	ends_free();
}
END_TEST

START_TEST(record_key_update_that_asks_is_answered_once)
{
	ssize_t n;

	ends_make(_i, 0);
	record_want_key_update(ends_left, true);
	record_want_key_update(ends_left, false); /* does not take the question back */
	n = record_seal(ends_left, NULL, 0, ends_wire, sizeof(ends_wire));
	ck_assert_int_eq(n, (ssize_t)(CONTROL_KEY_UPDATE_SIZE + 22));
	ck_assert_int_eq(open_all(ends_right, (size_t)n, ""), 1);
	ck_assert(record_owes(ends_right));
	ck_assert_uint_eq(record_sealed_size(ends_right, 0), (size_t)n);
	n = ends_seal(ends_right, "answer", 6);
	ck_assert(!record_owes(ends_right));
	ck_assert_int_eq(open_all(ends_left, (size_t)n, "answer"), 2);
	ck_assert(!record_owes(ends_left));
	ck_assert_int_eq(open_all(ends_left, (size_t)ends_seal(ends_right, "more", 4), "more"), 1);
	ck_assert_int_eq(open_all(ends_right, (size_t)ends_seal(ends_left, "more", 4), "more"), 1);
	ends_free();
}
END_TEST

START_TEST(record_after_a_key_update_the_old_key_opens_nothing)
{
	struct record_opened o;
	uint8_t old[64];
	ssize_t n;

	ends_make(_i, 0);
	record_want_key_update(ends_left, false);
	n = ends_seal(ends_left, "", 0);
	ck_assert_int_eq(open_all(ends_right, (size_t)n, ""), 1);
	n = (ssize_t)ends_craft(0, (const uint8_t *)"old\x17", 4);
	memcpy(old, ends_wire, (size_t)n);
	ck_assert_int_eq(ends_open(ends_right, old, (size_t)n, &o), ERROR_CRYPTO);
	n = (ssize_t)ends_craft(1, (const uint8_t *)"old\x17", 4);
	ck_assert_int_eq(ends_open(ends_right, ends_wire, (size_t)n, &o), ERROR_CRYPTO);
	ends_free();
}
END_TEST

START_TEST(record_key_is_changed_by_itself_before_its_limit)
{
	uint64_t limit = suite_record_limit(ends_suite(_i));
	size_t n;

	ends_make(_i, limit - 2);
	for (int i = 0; i < 2; i++) {
		ck_assert(!record_owes(ends_left));
		ck_assert_int_eq(open_all(ends_right, (size_t)ends_seal(ends_left, "x", 1), "x"), 1);
	}
	ck_assert(record_owes(ends_left));
	n = record_sealed_size(ends_left, 1);
	ck_assert_uint_eq(n, record_sealed_size(ends_right, 1) + CONTROL_KEY_UPDATE_SIZE + 22);
	ck_assert_int_eq(ends_seal(ends_left, "x", 1), (ssize_t)n);
	ck_assert_int_eq(open_all(ends_right, n, "x"), 2);
	ck_assert_uint_eq(record_tx_seq(ends_left), 1);
	ck_assert_uint_eq(record_rx_seq(ends_right), 1);
	ck_assert(!record_owes(ends_left));
	ck_assert(!record_used_up(ends_left));
	ends_free();
}
END_TEST

START_TEST(record_key_of_tls_1_2_is_used_up)
{
	uint64_t limit = suite_record_limit(ends_suite(_i));

	ends_make(_i, limit - 1);
	ck_assert(!record_used_up(ends_left));
	ck_assert_int_gt(ends_seal(ends_left, "x", 1), 0);
	ck_assert(record_used_up(ends_left));
	ck_assert(!record_owes(ends_left));
	ck_assert_int_gt(record_seal_alert(ends_left, TLS_ALERT_CLOSE_NOTIFY, ends_wire), 0); /* still possible */
	ends_free();
	ends_make(_i, limit + limit / 4 - 1);
	ck_assert_int_gt(ends_seal(ends_left, "x", 1), 0);
	ck_assert_int_eq(ends_seal(ends_left, "x", 1), ERROR_RANGE);
	ck_assert_int_eq(record_seal_alert(ends_left, TLS_ALERT_CLOSE_NOTIFY, ends_wire), ERROR_RANGE);
	ends_free();
}
END_TEST

START_TEST(record_control_bounds_key_updates)
{
	int n = 0, rc = 0;

	ends_make(_i, 0);
	while (rc >= 0) {
		struct record_opened o;
		ssize_t len;

		record_want_key_update(ends_left, true);
		len = ends_seal(ends_left, "", 0);
		ck_assert_int_eq(ends_open(ends_right, ends_wire, (size_t)len, &o), 0);
		rc = record_control(ends_right, &o);
		ck_assert_int_lt(++n, 1000);
	}
	ck_assert_int_eq(rc, ERROR_FULL);
	ends_free();
}
END_TEST

static void add_records(TCase *c)
{
	tcase_add_loop_test(c, record_open_strips_padding, 0, ENDS_TLS_1_3);
	tcase_add_loop_test(c, record_open_rejects_a_record_that_is_all_padding, 0, ENDS_TLS_1_3);
	tcase_add_loop_test(c, record_open_rejects_more_than_16_kib_inside, 0, ENDS_TLS_1_3);
	tcase_add_loop_test(c, record_control_rejects_other_types_inside, 0, ENDS_TLS_1_3);
	tcase_add_loop_test(c, record_open_bounds_records_without_data, 0, ENDS_TLS_1_3);
	tcase_add_loop_test(c, record_open_in_tls_1_3_takes_no_other_outer_type, 0, ENDS_TLS_1_3);
	tcase_add_loop_test(c, record_seal_alert_is_opened_as_one, 0, ENDS_ALL);
	tcase_add_loop_test(c, record_key_update_is_in_front_of_the_data, 0, ENDS_TLS_1_3);
	tcase_add_loop_test(c, record_key_update_that_asks_is_answered_once, 0, ENDS_TLS_1_3);
	tcase_add_loop_test(c, record_after_a_key_update_the_old_key_opens_nothing, 0, ENDS_TLS_1_3);
	tcase_add_loop_test(c, record_key_is_changed_by_itself_before_its_limit, 0, ENDS_TLS_1_3);
	tcase_add_loop_test(c, record_key_of_tls_1_2_is_used_up, ENDS_TLS_1_3, ENDS_ALL);
	tcase_add_loop_test(c, record_control_bounds_key_updates, 0, ENDS_TLS_1_3);
}

Suite *test_record_inside_suite(void)
{
	Suite *s = suite_create("record_inside");

	ends_cases(s, add_records);
	return s;
}
