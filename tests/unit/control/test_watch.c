/* SPDX-License-Identifier: MIT */
#include "control/watch.h"

#include <check.h>

#include "proto/frame.h"
#include "tests/unit/control/events.h"
#include "tests/unit/control/town.h"

Suite *test_watch_suite(void);

START_TEST(watcher_is_told_who_is_here_then_what_changes)
{
	town_open(WATCH_BLOCK_MAX, 8, 100);
	town_join(1, 1);
	town_join(2, 2);
	town_join_with(TOWN_WATCHER_KEY, 0, PEER_FLAG_MESH);
	town_watch_from(0);
	town_settle();
	town_assert_knows_all(0);
	ck_assert_uint_eq(town_clients[0].frames, 3);
	town_join(3, 3);
	town_leave(1);
	town_settle();
	town_assert_knows_all(0);
	ck_assert_uint_eq(town_clients[0].frames, 5);
}
END_TEST

START_TEST(watcher_with_no_news_gets_nothing)
{
	town_open(WATCH_BLOCK_MAX, 8, 100);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	town_settle();
	ck_assert(!town_send_one());
	ck_assert_uint_eq(watch_log_count(town_watch), 0);
}
END_TEST

START_TEST(nobody_watching_keeps_no_log)
{
	town_open(WATCH_BLOCK_MAX, 8, 100);
	town_join(1, 1);
	town_leave(1);
	ck_assert_uint_eq(watch_log_count(town_watch), 0);
	ck_assert(!town_send_one());
}
END_TEST

START_TEST(key_is_present_again_with_each_more_connection_and_gone_with_the_last)
{
	town_open(WATCH_BLOCK_MAX, 8, 100);
	town_join(1, 1);
	town_join(1, 2);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	town_settle();
	ck_assert_uint_eq(town_clients[0].frames, 2);
	town_join(1, 3);
	town_settle();
	ck_assert_uint_eq(town_clients[0].frames, 3);
	town_leave(1);
	town_leave(3);
	town_settle();
	ck_assert_uint_eq(town_clients[0].frames, 3);
	ck_assert(town_clients[0].knows[1]);
	town_leave(2);
	town_settle();
	ck_assert_uint_eq(town_clients[0].frames, 4);
	ck_assert(!town_clients[0].knows[1]);
}
END_TEST

START_TEST(key_present_again_has_the_newest_flags)
{
	uint8_t want[FRAME_PEER_PRESENT_SIZE];
	struct peer_addr addr = events_addr(1 + 1);
	struct key key = events_key(1);

	town_open(FRAME_PEER_PRESENT_SIZE, 8, 100);
	town_join(1, 1);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	town_settle();
	town_join_with(1, 2, PEER_FLAG_NOT_IDEAL);
	ck_assert(town_send_one());
	frame_put_peer_present(want, &key, addr.ip, addr.port, FRAME_PRESENT_NOT_IDEAL);
	ck_assert_uint_eq(town_clients[0].in_flight.len, sizeof(want));
	ck_assert_mem_eq(town_clients[0].in_flight.data, want, sizeof(want));
}
END_TEST

/* All of it happens while a block is in flight. */
START_TEST(key_gone_since_it_was_present_again_is_gone_only)
{
	town_open(WATCH_BLOCK_MAX, 8, 100);
	town_join(1, 1);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	ck_assert(town_send_one());
	town_join(1, 2);
	town_leave(1);
	town_leave(2);
	if (_i == 1)
		town_join(1, 3);
	town_settle();
	town_assert_knows_all(0);
	ck_assert_uint_eq(town_clients[0].frames, 3 + (unsigned)_i);
}
END_TEST

START_TEST(key_not_told_yet_is_not_present_again)
{
	town_open(FRAME_PEER_PRESENT_SIZE, 8, 100);
	town_join(1, 1);
	town_join(2, 2);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	ck_assert(town_send_one());
	town_join(2, 3);
	town_settle();
	town_assert_knows_all(0);
	ck_assert_uint_eq(town_clients[0].frames, 3);
}
END_TEST

START_TEST(watching_twice_changes_nothing)
{
	town_open(WATCH_BLOCK_MAX, 8, 100);
	town_join(1, 1);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	town_watch_from(0);
	ck_assert_uint_eq(watch_count(town_watch), 1);
	town_settle();
	town_watch_from(0);
	town_settle();
	ck_assert_uint_eq(town_clients[0].frames, 2);
}
END_TEST

