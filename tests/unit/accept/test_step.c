/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "accept/login.h"
#include "accept/plane.h"
#include "accept/step.h"
#include "crypto/box.h"
#include "proto/frame.h"
#include "util/log.h"

Suite *test_step_suite(void);

#define INFO_MAX 512

static struct accept_plane plane;
static struct plane_thread thread;
static struct login login;
static struct box_shared client_shared;
static struct key client_key;
static uint8_t frame[INFO_MAX];

static void setup(void)
{
	uint8_t client_private[BOX_KEY_SIZE];

	log_set_level(LOG_LEVEL_ERROR);
	ck_assert_int_eq(box_start(), 0);
	memset(&plane, 0, sizeof(plane));
	memset(&thread, 0, sizeof(thread));
	memset(&login, 0, sizeof(login));
	box_new_private(plane.settings.private_key);
	box_public_of(plane.settings.public_key.bytes, plane.settings.private_key);
	thread.plane = &plane;
	login.thread = &thread;
	box_new_private(client_private);
	box_public_of(client_key.bytes, client_private);
	ck_assert_int_eq(box_share(&client_shared, plane.settings.public_key.bytes, client_private), 0);
}

static struct step_move run(enum step_id id, struct step_input *in)
{
	login.step = (uint8_t)id;
	return step_run(&login, in);
}

/* The frame in `frame`; returns its length. */
static size_t put_info(const char *json)
{
	uint8_t *nonce = frame + FRAME_HEADER_SIZE + KEY_SIZE;
	size_t body = KEY_SIZE + FRAME_NONCE_SIZE + BOX_MAC_SIZE + strlen(json);

	ck_assert_uint_le(FRAME_HEADER_SIZE + body, sizeof(frame));
	frame_header_store(frame, FRAME_CLIENT_INFO, (uint32_t)body);
	memcpy(frame + FRAME_HEADER_SIZE, client_key.bytes, KEY_SIZE);
	box_seal(nonce + FRAME_NONCE_SIZE, nonce, (const uint8_t *)json, strlen(json), &client_shared);
	return FRAME_HEADER_SIZE + body;
}

START_TEST(step_names_are_there_and_differ)
{
	for (int i = 0; i < STEP_COUNT; i++) {
		ck_assert_ptr_nonnull(step_name((enum step_id)i));
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(step_name((enum step_id)i), step_name((enum step_id)j));
	}
}
END_TEST

START_TEST(step_input_max_allows_the_longest_message)
{
	ck_assert_uint_eq(step_input_max(STEP_HTTP), HTTP_HEAD_MAX);
	ck_assert_uint_eq(step_input_max(STEP_CLIENT_INFO), FRAME_HEADER_SIZE + FRAME_CLIENT_INFO_MAX);
	ck_assert_uint_eq(step_input_max(STEP_HANDOVER), 0);
	ck_assert_uint_gt(step_input_max(STEP_LINGER), 0);
}
END_TEST

START_TEST(step_client_info_waits_for_its_whole_frame)
{
	size_t len = put_info("{}");

	for (size_t n = 0; n < len; n++) {
		struct step_input in = { frame, n };

		ck_assert_int_eq(run(STEP_CLIENT_INFO, &in).verb, STEP_WAIT);
		ck_assert_uint_eq(in.left, n);
	}
	for (size_t n = len; n < len + 3; n++) {
		struct step_input in = { frame, n };
		struct step_move move = run(STEP_CLIENT_INFO, &in);

		ck_assert_int_eq(move.verb, STEP_GO);
		ck_assert_int_eq(move.next, STEP_VERIFY);
		ck_assert_uint_eq(in.left, n); /* the next step takes it */
	}
}
END_TEST

