/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "util/wheel.h"

#define TIMERS 500
#define STEPS 150000
#define FIRED_MAX 64

Suite *test_wheel_suite(void);

static struct wheel wheel;
static struct timer timers[TIMERS];
static struct timer *fired[FIRED_MAX];
static int fired_count;

static void setup(void)
{
	for (int i = 0; i < TIMERS; i++)
		timer_init(&timers[i]);
	fired_count = 0;
	wheel_init(&wheel, 1000);
}

static void note(struct timer *t, void *ctx)
{
	(void)ctx;
	ck_assert(!timer_armed(t));
	ck_assert_int_lt(fired_count, FIRED_MAX);
	fired[fired_count++] = t;
}

static int advance(uint64_t now_ms)
{
	fired_count = 0;
	wheel_advance(&wheel, now_ms, note, NULL);
	return fired_count;
}

START_TEST(wheel_without_timers_waits_for_ever)
{
	ck_assert_int_eq(wheel_wait_ms(&wheel), -1);
	ck_assert_int_eq(advance(UINT64_C(1) << 40), 0);
	ck_assert_int_eq(wheel_wait_ms(&wheel), -1);
}
END_TEST

START_TEST(wheel_fires_at_its_deadline_and_not_before)
{
	static const uint64_t delays[] = { 1, 2, 23, 24, 25, 63, 64, 65, 4095, 4096, 4097, 262143, 262144, 262145,
					   16777215, 16777216, 16777217, 100000000, UINT64_C(1) << 40 };

	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		wheel_init(&wheel, 1000);
		wheel_add(&wheel, &timers[0], 1000 + delays[i]);
		ck_assert(timer_armed(&timers[0]));
		ck_assert_int_eq(advance(1000 + delays[i] - 1), 0);
		ck_assert_int_eq(advance(1000 + delays[i]), 1);
		ck_assert(!timer_armed(&timers[0]));
		ck_assert_int_eq(advance(1000 + delays[i] * 2), 0);
	}
}
END_TEST

START_TEST(wheel_jump_fires_all_in_order_of_deadlines)
{
	for (int i = 0; i < 50; i++)
		wheel_add(&wheel, &timers[i], 1001 + (uint64_t)(i * 7919 % 50) * 12345);
	ck_assert_int_eq(advance(UINT64_C(1) << 30), 50);
	for (int i = 1; i < 50; i++)
		ck_assert(fired[i]->deadline_ms > fired[i - 1]->deadline_ms);
	ck_assert_int_eq(wheel_wait_ms(&wheel), -1);
}
END_TEST

START_TEST(wheel_past_deadline_fires_with_the_next_advance)
{
	wheel_add(&wheel, &timers[0], 999);
	wheel_add(&wheel, &timers[1], 1000);
	wheel_add(&wheel, &timers[2], 0);
	ck_assert_int_eq(wheel_wait_ms(&wheel), 0);
	ck_assert_int_eq(advance(1000), 3);
}
END_TEST

START_TEST(wheel_cancelled_timer_does_not_fire_nor_wake)
{
	wheel_add(&wheel, &timers[0], 1005);
	wheel_add(&wheel, &timers[1], 1010);
	wheel_cancel(&wheel, &timers[0]);
	wheel_cancel(&wheel, &timers[0]);
	ck_assert(!timer_armed(&timers[0]));
	ck_assert_int_eq(wheel_wait_ms(&wheel), 10);
	ck_assert_int_eq(advance(1010), 1);
	ck_assert_ptr_eq(fired[0], &timers[1]);
	wheel_add(&wheel, &timers[0], 1000); /* due, then cancelled */
	wheel_cancel(&wheel, &timers[0]);
	ck_assert_int_eq(wheel_wait_ms(&wheel), -1);
	ck_assert_int_eq(advance(2000), 0);
}
END_TEST

START_TEST(wheel_cancel_keeps_the_others_of_its_slot)
{
	for (int i = 0; i < 3; i++)
		wheel_add(&wheel, &timers[i], 50000);
	wheel_cancel(&wheel, &timers[1]);
	ck_assert_int_eq(advance(50000), 2);
}
END_TEST

START_TEST(wheel_add_of_an_armed_timer_moves_it)
{
	wheel_add(&wheel, &timers[0], 1005);
	wheel_add(&wheel, &timers[0], 5000);
	ck_assert_int_eq(advance(4999), 0);
	ck_assert_int_eq(advance(5000), 1);
	wheel_add(&wheel, &timers[0], 9000);
	wheel_add(&wheel, &timers[0], 5001);
	ck_assert_int_eq(advance(5001), 1);
	ck_assert_int_eq(advance(9000), 0);
}
END_TEST

START_TEST(wheel_time_does_not_go_back)
{
	wheel_add(&wheel, &timers[0], 1005);
	ck_assert_int_eq(advance(1004), 0);
	ck_assert_int_eq(advance(10), 0);
	ck_assert_int_eq(wheel_wait_ms(&wheel), 1);
	ck_assert_int_eq(advance(1005), 1);
}
END_TEST

