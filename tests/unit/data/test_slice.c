/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "data/slice.h"
#include "proto/frame.h"

Suite *test_slice_suite(void);

/* Frames with bodies of 0, 1, 2, ... bytes; returns the bytes written. */
static uint32_t put_frames(uint8_t *out, uint32_t count)
{
	uint32_t at = 0;

	for (uint32_t body = 0; body < count; body++) {
		frame_header_store(out + at, FRAME_RECV_PACKET, body);
		memset(out + at + FRAME_HEADER_SIZE, (int)body, body);
		at += FRAME_HEADER_SIZE + body;
	}
	return at;
}

START_TEST(slice_whole_frames_takes_all_within_the_limit)
{
	uint8_t data[256];
	uint32_t len = put_frames(data, 10);
	uint16_t frames = 0;

	ck_assert_uint_eq(slice_whole_frames(data, len, len, &frames), len);
	ck_assert_uint_eq(frames, 10);
	ck_assert_uint_eq(slice_whole_frames(data, len, UINT32_MAX, &frames), len);
	ck_assert_uint_eq(frames, 10);
}
END_TEST

START_TEST(slice_whole_frames_ends_at_a_boundary_for_every_limit)
{
	uint8_t data[256];
	uint32_t len = put_frames(data, 10);
	uint32_t whole = 0;
	uint16_t expected = 0;

	for (uint32_t limit = 0; limit <= len; limit++) {
		uint16_t frames = 999;

		if (expected < 10 && limit == whole + FRAME_HEADER_SIZE + expected) {
			whole = limit;
			expected++;
		}
		ck_assert_uint_eq(slice_whole_frames(data, len, limit, &frames), whole);
		ck_assert_uint_eq(frames, expected);
	}
	ck_assert_uint_eq(expected, 10);
}
END_TEST

START_TEST(slice_whole_frames_of_nothing_is_nothing)
{
	uint16_t frames = 999;

	ck_assert_uint_eq(slice_whole_frames(NULL, 0, 100, &frames), 0);
	ck_assert_uint_eq(frames, 0);
}
END_TEST

START_TEST(slice_whole_frames_aborts_on_a_frame_in_part)
{
	uint8_t data[64];
	uint32_t len = put_frames(data, 3);
	uint16_t frames;

	(void)slice_whole_frames(data, len - 1, len, &frames);
}
END_TEST

START_TEST(slice_queue_keeps_the_order_of_arrival)
{
	struct slice_queue q = { 0 };
	struct slice s[4];

	for (int i = 0; i < 4; i++)
		slice_push_back(&q, &s[i]);
	for (int i = 0; i < 4; i++)
		ck_assert_ptr_eq(slice_pop_front(&q), &s[i]);
	ck_assert_ptr_null(slice_pop_front(&q));
	ck_assert_ptr_null(q.tail);
}
END_TEST

START_TEST(slice_push_front_comes_out_first)
{
	struct slice_queue q = { 0 };
	struct slice s[3];

	slice_push_front(&q, &s[1]);
	slice_push_back(&q, &s[2]);
	slice_push_front(&q, &s[0]);
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_eq(slice_pop_front(&q), &s[i]);
	ck_assert_ptr_null(q.head);
	ck_assert_ptr_null(q.tail);
}
END_TEST

START_TEST(slice_queue_is_usable_again_when_emptied)
{
	struct slice_queue q = { 0 };
	struct slice s[2];

	slice_push_front(&q, &s[0]);
	ck_assert_ptr_eq(slice_pop_front(&q), &s[0]);
	slice_push_back(&q, &s[1]);
	ck_assert_ptr_eq(q.head, &s[1]);
	ck_assert_ptr_eq(q.tail, &s[1]);
}
END_TEST

Suite *test_slice_suite(void)
{
	Suite *s = suite_create("slice");
	TCase *tc = tcase_create("slice");

	tcase_add_test(tc, slice_whole_frames_takes_all_within_the_limit);
	tcase_add_test(tc, slice_whole_frames_ends_at_a_boundary_for_every_limit);
	tcase_add_test(tc, slice_whole_frames_of_nothing_is_nothing);
	tcase_add_test_raise_signal(tc, slice_whole_frames_aborts_on_a_frame_in_part, SIGABRT);
	tcase_add_test(tc, slice_queue_keeps_the_order_of_arrival);
	tcase_add_test(tc, slice_push_front_comes_out_first);
	tcase_add_test(tc, slice_queue_is_usable_again_when_emptied);
	suite_add_tcase(s, tc);
	return s;
}
