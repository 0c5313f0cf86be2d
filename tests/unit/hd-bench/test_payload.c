/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tools/hd-bench/payload.h"
#include "util/error.h"

#define SIZE 200

Suite *test_payload_suite(void);

static struct payload sent;
static uint8_t packet[SIZE];

static void set_up(void)
{
	payload_start();
	sent = (struct payload){
		.run = 1, .seq = 2, .intended_ns = 3, .from = 4, .to = 5, .size = SIZE, .measured = true
	};
	payload_put(packet, &sent);
}

START_TEST(payload_get_gives_what_was_put)
{
	struct payload got = { 0 };

	ck_assert_int_eq(payload_get(&got, packet, SIZE), 0);
	ck_assert_uint_eq(got.run, 1);
	ck_assert_uint_eq(got.seq, 2);
	ck_assert_uint_eq(got.intended_ns, 3);
	ck_assert_uint_eq(got.from, 4);
	ck_assert_uint_eq(got.to, 5);
	ck_assert_uint_eq(got.size, SIZE);
	ck_assert(got.measured);
}
END_TEST

START_TEST(payload_get_refuses_any_changed_bit)
{
	struct payload got = { .run = 77 };

	for (int bit = 0; bit < SIZE * 8; bit++) {
		packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(payload_get(&got, packet, SIZE), ERROR_MALFORMED);
		packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_uint_eq(got.run, 77);
	ck_assert_int_eq(payload_get(&got, packet, SIZE), 0);
}
END_TEST

START_TEST(payload_get_refuses_another_length)
{
	struct payload got;

	for (uint32_t size = 0; size < SIZE; size++)
		ck_assert_int_eq(payload_get(&got, packet, size), ERROR_MALFORMED);
}
END_TEST

START_TEST(payload_get_refuses_another_packets_body)
{
	uint8_t other[SIZE];
	struct payload got;

	sent.seq++;
	payload_put(other, &sent);
	memcpy(packet + PAYLOAD_HEADER_SIZE, other + PAYLOAD_HEADER_SIZE, SIZE - PAYLOAD_HEADER_SIZE);
	ck_assert_int_eq(payload_get(&got, packet, SIZE), ERROR_MALFORMED);
}
END_TEST

START_TEST(payload_get_refuses_another_clients_body)
{
	uint8_t other[SIZE];
	struct payload got;

	sent.from++;
	payload_put(other, &sent);
	memcpy(packet + PAYLOAD_HEADER_SIZE, other + PAYLOAD_HEADER_SIZE, SIZE - PAYLOAD_HEADER_SIZE);
	ck_assert_int_eq(payload_get(&got, packet, SIZE), ERROR_MALFORMED);
}
END_TEST

/* Words that are changed alike, or change places. */
START_TEST(payload_get_refuses_two_changes_that_are_alike)
{
	struct payload got;

	for (int a = 0; a < PAYLOAD_HEADER_SIZE; a += 8) {
		for (int b = a + 8; b < PAYLOAD_HEADER_SIZE; b += 8) {
			uint8_t changed[SIZE];

			for (int bit = 0; bit < 64; bit++) {
				memcpy(changed, packet, SIZE);
				changed[a + bit / 8] ^= (uint8_t)(1 << bit % 8);
				changed[b + bit / 8] ^= (uint8_t)(1 << bit % 8);
				ck_assert_int_eq(payload_get(&got, changed, SIZE), ERROR_MALFORMED);
			}
			memcpy(changed, packet, SIZE);
			memcpy(changed + a, packet + b, 8);
			memcpy(changed + b, packet + a, 8);
			ck_assert_int_eq(payload_get(&got, changed, SIZE), ERROR_MALFORMED);
		}
	}
}
END_TEST

START_TEST(payload_put_again_makes_the_next_of_the_flow)
{
	uint8_t body[SIZE - PAYLOAD_HEADER_SIZE];
	struct payload got = { 0 };

	memcpy(body, packet + PAYLOAD_HEADER_SIZE, sizeof(body));
	payload_put_again(packet, 12, 13, false);
	ck_assert_int_eq(payload_get(&got, packet, SIZE), 0);
	ck_assert_uint_eq(got.run, 1);
	ck_assert_uint_eq(got.seq, 12);
	ck_assert_uint_eq(got.intended_ns, 13);
	ck_assert_uint_eq(got.from, 4);
	ck_assert_uint_eq(got.to, 5);
	ck_assert_uint_eq(got.size, SIZE);
	ck_assert(!got.measured);
	ck_assert_mem_eq(packet + PAYLOAD_HEADER_SIZE, body, sizeof(body));
	payload_put_again(packet, 14, 15, true);
	ck_assert_int_eq(payload_get(&got, packet, SIZE), 0);
	ck_assert_uint_eq(got.seq, 14);
	ck_assert(got.measured);
}
END_TEST

START_TEST(payload_get_refuses_any_changed_bit_of_one_made_again)
{
	struct payload got;

	payload_put_again(packet, 12, 13, false);
	for (int bit = 0; bit < SIZE * 8; bit++) {
		packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(payload_get(&got, packet, SIZE), ERROR_MALFORMED);
		packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

START_TEST(payload_takes_the_smallest_and_the_largest)
{
	uint8_t *large = malloc(PAYLOAD_SIZE_MAX);
	struct payload got;

	sent.size = PAYLOAD_SIZE_MAX;
	sent.seq = UINT64_MAX;
	payload_put(large, &sent);
	ck_assert_int_eq(payload_get(&got, large, PAYLOAD_SIZE_MAX), 0);
	large[PAYLOAD_SIZE_MAX - 1] ^= 1;
	ck_assert_int_eq(payload_get(&got, large, PAYLOAD_SIZE_MAX), ERROR_MALFORMED);
	sent.size = PAYLOAD_HEADER_SIZE;
	payload_put(large, &sent);
	ck_assert_int_eq(payload_get(&got, large, PAYLOAD_HEADER_SIZE), 0);
	free(large);
}
END_TEST

Suite *test_payload_suite(void)
{
	Suite *s = suite_create("payload");
	TCase *t = tcase_create("payload");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, payload_get_gives_what_was_put);
	tcase_add_test(t, payload_get_refuses_any_changed_bit);
	tcase_add_test(t, payload_get_refuses_another_length);
	tcase_add_test(t, payload_get_refuses_another_packets_body);
	tcase_add_test(t, payload_get_refuses_another_clients_body);
	tcase_add_test(t, payload_get_refuses_two_changes_that_are_alike);
	tcase_add_test(t, payload_put_again_makes_the_next_of_the_flow);
	tcase_add_test(t, payload_get_refuses_any_changed_bit_of_one_made_again);
	tcase_add_test(t, payload_takes_the_smallest_and_the_largest);
	suite_add_tcase(s, t);
	return s;
}