START_TEST(one_block_in_flight_until_it_is_done)
{
	town_open(WATCH_BLOCK_MAX, 8, 100);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	ck_assert(town_send_one());
	town_join(1, 1);
	ck_assert(!town_send_one());
	town_arrive(0);
	ck_assert(town_send_one());
	town_arrive(0);
	ck_assert(town_clients[0].knows[1]);
}
END_TEST

START_TEST(blocks_in_flight_are_bounded_and_all_take_turns)
{
	town_open(WATCH_BLOCK_MAX, 2, 100);
	for (uint32_t i = 0; i < 5; i++) {
		town_join(TOWN_WATCHER_KEY + i, i);
		town_watch_from(i);
	}
	ck_assert(town_send_one());
	ck_assert(town_send_one());
	ck_assert(!town_send_one());
	town_arrive(0);
	ck_assert(town_send_one());
	ck_assert_ptr_nonnull(town_clients[2].in_flight.data);
	ck_assert(!town_send_one());
	town_leave(1);
	ck_assert(town_send_one());
	ck_assert_ptr_nonnull(town_clients[3].in_flight.data);
	town_settle();
	for (uint32_t i = 0; i < 5; i++)
		ck_assert(i == 1 || town_clients[i].frames >= 4);
}
END_TEST

START_TEST(block_never_exceeds_its_bound)
{
	town_open(3 * FRAME_PEER_PRESENT_SIZE + 1, 8, 100);
	for (uint32_t i = 0; i < 10; i++)
		town_join(i, 1 + i);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert(town_send_one());
		ck_assert_uint_eq(town_clients[0].in_flight.len, (i < 3 ? 3 : 2) * FRAME_PEER_PRESENT_SIZE);
		town_arrive(0);
	}
	ck_assert(!town_send_one());
	town_assert_knows_all(0);
}
END_TEST

START_TEST(key_that_leaves_ahead_of_the_snapshot_is_never_told)
{
	town_open(FRAME_PEER_PRESENT_SIZE, 8, 100);
	for (uint32_t i = 0; i < 5; i++)
		town_join(i, 1 + i);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	ck_assert(town_send_one());
	town_arrive(0);
	town_leave(1 + 3);
	town_settle();
	town_assert_knows_all(0);
	ck_assert_uint_eq(town_clients[0].frames, 5);
}
END_TEST

START_TEST(key_that_leaves_and_comes_back_during_the_snapshot_ends_present)
{
	town_open(FRAME_PEER_PRESENT_SIZE, 8, 100);
	for (uint32_t i = 0; i < 5; i++)
		town_join(i, 1 + i);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	ck_assert(town_send_one());
	town_arrive(0);
	ck_assert(town_clients[0].knows[0]);
	town_leave(1); /* key 0, told */
	town_join(0, 1);
	town_leave(1 + 3); /* key 3, not told yet */
	town_join(3, 1 + 3);
	town_settle();
	town_assert_knows_all(0);
	ck_assert(town_clients[0].knows[0] && town_clients[0].knows[3]);
}
END_TEST

START_TEST(present_frame_has_the_newest_address_and_flags)
{
	static const struct {
		uint8_t peer;
		uint8_t frame;
	} flags[] = {
		{ 0, FRAME_PRESENT_REGULAR },
		{ PEER_FLAG_WEBSOCKET | PEER_FLAG_CAN_ACK_PINGS, FRAME_PRESENT_REGULAR },
		{ PEER_FLAG_MESH, FRAME_PRESENT_MESH },
		{ PEER_FLAG_PROBER | PEER_FLAG_NOT_IDEAL, FRAME_PRESENT_PROBER | FRAME_PRESENT_NOT_IDEAL },
	};
	uint8_t want[FRAME_PEER_PRESENT_SIZE];
	struct peer_addr addr = events_addr(1 + 7);
	struct key key = events_key(7);

	town_open(FRAME_PEER_PRESENT_SIZE, 8, 100);
	town_join(7, 1);
	town_join_with(7, 2, flags[_i].peer);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	ck_assert(town_send_one());
	frame_put_peer_present(want, &key, addr.ip, addr.port, flags[_i].frame);
	ck_assert_mem_eq(town_clients[0].in_flight.data, want, sizeof(want));
}
END_TEST