START_TEST(step_client_info_tells_a_bad_header_before_the_body)
{
	static const struct {
		uint8_t type;
		uint32_t len;
		bool ok;
	} cases[] = {
		{ FRAME_CLIENT_INFO, 55, false }, { FRAME_CLIENT_INFO, 56, true },
		{ FRAME_CLIENT_INFO, 256 * 1024, true }, { FRAME_CLIENT_INFO, 256 * 1024 + 1, false },
		{ FRAME_CLIENT_INFO, UINT32_MAX, false }, { FRAME_CLIENT_INFO, 0, false },
		{ FRAME_SEND_PACKET, 100, false }, { 0, 100, false }, { 0xff, 100, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct step_input in = { frame, FRAME_HEADER_SIZE };
		struct step_move move;

		frame_header_store(frame, cases[i].type, cases[i].len);
		move = run(STEP_CLIENT_INFO, &in);
		ck_assert_int_eq(move.verb, cases[i].ok ? STEP_WAIT : STEP_END);
		if (!cases[i].ok)
			ck_assert_int_eq(move.result, LOGIN_BAD_FRAME);
	}
}
END_TEST

START_TEST(step_verify_takes_its_frame_and_no_more)
{
	size_t len = put_info("{\"version\":2}");
	struct step_input in = { frame, len + 7 };
	struct step_move move = run(STEP_VERIFY, &in);

	ck_assert_int_eq(move.verb, STEP_GO);
	ck_assert_int_eq(move.next, STEP_HANDOVER);
	ck_assert_uint_eq(in.left, 7);
	ck_assert_ptr_eq(in.at, frame + len);
	ck_assert(key_equal(&login.key, &client_key));
	ck_assert_uint_eq(login.flags, 0);
	ck_assert_mem_eq(&login.shared, &client_shared, sizeof(client_shared));
}
END_TEST

static void check_verify(size_t len, enum login_result want)
{
	struct step_input in = { frame, len };
	struct step_move move = run(STEP_VERIFY, &in);

	ck_assert_int_eq(move.verb, STEP_END);
	ck_assert_int_eq(move.result, want);
}

START_TEST(step_verify_refuses_every_damaged_byte_of_the_box)
{
	size_t len = put_info("{}");

	for (size_t at = FRAME_HEADER_SIZE + KEY_SIZE; at < len; at++) {
		put_info("{}");
		frame[at] ^= 0x10;
		check_verify(len, LOGIN_BAD_BOX);
	}
}
END_TEST

START_TEST(step_verify_refuses_another_key)
{
	size_t len = put_info("{}");
	uint8_t other[BOX_KEY_SIZE];

	box_new_private(other);
	box_public_of(frame + FRAME_HEADER_SIZE, other);
	check_verify(len, LOGIN_BAD_BOX);
}
END_TEST

START_TEST(step_verify_refuses_unusable_keys)
{
	size_t len = put_info("{}");

	memset(frame + FRAME_HEADER_SIZE, 0, KEY_SIZE);
	check_verify(len, LOGIN_BAD_KEY);
	frame[FRAME_HEADER_SIZE] = 1; /* a point of small order */
	check_verify(len, LOGIN_BAD_KEY);
}
END_TEST

START_TEST(step_verify_refuses_a_box_shorter_than_its_mac)
{
	for (uint32_t extra = 0; extra < BOX_MAC_SIZE; extra++) {
		put_info("");
		frame_header_store(frame, FRAME_CLIENT_INFO, FRAME_CLIENT_INFO_MIN + extra);
		check_verify(FRAME_HEADER_SIZE + FRAME_CLIENT_INFO_MIN + extra, LOGIN_BAD_BOX);
	}
}
END_TEST

START_TEST(step_verify_refuses_bad_documents)
{
	static const char *const bad[] = { "", "{", "[]", "{\"version\":\"2\"}", "{\"meshKey\":\"\"}",
					   "{\"meshKey\":\"00\"}", "{} x" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_verify(put_info(bad[i]), LOGIN_BAD_INFO);
}
END_TEST

static uint8_t flags_for(const char *json)
{
	struct step_input in = { frame, put_info(json) };

	login.flags = 0;
	ck_assert_int_eq(run(STEP_VERIFY, &in).verb, STEP_GO);
	return login.flags;
}

START_TEST(step_verify_sets_flags)
{
	ck_assert_uint_eq(flags_for("null"), 0);
	ck_assert_uint_eq(flags_for("{\"CanAckPings\":true}"), PEER_FLAG_CAN_ACK_PINGS);
	ck_assert_uint_eq(flags_for("{\"IsProber\":true}"), PEER_FLAG_PROBER);
	ck_assert_uint_eq(flags_for("{\"IsProber\":true,\"canackpings\":true}"),
			  PEER_FLAG_PROBER | PEER_FLAG_CAN_ACK_PINGS);
}
END_TEST

#define MESH_JSON(digits) "{\"meshKey\":\"" digits "\"}"
#define SEVEN_32 "07070707070707070707070707070707"
#define ZERO_32 "00000000000000000000000000000000"
#define EIGHT_32 "08080808080808080808080808080808"

START_TEST(step_verify_mesh_key_must_be_the_region_s)
{
	ck_assert_uint_eq(flags_for(MESH_JSON(SEVEN_32 SEVEN_32)), 0); /* the relay has none */
	plane.settings.has_mesh_key = true;
	memset(plane.settings.mesh_key, 7, sizeof(plane.settings.mesh_key));
	ck_assert_uint_eq(flags_for(MESH_JSON(SEVEN_32 SEVEN_32)), PEER_FLAG_MESH);
	ck_assert_uint_eq(flags_for(MESH_JSON(SEVEN_32 EIGHT_32)), 0);
	ck_assert_uint_eq(flags_for("{}"), 0);
}
END_TEST

START_TEST(step_verify_zero_mesh_key_opens_no_mesh)
{
	plane.settings.has_mesh_key = false; /* whose bytes are zero then */
	ck_assert_uint_eq(flags_for(MESH_JSON(ZERO_32 ZERO_32)), 0);
}
END_TEST

START_TEST(step_verify_leaves_no_plain_text_behind)
{
	size_t len = put_info(MESH_JSON(SEVEN_32 SEVEN_32));
	struct step_input in = { frame, len };

	ck_assert_int_eq(run(STEP_VERIFY, &in).verb, STEP_GO);
	for (size_t i = FRAME_HEADER_SIZE + KEY_SIZE + FRAME_NONCE_SIZE; i < len; i++)
		ck_assert_uint_eq(frame[i], 0);
}
END_TEST

Suite *test_step_suite(void)
{
	Suite *s = suite_create("step");
	TCase *tc = tcase_create("step");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, step_names_are_there_and_differ);
	tcase_add_test(tc, step_input_max_allows_the_longest_message);
	tcase_add_test(tc, step_client_info_waits_for_its_whole_frame);
	tcase_add_test(tc, step_client_info_tells_a_bad_header_before_the_body);
	tcase_add_test(tc, step_verify_takes_its_frame_and_no_more);
	tcase_add_test(tc, step_verify_refuses_every_damaged_byte_of_the_box);
	tcase_add_test(tc, step_verify_refuses_another_key);
	tcase_add_test(tc, step_verify_refuses_unusable_keys);
	tcase_add_test(tc, step_verify_refuses_a_box_shorter_than_its_mac);
	tcase_add_test(tc, step_verify_refuses_bad_documents);
	tcase_add_test(tc, step_verify_sets_flags);
	tcase_add_test(tc, step_verify_mesh_key_must_be_the_region_s);
	tcase_add_test(tc, step_verify_zero_mesh_key_opens_no_mesh);
	tcase_add_test(tc, step_verify_leaves_no_plain_text_behind);
	suite_add_tcase(s, tc);
	return s;
}
