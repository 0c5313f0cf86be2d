/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "proto/frame.h"
#include "util/assert.h"

Suite *test_frame_suite(void);

static struct key key;

static void setup(void)
{
	for (int i = 0; i < KEY_SIZE; i++)
		key.bytes[i] = (uint8_t)(0x40 + i);
}

/* What a client may send: the least and the most bytes of a body. */
static const struct {
	uint8_t type;
	uint32_t min, max;
} lengths[] = {
	{ FRAME_SEND_PACKET, 32, 32 + 65536 },
	{ FRAME_FORWARD_PACKET, 64, 64 + 65536 },
	{ FRAME_NOTE_PREFERRED, 1, 1 },
	{ FRAME_WATCH_CONNS, 0, 0 },
	{ FRAME_CLOSE_PEER, 32, 32 },
	{ FRAME_PING, 8, 1000 },
};

START_TEST(frame_client_length_ok_accepts_up_to_both_limits)
{
	struct frame_header h = { lengths[_i].type, lengths[_i].min };

	ck_assert(frame_client_length_ok(h));
	h.body_len = lengths[_i].max;
	ck_assert(frame_client_length_ok(h));
}
END_TEST

START_TEST(frame_client_length_ok_rejects_past_both_limits)
{
	struct frame_header h = { lengths[_i].type, lengths[_i].max + 1 };

	ck_assert(!frame_client_length_ok(h));
	h.body_len = UINT32_MAX;
	ck_assert(!frame_client_length_ok(h));
	if (lengths[_i].min > 0) {
		h.body_len = lengths[_i].min - 1;
		ck_assert(!frame_client_length_ok(h));
	}
}
END_TEST

START_TEST(frame_client_length_ok_lets_unknown_types_be_skipped)
{
	for (int type = 0; type < 256; type++) {
		struct frame_header h = { (uint8_t)type, 0 };
		bool ruled = false;

		for (size_t i = 0; i < HD_ARRAY_LEN(lengths); i++)
			ruled |= lengths[i].type == type;
		if (ruled)
			continue;
		ck_assert(frame_client_length_ok(h));
		h.body_len = 1000000;
		ck_assert(frame_client_length_ok(h));
		h.body_len = UINT32_MAX;
		ck_assert(frame_client_length_ok(h));
	}
}
END_TEST

START_TEST(frame_header_goes_both_ways)
{
	uint8_t bytes[FRAME_HEADER_SIZE];
	struct frame_header h;

	frame_header_store(bytes, 0x12, 0x89abcdef);
	ck_assert_mem_eq(bytes, "\x12\x89\xab\xcd\xef", 5);
	h = frame_header_load(bytes);
	ck_assert_uint_eq(h.type, 0x12);
	ck_assert_uint_eq(h.body_len, 0x89abcdef);
}
END_TEST

START_TEST(frame_type_names_differ)
{
	ck_assert_str_eq(frame_type_name(0x01), "ServerKey");
	ck_assert_str_eq(frame_type_name(0x0a), "ForwardPacket");
	ck_assert_str_eq(frame_type_name(0x15), "Restarting");
	ck_assert_str_eq(frame_type_name(0x00), "unknown");
	ck_assert_str_eq(frame_type_name(0x0b), "unknown");
	ck_assert_str_eq(frame_type_name(0xff), "unknown");
}
END_TEST

START_TEST(frame_disco_wants_magic_and_62_bytes)
{
	uint8_t packet[62] = { 0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac };

	ck_assert(frame_is_disco(packet, 62));
	ck_assert(!frame_is_disco(packet, 61));
	ck_assert(!frame_is_disco(packet, 6));
	ck_assert(!frame_is_disco(packet, 0));
	for (int i = 0; i < 6; i++) {
		packet[i] ^= 1;
		ck_assert(!frame_is_disco(packet, 62));
		packet[i] ^= 1;
	}
}
END_TEST

START_TEST(frame_put_server_key_can_be_read_back)
{
	uint8_t out[FRAME_SERVER_KEY_SIZE + 3];
	struct key read;

	ck_assert_uint_eq(frame_put_server_key(out, &key), 45);
	ck_assert_mem_eq(out, "\x01\0\0\0\x28" "DERP\xf0\x9f\x94\x91", 13);
	ck_assert_mem_eq(out + 13, key.bytes, KEY_SIZE);
	ck_assert(frame_read_server_key(&read, out + 5, 40));
	ck_assert(key_equal(&read, &key));
	ck_assert(frame_read_server_key(&read, out + 5, 43)); /* bytes of a later version */
}
END_TEST

