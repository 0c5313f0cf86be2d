/* SPDX-License-Identifier: MIT
 * Frames as the examples of RFC 6455, 5.7 and others, given whole and byte by byte. */
#include <check.h>
#include <string.h>

#include "tools/lib/ws_frame.h"
#include "util/error.h"

#define LARGE 70000

Suite *test_ws_frame_suite(void);

static struct ws_frame_reader reader;
static uint8_t buffer[2 * LARGE];
static uint8_t large[LARGE];

static void set_up(void)
{
	memset(&reader, 0, sizeof(reader));
	for (size_t i = 0; i < LARGE; i++)
		large[i] = (uint8_t)(i * 7 + i / 256);
}

static ssize_t read_copy(const void *bytes, size_t len)
{
	memcpy(buffer, bytes, len);
	return ws_frame_read(&reader, buffer, len);
}

#define READ(...) read_copy((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* --- to the server --------------------------------------------------------------- */

START_TEST(ws_frame_put_masks_as_the_standard_says)
{
	static const uint8_t mask[] = { 0x37, 0xfa, 0x21, 0x3d };
	static const uint8_t want[] = { 0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58 };

	ck_assert_uint_eq(ws_frame_put(buffer, WS_FRAME_BINARY, mask, "Hello", 5), sizeof(want));
	ck_assert_mem_eq(buffer, want, sizeof(want));
}
END_TEST

/* Header of each length form, and every byte under the mask. */
START_TEST(ws_frame_put_takes_every_length)
{
	static const struct {
		size_t len, head;
	} cases[] = { { 0, 6 }, { 125, 6 }, { 126, 8 }, { 65535, 8 }, { 65536, 14 }, { LARGE, 14 } };
	static const uint8_t mask[] = { 1, 2, 3, 250 };

	for (size_t i = 0; i < HD_ARRAY_LEN(cases); i++) {
		size_t n = ws_frame_put(buffer, WS_FRAME_BINARY, mask, large, cases[i].len);

		ck_assert_uint_eq(n, cases[i].head + cases[i].len);
		ck_assert_uint_eq(buffer[1] & 0x80, 0x80);
		for (size_t k = 0; k < cases[i].len; k++)
			ck_assert_uint_eq(buffer[cases[i].head + k] ^ mask[k % 4], large[k]);
	}
}
END_TEST

/* --- from the server ------------------------------------------------------------- */

START_TEST(ws_frame_read_gives_the_payload_of_several_messages)
{
	ck_assert_int_eq(READ(0x82, 3, 'a', 'b', 'c', 0x82, 0, 0x82, 1, 'd'), 4);
	ck_assert_mem_eq(buffer, "abcd", 4);
}
END_TEST

START_TEST(ws_frame_read_joins_parts_of_a_message_with_a_ping_between)
{
	ck_assert_int_eq(READ(0x02, 1, 'a', 0x89, 2, 'p', 'q', 0x80, 1, 'b'), 2);
	ck_assert_mem_eq(buffer, "ab", 2);
	ck_assert(reader.pinged);
	ck_assert_uint_eq(reader.ping_len, 2);
	ck_assert_mem_eq(reader.ping, "pq", 2);
}
END_TEST

START_TEST(ws_frame_read_takes_one_byte_at_a_time)
{
	static const uint8_t stream[] = { 0x02, 1, 'a', 0x89, 1, 'p', 0x80, 126, 0, 2, 'b', 'c', 0x8a, 0,
					  0x82, 127, 0,   0,	0,   0, 0,    0,   0, 1, 'd' };
	uint8_t got[8];
	size_t len = 0;

	for (size_t i = 0; i < sizeof(stream); i++) {
		uint8_t byte = stream[i];
		ssize_t n = ws_frame_read(&reader, &byte, 1);

		ck_assert_int_ge(n, 0);
		memcpy(got + len, &byte, (size_t)n);
		len += (size_t)n;
	}
	ck_assert_uint_eq(len, 4);
	ck_assert_mem_eq(got, "abcd", 4);
	ck_assert(reader.pinged);
	ck_assert(!reader.closed);
}
END_TEST

START_TEST(ws_frame_read_takes_every_length)
{
	buffer[0] = 0x82;
	buffer[1] = 127;
	memset(buffer + 2, 0, 8);
	buffer[7] = LARGE >> 16;
	buffer[8] = (uint8_t)(LARGE >> 8);
	buffer[9] = (uint8_t)LARGE;
	memcpy(buffer + 10, large, LARGE);
	ck_assert_int_eq(ws_frame_read(&reader, buffer, 10 + LARGE), LARGE);
	ck_assert_mem_eq(buffer, large, LARGE);
	ck_assert(!reader.in_body);
}
END_TEST

START_TEST(ws_frame_read_ends_at_a_close)
{
	ck_assert_int_eq(READ(0x82, 1, 'a', 0x88, 2, 0x03, 0xf1, 0x82, 1, 'b'), 1);
	ck_assert(reader.closed);
	ck_assert_uint_eq(reader.close_code, 1009);
	ck_assert_int_eq(READ(0x82, 1, 'c'), 0);
}
END_TEST

START_TEST(ws_frame_read_takes_a_close_without_a_code)
{
	ck_assert_int_eq(READ(0x88, 0), 0);
	ck_assert(reader.closed);
	ck_assert_uint_eq(reader.close_code, 0);
}
END_TEST

START_TEST(ws_frame_read_refuses_what_no_server_may_send)
{
	static const uint8_t bad[][4] = {
		{ 0x82, 0x81, 1, 2 }, /* masked */
		{ 0xc2, 1, 'a', 0 }, /* reserved bit: an extension that nobody offered */
		{ 0x81, 1, 'a', 0 }, /* text */
		{ 0x83, 1, 'a', 0 }, /* reserved opcode */
		{ 0x8b, 0, 0, 0 }, /* the same, control */
		{ 0x80, 1, 'a', 0 }, /* goes on with no message */
		{ 0x09, 0, 0, 0 }, /* a ping in parts */
		{ 0x89, 126, 0, 126 }, /* a large ping */
		{ 0x88, 1, 3, 0 }, /* half a close code */
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(bad); i++) {
		set_up();
		ck_assert_int_eq(read_copy(bad[i], sizeof(bad[i])), ERROR_MALFORMED);
	}
	set_up();
	ck_assert_int_eq(READ(0x02, 1, 'a'), 1);
	ck_assert_int_eq(READ(0x82, 1, 'b'), ERROR_MALFORMED); /* inside another message */
	set_up();
	ck_assert_int_eq(READ(0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0), ERROR_MALFORMED); /* top bit of a length */
}
END_TEST

Suite *test_ws_frame_suite(void)
{
	Suite *s = suite_create("ws_frame");
	TCase *t = tcase_create("ws_frame");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, ws_frame_put_masks_as_the_standard_says);
	tcase_add_test(t, ws_frame_put_takes_every_length);
	tcase_add_test(t, ws_frame_read_gives_the_payload_of_several_messages);
	tcase_add_test(t, ws_frame_read_joins_parts_of_a_message_with_a_ping_between);
	tcase_add_test(t, ws_frame_read_takes_one_byte_at_a_time);
	tcase_add_test(t, ws_frame_read_takes_every_length);
	tcase_add_test(t, ws_frame_read_ends_at_a_close);
	tcase_add_test(t, ws_frame_read_takes_a_close_without_a_code);
	tcase_add_test(t, ws_frame_read_refuses_what_no_server_may_send);
	suite_add_tcase(s, t);
	return s;
}
