/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bus/conn_count.h"
#include "util/be.h"

Suite *test_conn_count_suite(void);

static void v4(uint8_t ip[16], uint32_t address)
{
	memset(ip, 0, 16);
	ip[10] = ip[11] = 0xff;
	be_store32(ip + 12, address);
}

/* 2001:db8::/32, then the number of a /64, then a host in it. */
static void v6(uint8_t ip[16], uint32_t net, uint64_t host)
{
	be_store32(ip, 0x20010db8);
	be_store32(ip + 4, net);
	be_store64(ip + 8, host);
}

START_TEST(conn_count_total_is_limited)
{
	struct conn_count *c = conn_count_new(2, 0);
	uint8_t ip[16];

	for (uint32_t i = 0; i < 2; i++) {
		v4(ip, i);
		ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_OK);
	}
	v4(ip, 2);
	ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_TOTAL);
	ck_assert_uint_eq(conn_count_total(c), 2);
	v4(ip, 0);
	conn_count_give(c, ip);
	v4(ip, 2);
	ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_OK);
	conn_count_free(c);
}
END_TEST

START_TEST(conn_count_per_ip_limits_one_address_only)
{
	struct conn_count *c = conn_count_new(0, 3);
	uint8_t a[16], b[16];

	v4(a, 1);
	v4(b, 2);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(conn_count_take(c, a), CONN_COUNT_OK);
	ck_assert_int_eq(conn_count_take(c, a), CONN_COUNT_PER_IP);
	ck_assert_int_eq(conn_count_take(c, b), CONN_COUNT_OK);
	conn_count_give(c, a);
	ck_assert_int_eq(conn_count_take(c, a), CONN_COUNT_OK);
	ck_assert_int_eq(conn_count_take(c, a), CONN_COUNT_PER_IP);
	conn_count_free(c);
}
END_TEST

START_TEST(conn_count_v6_hosts_of_a_slash_64_are_one)
{
	struct conn_count *c = conn_count_new(0, 2);
	uint8_t ip[16];

	v6(ip, 7, 1);
	ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_OK);
	v6(ip, 7, UINT64_MAX);
	ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_OK);
	v6(ip, 7, 99);
	ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_PER_IP);
	v6(ip, 8, 1);
	ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_OK);
	conn_count_free(c);
}
END_TEST

START_TEST(conn_count_mapped_v4_counts_by_its_whole_address)
{
	struct conn_count *c = conn_count_new(0, 1);
	uint8_t ip[16];

	for (uint32_t i = 0; i < 300; i++) {
		v4(ip, i);
		ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_OK);
	}
	for (uint32_t i = 0; i < 300; i++) {
		v4(ip, i);
		ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_PER_IP);
	}
	conn_count_free(c);
}
END_TEST

START_TEST(conn_count_limits_can_be_switched_on_later)
{
	struct conn_count *c = conn_count_new(0, 0);
	uint8_t ip[16];

	v4(ip, 1);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_OK);
	conn_count_set_limits(c, 0, 5);
	ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_PER_IP);
	conn_count_set_limits(c, 5, 0);
	ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_TOTAL);
	conn_count_set_limits(c, 0, 0);
	ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_OK);
	conn_count_free(c);
}
END_TEST

START_TEST(conn_count_free_takes_null)
{
	conn_count_free(NULL);
}
END_TEST

/* Against plain counters: many addresses come and go; with a limit of one
 * above the count that is known, each answer shows the table's own count. */
START_TEST(conn_count_agrees_with_plain_counters)
{
	enum { ADDRESSES = 3000, STEPS = 60000 };
	struct conn_count *c = conn_count_new(0, 4);
	uint32_t *known = calloc(ADDRESSES, sizeof(*known));
	uint32_t total = 0, state = 12345;
	uint8_t ip[16];

	for (int i = 0; i < STEPS; i++) {
		uint32_t who;

		state = state * 1664525 + 1013904223;
		who = (state >> 8) % ADDRESSES;
		if (who & 1)
			v4(ip, who);
		else
			v6(ip, who, i);
		if (known[who] && (state >> 30) < 2) {
			conn_count_give(c, ip);
			known[who]--;
			total--;
		} else if (known[who] < 4) {
			ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_OK);
			known[who]++;
			total++;
		} else {
			ck_assert_int_eq(conn_count_take(c, ip), CONN_COUNT_PER_IP);
		}
		ck_assert_uint_eq(conn_count_total(c), total);
	}
	for (uint32_t who = 0; who < ADDRESSES; who++) {
		if (who & 1)
			v4(ip, who);
		else
			v6(ip, who, 0);
		for (; known[who]; known[who]--)
			conn_count_give(c, ip);
	}
	ck_assert_uint_eq(conn_count_total(c), 0);
	free(known);
	conn_count_free(c);
}
END_TEST

Suite *test_conn_count_suite(void)
{
	Suite *s = suite_create("conn_count");
	TCase *tc = tcase_create("conn_count");

	tcase_add_test(tc, conn_count_total_is_limited);
	tcase_add_test(tc, conn_count_per_ip_limits_one_address_only);
	tcase_add_test(tc, conn_count_v6_hosts_of_a_slash_64_are_one);
	tcase_add_test(tc, conn_count_mapped_v4_counts_by_its_whole_address);
	tcase_add_test(tc, conn_count_limits_can_be_switched_on_later);
	tcase_add_test(tc, conn_count_free_takes_null);
	tcase_add_test(tc, conn_count_agrees_with_plain_counters);
	suite_add_tcase(s, tc);
	return s;
}
