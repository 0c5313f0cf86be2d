/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "control/watch.h"
#include "proto/frame.h"
#include "tests/unit/control/town.h"

Suite *test_watch_random_suite(void);

/* Random joins, leaves, watches, sends, arrivals: whoever was not closed for
 * lagging knows in the end exactly who is here. */
struct dice {
	uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t sides)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (uint32_t)(d->state >> 24) % sides;
}

static void random_step(struct dice *d)
{
	uint32_t slot = roll(d, TOWN_SLOTS);
	struct presence_conn *c = town_conn(slot);

	switch (roll(d, 10)) {
	case 0:
	case 1:
	case 2:
		if (!c)
			town_join(roll(d, TOWN_KEYS), slot);
		return;
	case 3:
	case 4:
		if (c)
			town_leave(slot);
		return;
	case 5:
		if (c && watch_count(town_watch) < 6)
			town_watch_from(slot);
		return;
	case 6:
		watch_trim(town_watch);
		return;
	case 7:
	case 8:
		town_send_one();
		return;
	default:
		for (uint32_t i = 0; i < TOWN_SLOTS; i++)
			if (town_clients[(slot + i) % TOWN_SLOTS].in_flight.data) {
				town_arrive((slot + i) % TOWN_SLOTS);
				return;
			}
	}
}

static void check_everyone(void)
{
	for (uint32_t i = 0; i < TOWN_SLOTS; i++)
		if (town_clients[i].watching && !town_clients[i].closing)
			town_assert_knows_all(i);
}

START_TEST(random_sequences_end_with_the_truth)
{
	struct dice d = { 0x9e3779b97f4a7c15u * (uint64_t)(_i + 1) };

	town_open((1 + roll(&d, 6)) * FRAME_PEER_PRESENT_SIZE, 1 + roll(&d, 6), 1 + roll(&d, 200));
	for (unsigned step = 0; step < 4000; step++) {
		random_step(&d);
		town_close_lagging();
		if (roll(&d, 500) == 0) {
			town_settle();
			town_close_lagging();
			check_everyone();
		}
	}
	town_settle();
	town_close_lagging();
	check_everyone();
}
END_TEST

Suite *test_watch_random_suite(void)
{
	Suite *s = suite_create("watch, random");
	TCase *t = tcase_create("watch, random");

	tcase_add_checked_fixture(t, town_setup, town_teardown);
	tcase_add_loop_test(t, random_sequences_end_with_the_truth, 0, 200);
	suite_add_tcase(s, t);
	return s;
}
