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

/* --- runs --- */

#define PREFIX 37
#define STRIDE (PREFIX + SIZE)
#define RUN 5

static uint8_t frames[RUN * STRIDE];

static void put_frame(unsigned place, uint64_t seq)
{
	sent.seq = seq;
	memset(frames + place * STRIDE, 0xa5, PREFIX);
	payload_put(frames + place * STRIDE + PREFIX, &sent);
}

static void put_frames(void)
{
	for (unsigned i = 0; i < RUN; i++)
		put_frame(i, 2 + i);
}

/* How many follow the first. */
static uint32_t run_in(size_t len)
{
	struct payload first;

	ck_assert_int_eq(payload_get(&first, frames + PREFIX, SIZE), 0);
	return payload_run(&first, frames + PREFIX, PREFIX, len - STRIDE);
}

START_TEST(payload_run_sees_all_that_are_whole)
{
	put_frames();
	for (size_t len = STRIDE; len <= sizeof(frames); len++)
		ck_assert_uint_eq(run_in(len), len / STRIDE - 1);
}
END_TEST

START_TEST(payload_run_ends_before_any_changed_bit)
{
	put_frames();
	for (size_t bit = STRIDE * 8; bit < sizeof(frames) * 8; bit++) {
		frames[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_uint_eq(run_in(sizeof(frames)), bit / 8 / STRIDE - 1);
		frames[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_uint_eq(run_in(sizeof(frames)), RUN - 1);
}
END_TEST

START_TEST(payload_run_ends_where_a_packet_is_missing_or_again_or_late)
{
	static const uint64_t wrong[] = { 0, 1, 2, 3, 5, 6, UINT64_MAX };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		put_frames();
		put_frame(2, wrong[i]);
		ck_assert_uint_eq(run_in(sizeof(frames)), 1);
	}
}
END_TEST

START_TEST(payload_run_ends_where_another_flow_or_time_begins)
{
	const struct payload own = sent;

	for (int i = 0; i < 6; i++) {
		sent = own;
		put_frames();
		sent.run += i == 0;
		sent.from += i == 1;
		sent.to += i == 2;
		sent.intended_ns += i == 3;
		sent.measured ^= i == 4;
		put_frame(3, 5);
		ck_assert_uint_eq(run_in(sizeof(frames)), i == 5 ? RUN - 1 : 2);
	}
}
END_TEST

/* All by themselves as they should be, but not what the header says. */
START_TEST(payload_run_ends_where_a_body_is_another_packets)
{
	put_frames();
	memcpy(frames + 3 * STRIDE + PREFIX + PAYLOAD_HEADER_SIZE,
	       frames + 2 * STRIDE + PREFIX + PAYLOAD_HEADER_SIZE, SIZE - PAYLOAD_HEADER_SIZE);
	ck_assert_uint_eq(run_in(sizeof(frames)), 2);
}
END_TEST

START_TEST(payload_put_run_is_each_made_again)
{
	uint8_t expected[sizeof(frames)];

	put_frames();
	memcpy(expected, frames, sizeof(frames));
	for (unsigned i = 0; i < RUN; i++)
		payload_put_again(expected + i * STRIDE + PREFIX, 70 + i, 71, false);
	payload_put_run(frames + PREFIX, STRIDE, RUN, 70, 71, false);
	ck_assert_mem_eq(frames, expected, sizeof(frames));
	ck_assert_uint_eq(run_in(sizeof(frames)), RUN - 1);
}
END_TEST

START_TEST(payload_put_run_of_none_writes_nothing)
{
	uint8_t expected[sizeof(frames)];

	put_frames();
	memcpy(expected, frames, sizeof(frames));
	payload_put_run(frames + PREFIX, STRIDE, 0, 70, 71, false);
	ck_assert_mem_eq(frames, expected, sizeof(frames));
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
	tcase_add_test(t, payload_run_sees_all_that_are_whole);
	tcase_add_test(t, payload_run_ends_before_any_changed_bit);
	tcase_add_test(t, payload_run_ends_where_a_packet_is_missing_or_again_or_late);
	tcase_add_test(t, payload_run_ends_where_another_flow_or_time_begins);
	tcase_add_test(t, payload_run_ends_where_a_body_is_another_packets);
	tcase_add_test(t, payload_put_run_is_each_made_again);
	tcase_add_test(t, payload_put_run_of_none_writes_nothing);
	tcase_add_test(t, payload_takes_the_smallest_and_the_largest);
	suite_add_tcase(s, t);
	return s;
}
