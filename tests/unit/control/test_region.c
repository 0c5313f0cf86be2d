/* SPDX-License-Identifier: MIT */
#include "control/region.h"

#include <check.h>
#include <stdlib.h>

#include "proto/frame.h"
#include "tests/unit/control/events.h"
#include "util/mono.h"

Suite *test_region_suite(void);

/* The test is the shards: it writes events and reads commands itself. */
#define SHARDS 2
#define OWN_KEY 4000000

static struct bus bus;
static struct conn_count *count;
static struct stats_registry *registry;
static struct stats *stats;
static struct region *region;
static uint64_t now_ns;

static void setup(void)
{
	struct region_setup s = {
		.bus = &bus,
		.public_key = events_key(OWN_KEY),
		.watch = { .block_bytes = WATCH_BLOCK_MAX, .blocks = 4, .lag = 3 },
	};

	ck_assert_int_eq(bus_init(&bus, SHARDS, 1), 0);
	s.count = count = conn_count_new(0, 0);
	registry = stats_registry_new();
	s.stats = stats = stats_registry_add(registry, "control");
	ck_assert_int_eq(region_new(&region, &s), 0);
	now_ns = 1000 * MONO_NS_PER_S;
}

static void teardown(void)
{
	region_free(region);
	stats_registry_free(registry);
	conn_count_free(count);
	bus_release(&bus);
}

static bool pass(void)
{
	return region_pass(region, now_ns);
}

static struct peer_id peer(uint16_t shard, uint32_t slot)
{
	return (struct peer_id){ .shard = shard, .slot = slot, .generation = 1 };
}

static void tell(uint16_t shard, struct event e)
{
	struct event *entry = spsc_reserve(bus_event(&bus, shard));

	ck_assert_ptr_nonnull(entry);
	*entry = e;
	spsc_publish(bus_event(&bus, shard));
}

static void joined(uint32_t key, struct peer_id id, uint8_t flags)
{
	struct event e = events_make(EVENT_JOINED, key, id);

	e.flags = flags;
	ck_assert_int_eq(conn_count_take(count, e.addr.ip), CONN_COUNT_OK);
	tell(id.shard, e);
}

static void closed(uint32_t key, struct peer_id id, bool last)
{
	struct event e = events_make(EVENT_CLOSED, key, id);

	e.value = CLOSE_EOF;
	e.last_of_key = last;
	tell(id.shard, e);
}

static void said(enum event_type type, uint32_t key, struct peer_id id, uint8_t value)
{
	struct event e = events_make(type, key, id);

	e.value = value;
	tell(id.shard, e);
}

/* The next command to a shard, with its block if it has one; false: none. */
static bool command(uint16_t shard, struct command *c)
{
	const struct command *entry = spsc_peek(bus_command(&bus, shard));

	if (!entry)
		return false;
	*c = *entry;
	spsc_consume(bus_command(&bus, shard));
	return true;
}

static void assert_command(uint16_t shard, struct command *c, enum command_type type)
{
	ck_assert(command(shard, c));
	ck_assert_uint_eq(c->type, type);
}

static void assert_no_command(uint16_t shard)
{
	ck_assert_ptr_null(spsc_peek(bus_command(&bus, shard)));
}

START_TEST(closed_gives_the_connection_back)
{
	joined(1, peer(0, 1), 0);
	joined(1, peer(0, 2), 0);
	pass();
	ck_assert_uint_eq(conn_count_total(count), 2);
	ck_assert_uint_eq(presence_counts(region_presence(region)).conns, 2);
	closed(1, peer(0, 1), false);
	pass();
	ck_assert_uint_eq(conn_count_total(count), 1);
	ck_assert_uint_eq(presence_counts(region_presence(region)).conns, 1);
}
END_TEST