START_TEST(watcher_too_far_behind_is_closed_and_others_are_not)
{
	town_open(WATCH_BLOCK_MAX, 8, 4);
	town_join(TOWN_WATCHER_KEY, 0);
	town_join(TOWN_WATCHER_KEY + 1, 1);
	town_watch_from(0);
	town_watch_from(1);
	for (uint32_t i = 0; i < 5; i++)
		town_join(i, 10 + i);
	town_settle();
	town_leave(10);
	town_send_one();
	town_send_one();
	town_arrive(1); /* and never 0 */
	for (uint32_t i = 1; i < 5; i++) {
		town_leave(10 + i);
		ck_assert_uint_eq(town_close_lagging(), 0);
		if (town_send_one())
			town_arrive(1);
	}
	town_join(5, 15);
	ck_assert(town_send_one());
	town_arrive(1);
	town_leave(15); /* the fifth that watcher 0 has not read */
	ck_assert_uint_eq(town_close_lagging(), 1);
	ck_assert(town_clients[0].closing);
	town_settle();
	town_assert_knows_all(1);
	ck_assert_uint_le(watch_log_count(town_watch), 4);
	town_leave(0);
	ck_assert_uint_eq(watch_count(town_watch), 1);
	town_settle();
	town_assert_knows_all(1);
}
END_TEST

START_TEST(watcher_given_up_is_named_again_and_gets_no_block)
{
	town_open(WATCH_BLOCK_MAX, 8, 4);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	watch_give_up(town_watch, town_conn(0));
	ck_assert(!town_send_one());
	ck_assert_uint_eq(town_close_lagging(), 1);
	ck_assert_uint_eq(town_close_lagging(), 0);
	watch_give_up(town_watch, town_conn(0));
	ck_assert_uint_eq(town_close_lagging(), 1);
	town_join(1, 1);
	ck_assert(!town_send_one());
}
END_TEST

START_TEST(log_is_trimmed_to_what_somebody_has_not_read)
{
	town_open(WATCH_BLOCK_MAX, 8, 10000);
	town_join(TOWN_WATCHER_KEY, 0);
	town_watch_from(0);
	town_settle();
	for (unsigned i = 0; i < 9000; i++) {
		town_join(1, 1);
		if (i % 3 == 0)
			town_settle();
		town_leave(1);
	}
	ck_assert_uint_gt(watch_log_count(town_watch), 0);
	town_settle();
	watch_trim(town_watch);
	ck_assert_uint_eq(watch_log_count(town_watch), 0);
	town_assert_knows_all(0);
}
END_TEST

START_TEST(done_without_a_block_is_harmless)
{
	town_open(WATCH_BLOCK_MAX, 8, 100);
	town_join(TOWN_WATCHER_KEY, 0);
	watch_block_done(town_watch, town_conn(0));
	watch_remove(town_watch, town_conn(0));
	town_watch_from(0);
	watch_block_done(town_watch, town_conn(0));
	town_settle();
	watch_block_done(town_watch, town_conn(0));
	ck_assert(!town_send_one());
}
END_TEST

Suite *test_watch_suite(void)
{
	Suite *s = suite_create("watch");
	TCase *t = tcase_create("watch");

	tcase_add_checked_fixture(t, town_setup, town_teardown);
	tcase_add_test(t, watcher_is_told_who_is_here_then_what_changes);
	tcase_add_test(t, watcher_with_no_news_gets_nothing);
	tcase_add_test(t, nobody_watching_keeps_no_log);
	tcase_add_test(t, key_is_present_again_with_each_more_connection_and_gone_with_the_last);
	tcase_add_test(t, key_present_again_has_the_newest_flags);
	tcase_add_loop_test(t, key_gone_since_it_was_present_again_is_gone_only, 0, 2);
	tcase_add_test(t, key_not_told_yet_is_not_present_again);
	tcase_add_test(t, watching_twice_changes_nothing);
	tcase_add_test(t, one_block_in_flight_until_it_is_done);
	tcase_add_test(t, blocks_in_flight_are_bounded_and_all_take_turns);
	tcase_add_test(t, block_never_exceeds_its_bound);
	tcase_add_test(t, key_that_leaves_ahead_of_the_snapshot_is_never_told);
	tcase_add_test(t, key_that_leaves_and_comes_back_during_the_snapshot_ends_present);
	tcase_add_loop_test(t, present_frame_has_the_newest_address_and_flags, 0, 4);
	tcase_add_test(t, watcher_too_far_behind_is_closed_and_others_are_not);
	tcase_add_test(t, watcher_given_up_is_named_again_and_gets_no_block);
	tcase_add_test(t, log_is_trimmed_to_what_somebody_has_not_read);
	tcase_add_test(t, done_without_a_block_is_harmless);
	suite_add_tcase(s, t);
	return s;
}
