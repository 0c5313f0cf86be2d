/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "daemon/plane_settings.h"
#include "proto/frame.h"

#define WHOLE_FRAME (FRAME_HEADER_SIZE + FRAME_SEND_BODY_MAX)
#define MIB (1024 * 1024)

Suite *test_plane_settings_suite(void);

static struct settings settings;

static void set_up(void)
{
	ck_assert_int_eq(settings_init(&settings), 0);
}

static void tear_down(void)
{
	settings_release(&settings);
}

START_TEST(plane_settings_workers_takes_what_is_set)
{
	settings.workers = 7;
	ck_assert_uint_eq(plane_settings_workers(&settings), 7);
}
END_TEST

START_TEST(plane_settings_workers_counts_cores_for_zero)
{
	settings.workers = 0;
	ck_assert_uint_ge(plane_settings_workers(&settings), 1);
	ck_assert_uint_le(plane_settings_workers(&settings), 256);
}
END_TEST

START_TEST(plane_settings_shard_turns_units)
{
	struct shard_settings s;

	settings.keepalive_s = 3;
	settings.write_timeout_ms = 1234;
	s = plane_settings_shard(&settings);
	ck_assert_uint_eq(s.keepalive_ms, 3000);
	ck_assert_uint_eq(s.write_timeout_ms, 1234);
	ck_assert_uint_eq(s.mesh_write_timeout_ms, 30000);
	ck_assert_uint_eq(s.buf_size, (uint32_t)settings.buf_size);
	ck_assert_uint_eq(s.buf_count, (uint32_t)settings.buf_ring_size);
	ck_assert(s.parts == settings.buf_parts);
}
END_TEST

START_TEST(plane_settings_shard_burst_holds_a_whole_frame)
{
	settings.client_rate = 1000;
	ck_assert_uint_eq(plane_settings_shard(&settings).client_burst, WHOLE_FRAME);
	settings.client_rate = 10 * MIB;
	ck_assert_uint_eq(plane_settings_shard(&settings).client_burst, 10 * MIB);
	settings.client_burst = MIB;
	ck_assert_uint_eq(plane_settings_shard(&settings).client_burst, MIB);
}
END_TEST

START_TEST(plane_settings_shard_has_no_burst_without_rate)
{
	settings.client_burst = MIB;
	ck_assert_uint_eq(plane_settings_shard(&settings).client_burst, 0);
}
END_TEST

START_TEST(plane_settings_shard_holds_several_large_queues)
{
	settings.send_queue_bytes = 256 * 1024;
	ck_assert_uint_eq(plane_settings_shard(&settings).held_bytes_max, 64 * MIB);
	settings.send_queue_bytes = 32 * MIB;
	ck_assert_uint_eq(plane_settings_shard(&settings).held_bytes_max, 128 * MIB);
}
END_TEST

START_TEST(plane_settings_accept_burst_defaults_to_one_second)
{
	settings.max_accept_rate = 50;
	ck_assert_uint_eq(plane_settings_accept_burst(&settings), 50);
	settings.accept_burst = 5;
	ck_assert_uint_eq(plane_settings_accept_burst(&settings), 5);
	ck_assert_uint_eq(plane_settings_accept(&settings).accept_burst, 5);
}
END_TEST

START_TEST(plane_settings_accept_bounds_the_memory_of_logins)
{
	ck_assert_uint_eq(plane_settings_accept(&settings).handshake_memory, 128 * MIB);
	settings.handshake_memory = 0;
	ck_assert_uint_eq(plane_settings_accept(&settings).handshake_memory, 0);
}
END_TEST

START_TEST(plane_settings_take_reloadable_leaves_the_rest)
{
	struct settings next;

	ck_assert_int_eq(settings_init(&next), 0);
	next.max_accept_rate = 11;
	next.accept_burst = 12;
	next.max_connections = 13;
	next.max_connections_per_ip = 14;
	next.port = settings.port + 1;
	plane_settings_take_reloadable(&settings, &next);
	ck_assert_int_eq(settings.max_accept_rate, 11);
	ck_assert_int_eq(settings.accept_burst, 12);
	ck_assert_int_eq(settings.max_connections, 13);
	ck_assert_int_eq(settings.max_connections_per_ip, 14);
	ck_assert_int_eq(settings.port, next.port - 1);
	settings_release(&next);
}
END_TEST

Suite *test_plane_settings_suite(void)
{
	Suite *s = suite_create("plane_settings");
	TCase *t = tcase_create("plane_settings");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, plane_settings_workers_takes_what_is_set);
	tcase_add_test(t, plane_settings_workers_counts_cores_for_zero);
	tcase_add_test(t, plane_settings_shard_turns_units);
	tcase_add_test(t, plane_settings_shard_burst_holds_a_whole_frame);
	tcase_add_test(t, plane_settings_shard_has_no_burst_without_rate);
	tcase_add_test(t, plane_settings_shard_holds_several_large_queues);
	tcase_add_test(t, plane_settings_accept_burst_defaults_to_one_second);
	tcase_add_test(t, plane_settings_accept_bounds_the_memory_of_logins);
	tcase_add_test(t, plane_settings_take_reloadable_leaves_the_rest);
	suite_add_tcase(s, t);
	return s;
}