static void rearm_for_now(struct timer *t, void *ctx)
{
	int *calls = ctx;

	++*calls;
	wheel_add(&wheel, t, 0);
}

START_TEST(wheel_timer_that_rearms_for_now_fires_once_per_advance)
{
	int calls = 0;

	wheel_add(&wheel, &timers[0], 1001);
	wheel_advance(&wheel, 1001, rearm_for_now, &calls);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(wheel_wait_ms(&wheel), 0);
	wheel_advance(&wheel, 1001, rearm_for_now, &calls);
	ck_assert_int_eq(calls, 2);
}
END_TEST

static void cancel_all(struct timer *t, void *ctx)
{
	int *calls = ctx;

	(void)t;
	++*calls;
	for (int i = 0; i < TIMERS; i++)
		wheel_cancel(&wheel, &timers[i]);
}

START_TEST(wheel_call_may_cancel_what_is_due_with_it)
{
	int calls = 0;

	for (int i = 0; i < 20; i++)
		wheel_add(&wheel, &timers[i], 1001 + (uint64_t)i);
	wheel_add(&wheel, &timers[20], 999999);
	wheel_advance(&wheel, 2000, cancel_all, &calls);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(wheel_wait_ms(&wheel), -1);
}
END_TEST

static void release_memory(struct timer *t, void *ctx)
{
	(void)ctx;
	free(t);
}

START_TEST(wheel_call_may_free_its_timer)
{
	for (int i = 0; i < 10; i++) {
		struct timer *t = malloc(sizeof(*t));

		ck_assert_ptr_nonnull(t);
		timer_init(t);
		wheel_add(&wheel, t, 1001);
	}
	wheel_advance(&wheel, 1001, release_memory, NULL);
	ck_assert_int_eq(wheel_wait_ms(&wheel), -1);
}
END_TEST

/* splitmix64, so that a failure can be run again */
static uint64_t random_state;

static uint64_t next_random(void)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t last_now, now;
static uint32_t fires;

static void check_due(struct timer *t, void *ctx)
{
	(void)ctx;
	/* fired in the first advance that reached its deadline */
	ck_assert(t->deadline_ms > last_now && t->deadline_ms <= now);
	fires++;
}

static uint64_t random_delay(void)
{
	return 1 + (next_random() >> (36 + next_random() % 28));
}

/* Nothing armed is overdue; wheel_wait_ms is not later than the next deadline. */
static void check_against_all(void)
{
	uint64_t next = UINT64_MAX;
	uint32_t armed = 0;
	int64_t wait = wheel_wait_ms(&wheel);

	for (int i = 0; i < TIMERS; i++) {
		if (!timer_armed(&timers[i]))
			continue;
		armed++;
		ck_assert(timers[i].deadline_ms > now);
		if (timers[i].deadline_ms < next)
			next = timers[i].deadline_ms;
	}
	ck_assert_uint_eq(wheel.count, armed);
	if (armed == 0)
		ck_assert_int_eq(wait, -1);
	else
		ck_assert(wait > 0 && (uint64_t)wait <= next - now);
}

START_TEST(wheel_random_walk_agrees_with_a_plain_scan)
{
	random_state = (uint64_t)_i;
	now = 1000;
	fires = 0;
	for (int step = 0; step < STEPS; step++) {
		struct timer *t = &timers[next_random() % TIMERS];
		uint64_t what = next_random() % 8;
		int64_t wait = wheel_wait_ms(&wheel);

		if (what < 3)
			wheel_add(&wheel, t, now + random_delay());
		else if (what == 3)
			wheel_cancel(&wheel, t);
		last_now = now;
		if (what == 4)
			now += random_delay();
		else if (what > 4 && wait > 0)
			now += (uint64_t)wait;
		wheel_advance(&wheel, now, check_due, NULL);
		if (step % 64 == 0)
			check_against_all();
	}
	ck_assert_uint_gt(fires, STEPS / 10);
}
END_TEST

Suite *test_wheel_suite(void)
{
	Suite *s = suite_create("wheel");
	TCase *tc = tcase_create("wheel");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, wheel_without_timers_waits_for_ever);
	tcase_add_test(tc, wheel_fires_at_its_deadline_and_not_before);
	tcase_add_test(tc, wheel_jump_fires_all_in_order_of_deadlines);
	tcase_add_test(tc, wheel_past_deadline_fires_with_the_next_advance);
	tcase_add_test(tc, wheel_cancelled_timer_does_not_fire_nor_wake);
	tcase_add_test(tc, wheel_cancel_keeps_the_others_of_its_slot);
	tcase_add_test(tc, wheel_add_of_an_armed_timer_moves_it);
	tcase_add_test(tc, wheel_time_does_not_go_back);
	tcase_add_test(tc, wheel_timer_that_rearms_for_now_fires_once_per_advance);
	tcase_add_test(tc, wheel_call_may_cancel_what_is_due_with_it);
	tcase_add_test(tc, wheel_call_may_free_its_timer);
	tcase_add_loop_test(tc, wheel_random_walk_agrees_with_a_plain_scan, 0, 4);
	suite_add_tcase(s, tc);
	return s;
}