START_TEST(last_of_key_is_told_to_every_shard)
{
	struct key key = events_key(1);
	struct command c;

	joined(1, peer(0, 1), 0);
	joined(1, peer(0, 2), 0);
	closed(1, peer(0, 1), false);
	pass();
	assert_no_command(0);
	assert_no_command(1);
	closed(1, peer(0, 2), true);
	pass();
	for (uint16_t i = 0; i < SHARDS; i++) {
		assert_command(i, &c, COMMAND_KEY_GONE);
		ck_assert(key_equal(&c.key, &key));
		assert_no_command(i);
	}
}
END_TEST

/* Both left their shard's routes long before, the second one last. */
START_TEST(connections_of_a_key_may_end_in_another_order_than_they_left)
{
	struct command c;

	joined(1, peer(0, 1), 0);
	joined(1, peer(0, 2), 0);
	closed(1, peer(0, 2), true);
	pass();
	assert_no_command(1);
	closed(1, peer(0, 1), false);
	pass();
	assert_command(1, &c, COMMAND_KEY_GONE);
	assert_no_command(1);
}
END_TEST

START_TEST(key_that_is_back_before_its_old_connection_ended_is_not_gone)
{
	struct command c;

	joined(1, peer(0, 1), 0);
	joined(1, peer(0, 2), 0);
	closed(1, peer(0, 1), true);
	pass();
	assert_no_command(1);
	closed(1, peer(0, 2), true);
	pass();
	assert_command(1, &c, COMMAND_KEY_GONE);
	assert_no_command(1);
}
END_TEST

START_TEST(closed_of_an_unknown_peer_counts_all_the_same)
{
	struct event e = events_make(EVENT_CLOSED, 1, peer(0, 1));
	struct command c;

	ck_assert_int_eq(conn_count_take(count, e.addr.ip), CONN_COUNT_OK);
	e.last_of_key = true;
	tell(0, e);
	pass();
	ck_assert_uint_eq(conn_count_total(count), 0);
	assert_command(1, &c, COMMAND_KEY_GONE);
}
END_TEST

START_TEST(commands_wake_a_sleeping_shard)
{
	waker_about_to_sleep(&bus.shard_waker[1]);
	joined(1, peer(0, 1), 0);
	closed(1, peer(0, 1), true);
	pass();
	ck_assert_uint_eq(stats_get(stats, STAT_WAKEUPS_SENT), 1);
}
END_TEST

START_TEST(home_moves_count_after_a_client_has_settled)
{
	joined(1, peer(0, 1), 0);
	pass();
	said(EVENT_PREFERRED, 1, peer(0, 1), 1);
	now_ns += 5 * MONO_NS_PER_S;
	pass();
	ck_assert_uint_eq(presence_counts(region_presence(region)).preferred, 1);
	ck_assert_uint_eq(stats_get(stats, STAT_HOME_MOVES_IN), 0);
	now_ns++;
	said(EVENT_PREFERRED, 1, peer(0, 1), 1); /* no change */
	said(EVENT_PREFERRED, 1, peer(0, 1), 0);
	pass();
	ck_assert_uint_eq(stats_get(stats, STAT_HOME_MOVES_OUT), 1);
	said(EVENT_PREFERRED, 1, peer(0, 1), 1);
	said(EVENT_PREFERRED, 2, peer(0, 2), 1); /* nobody */
	pass();
	ck_assert_uint_eq(stats_get(stats, STAT_HOME_MOVES_IN), 1);
	ck_assert_uint_eq(stats_get(stats, STAT_HOME_MOVES_OUT), 1);
}
END_TEST

START_TEST(watcher_gets_blocks_one_at_a_time)
{
	struct command c;

	joined(1, peer(1, 1), 0);
	joined(2, peer(0, 1), PEER_FLAG_MESH);
	said(EVENT_WATCH, 2, peer(0, 1), 0);
	pass();
	ck_assert_uint_eq(stats_get(stats, STAT_WATCHERS), 1);
	assert_command(0, &c, COMMAND_SEND_BLOCK);
	ck_assert(peer_id_equal(c.peer, peer(0, 1)));
	ck_assert_uint_ge(c.block_len, FRAME_PEER_PRESENT_SIZE);
	free(c.block);
	closed(1, peer(1, 1), true);
	pass();
	assert_command(0, &c, COMMAND_KEY_GONE);
	assert_no_command(0);
	said(EVENT_BLOCK_DONE, 2, peer(0, 1), 0);
	pass();
	assert_command(0, &c, COMMAND_SEND_BLOCK);
	free(c.block);
	closed(2, peer(0, 1), true);
	said(EVENT_BLOCK_DONE, 2, peer(0, 1), 0); /* of a peer that is no more */
	pass();
	ck_assert_uint_eq(stats_get(stats, STAT_WATCHERS), 0);
}
END_TEST