START_TEST(frame_read_server_key_refuses_short_and_foreign)
{
	uint8_t out[FRAME_SERVER_KEY_SIZE];
	struct key read = { { 0 } };

	frame_put_server_key(out, &key);
	for (size_t len = 0; len < 40; len++)
		ck_assert(!frame_read_server_key(&read, out + 5, len));
	for (int i = 0; i < 8; i++) {
		out[5 + i] ^= 0x20;
		ck_assert(!frame_read_server_key(&read, out + 5, 40));
		out[5 + i] ^= 0x20;
	}
	ck_assert(key_is_zero(&read));
}
END_TEST

START_TEST(frame_put_keep_alive_is_an_empty_body)
{
	uint8_t out[FRAME_KEEP_ALIVE_SIZE];

	ck_assert_uint_eq(frame_put_keep_alive(out), 5);
	ck_assert_mem_eq(out, "\x06\0\0\0\0", 5);
}
END_TEST

START_TEST(frame_put_pong_echoes_eight_bytes)
{
	uint8_t out[FRAME_PONG_SIZE];

	ck_assert_uint_eq(frame_put_pong(out, key.bytes), 13);
	ck_assert_mem_eq(out, "\x13\0\0\0\x08", 5);
	ck_assert_mem_eq(out + 5, key.bytes, 8);
}
END_TEST

START_TEST(frame_put_peer_gone_tells_key_and_reason)
{
	uint8_t out[FRAME_PEER_GONE_SIZE];

	ck_assert_uint_eq(frame_put_peer_gone(out, &key, FRAME_GONE_NOT_HERE), 38);
	ck_assert_mem_eq(out, "\x08\0\0\0\x21", 5);
	ck_assert_mem_eq(out + 5, key.bytes, KEY_SIZE);
	ck_assert_uint_eq(out[37], 1);
	frame_put_peer_gone(out, &key, FRAME_GONE_DISCONNECTED);
	ck_assert_uint_eq(out[37], 0);
}
END_TEST

START_TEST(frame_put_peer_present_lays_out_51_bytes)
{
	static const uint8_t ip[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7 };
	uint8_t out[FRAME_PEER_PRESENT_SIZE];

	ck_assert_uint_eq(frame_put_peer_present(out, &key, ip, 0x8001, FRAME_PRESENT_NOT_IDEAL), 56);
	ck_assert_mem_eq(out, "\x09\0\0\0\x33", 5);
	ck_assert_mem_eq(out + 5, key.bytes, KEY_SIZE);
	ck_assert_mem_eq(out + 37, ip, 16);
	ck_assert_mem_eq(out + 53, "\x80\x01\x08", 3);
}
END_TEST

START_TEST(frame_present_flags_say_regular_only_alone)
{
	ck_assert_uint_eq(frame_present_flags(false, false, false), 1);
	ck_assert_uint_eq(frame_present_flags(true, false, false), 2);
	ck_assert_uint_eq(frame_present_flags(false, true, false), 4);
	ck_assert_uint_eq(frame_present_flags(false, false, true), 8);
	ck_assert_uint_eq(frame_present_flags(true, true, true), 14);
}
END_TEST

START_TEST(frame_put_restarting_tells_two_times)
{
	uint8_t out[FRAME_RESTARTING_SIZE];

	ck_assert_uint_eq(frame_put_restarting(out, 0x01020304, 0xfffefdfc), 13);
	ck_assert_mem_eq(out, "\x15\0\0\0\x08\x01\x02\x03\x04\xff\xfe\xfd\xfc", 13);
}
END_TEST

Suite *test_frame_suite(void)
{
	Suite *s = suite_create("frame");
	TCase *tc = tcase_create("frame");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, frame_client_length_ok_accepts_up_to_both_limits, 0, HD_ARRAY_LEN(lengths));
	tcase_add_loop_test(tc, frame_client_length_ok_rejects_past_both_limits, 0, HD_ARRAY_LEN(lengths));
	tcase_add_test(tc, frame_client_length_ok_lets_unknown_types_be_skipped);
	tcase_add_test(tc, frame_header_goes_both_ways);
	tcase_add_test(tc, frame_type_names_differ);
	tcase_add_test(tc, frame_disco_wants_magic_and_62_bytes);
	tcase_add_test(tc, frame_put_server_key_can_be_read_back);
	tcase_add_test(tc, frame_read_server_key_refuses_short_and_foreign);
	tcase_add_test(tc, frame_put_keep_alive_is_an_empty_body);
	tcase_add_test(tc, frame_put_pong_echoes_eight_bytes);
	tcase_add_test(tc, frame_put_peer_gone_tells_key_and_reason);
	tcase_add_test(tc, frame_put_peer_present_lays_out_51_bytes);
	tcase_add_test(tc, frame_present_flags_say_regular_only_alone);
	tcase_add_test(tc, frame_put_restarting_tells_two_times);
	suite_add_tcase(s, tc);
	return s;
}