START_TEST(relay_does_not_watch_itself)
{
	joined(1, peer(0, 2), 0);
	joined(OWN_KEY, peer(0, 1), PEER_FLAG_MESH);
	said(EVENT_WATCH, OWN_KEY, peer(0, 1), 0);
	said(EVENT_WATCH, 3, peer(0, 3), 0); /* nobody */
	pass();
	ck_assert_uint_eq(stats_get(stats, STAT_WATCHERS), 0);
	assert_no_command(0);
}
END_TEST

START_TEST(lagging_watcher_is_closed)
{
	struct command c;

	for (uint32_t i = 1; i <= 4; i++)
		joined(i, peer(1, i), 0);
	joined(9, peer(0, 1), PEER_FLAG_MESH);
	said(EVENT_WATCH, 9, peer(0, 1), 0);
	pass();
	assert_command(0, &c, COMMAND_SEND_BLOCK);
	free(c.block);
	for (uint32_t i = 1; i <= 4; i++)
		closed(i, peer(1, i), true);
	pass();
	for (uint32_t i = 1; i <= 4; i++)
		assert_command(0, &c, COMMAND_KEY_GONE);
	assert_command(0, &c, COMMAND_CLOSE);
	ck_assert(peer_id_equal(c.peer, peer(0, 1)));
	ck_assert_uint_eq(c.value, CLOSE_WATCH_LAG);
	assert_no_command(0);
}
END_TEST

START_TEST(pass_takes_a_bounded_number_of_events)
{
	unsigned passes = 1;

	for (uint32_t i = 0; i < 1000; i++)
		joined(i, peer(0, i), 0);
	while (pass())
		passes++;
	ck_assert_uint_gt(passes, 2);
	ck_assert(region_quiet(region));
	ck_assert_uint_eq(stats_get(stats, STAT_CONTROL_EVENTS), 1000);
	ck_assert_uint_eq(presence_counts(region_presence(region)).keys, 1000);
}
END_TEST

START_TEST(quiet_sees_events_of_every_shard)
{
	ck_assert(region_quiet(region));
	joined(1, peer(1, 1), 0);
	ck_assert(!region_quiet(region));
	pass();
	ck_assert(region_quiet(region));
}
END_TEST

START_TEST(commands_beyond_the_ring_are_held_in_order)
{
	enum { KEYS = BUS_COMMANDS + 500 };
	uint32_t next[SHARDS] = { 0, 0 };
	struct command c;

	for (uint32_t i = 0; i < KEYS; i++)
		joined(i, peer(0, i), 0);
	while (pass())
		continue;
	for (uint32_t i = 0; i < KEYS; i++)
		closed(i, peer(0, i), true);
	while (pass())
		continue;
	ck_assert(region_held(region));
	while (next[0] < KEYS || next[1] < KEYS) {
		uint32_t before = next[0] + next[1];

		for (uint16_t i = 0; i < SHARDS; i++)
			for (; command(i, &c); next[i]++)
				ck_assert_uint_eq(events_key_number(&c.key), next[i]);
		ck_assert_uint_gt(next[0] + next[1], before);
		pass();
	}
	ck_assert(!region_held(region));
}
END_TEST

START_TEST(stop_tells_every_shard_and_waits_for_each)
{
	struct command c;

	joined(1, peer(0, 1), 0);
	pass();
	region_stop(region, 1000, 2000, 3000);
	region_stop(region, 1, 2, 3);
	pass();
	for (uint16_t i = 0; i < SHARDS; i++) {
		assert_command(i, &c, COMMAND_RESTARTING);
		ck_assert_uint_eq(c.arg_ms[0], 1000);
		ck_assert_uint_eq(c.arg_ms[1], 2000);
		assert_command(i, &c, COMMAND_DRAIN);
		ck_assert_uint_eq(c.arg_ms[0], 3000);
	}
	ck_assert(!region_all_drained(region));
	closed(1, peer(0, 1), true);
	said(EVENT_DRAINED, 0, peer(0, 0), 0);
	pass();
	ck_assert(region_drained(region, 0));
	ck_assert(!region_drained(region, 1));
	ck_assert_uint_eq(conn_count_total(count), 0);
	said(EVENT_DRAINED, 0, peer(1, 0), 0);
	pass();
	ck_assert(region_all_drained(region));
	assert_no_command(0); /* keys that went while stopping are nobody's news */
	assert_no_command(1);
}
END_TEST

START_TEST(stop_comes_behind_what_was_held)
{
	enum { KEYS = BUS_COMMANDS + 10 };
	struct command c;
	unsigned gone = 0;

	for (uint32_t i = 0; i < KEYS; i++) {
		joined(i, peer(0, i), 0);
		closed(i, peer(0, i), true);
		if (i % 1000 == 0)
			while (pass())
				continue;
	}
	while (pass())
		continue;
	region_stop(region, 1, 1, 1);
	pass();
	for (; command(1, &c); pass()) {
		if (c.type != COMMAND_KEY_GONE)
			break;
		gone++;
	}
	ck_assert_uint_eq(gone, KEYS);
	ck_assert_uint_eq(c.type, COMMAND_RESTARTING);
	pass();
	assert_command(1, &c, COMMAND_DRAIN);
}
END_TEST

START_TEST(stop_sends_watchers_no_more_news)
{
	struct command c;

	joined(1, peer(0, 1), PEER_FLAG_MESH);
	region_stop(region, 1, 1, 1);
	said(EVENT_WATCH, 1, peer(0, 1), 0);
	pass();
	assert_command(0, &c, COMMAND_RESTARTING);
	assert_command(0, &c, COMMAND_DRAIN);
	assert_no_command(0);
}
END_TEST

START_TEST(free_with_all_kinds_of_things_left)
{
	joined(1, peer(0, 1), PEER_FLAG_MESH);
	said(EVENT_WATCH, 1, peer(0, 1), 0);
	for (uint32_t i = 2; i < 1500; i++) {
		joined(i, peer(1, i), 0);
		closed(i, peer(1, i), true);
	}
	while (pass())
		continue;
	ck_assert(region_held(region)); /* the rest is the leak checker's */
}
END_TEST

Suite *test_region_suite(void)
{
	Suite *s = suite_create("region");
	TCase *t = tcase_create("region");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, closed_gives_the_connection_back);
	tcase_add_test(t, last_of_key_is_told_to_every_shard);
	tcase_add_test(t, connections_of_a_key_may_end_in_another_order_than_they_left);
	tcase_add_test(t, key_that_is_back_before_its_old_connection_ended_is_not_gone);
	tcase_add_test(t, closed_of_an_unknown_peer_counts_all_the_same);
	tcase_add_test(t, commands_wake_a_sleeping_shard);
	tcase_add_test(t, home_moves_count_after_a_client_has_settled);
	tcase_add_test(t, watcher_gets_blocks_one_at_a_time);
	tcase_add_test(t, relay_does_not_watch_itself);
	tcase_add_test(t, lagging_watcher_is_closed);
	tcase_add_test(t, pass_takes_a_bounded_number_of_events);
	tcase_add_test(t, quiet_sees_events_of_every_shard);
	tcase_add_test(t, commands_beyond_the_ring_are_held_in_order);
	tcase_add_test(t, stop_tells_every_shard_and_waits_for_each);
	tcase_add_test(t, stop_comes_behind_what_was_held);
	tcase_add_test(t, stop_sends_watchers_no_more_news);
	tcase_add_test(t, free_with_all_kinds_of_things_left);
	suite_add_tcase(s, t);
	return s;
}
