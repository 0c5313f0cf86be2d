/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "tests/unit/util/sanitizer.h"
#include "util/error.h"
#include "util/spsc.h"

#define ENTRIES 3000000 /* through a ring, from thread to thread */

Suite *test_spsc_suite(void);

struct entry {
	uint64_t number;
	uint64_t check;
	uint32_t odd_size;
};

static struct spsc ring;

static void setup(void)
{
	ck_assert_int_eq(spsc_init(&ring, 8, sizeof(struct entry)), 0);
}

static void teardown(void)
{
	spsc_release(&ring);
}

static bool put(uint64_t number)
{
	struct entry *e = spsc_reserve(&ring);

	if (!e)
		return false;
	*e = (struct entry){ .number = number, .check = ~number };
	return true;
}

static uint64_t take(void)
{
	const struct entry *e = spsc_peek(&ring);
	uint64_t number;

	ck_assert_ptr_nonnull(e);
	number = e->number;
	ck_assert(e->check == ~number);
	spsc_consume(&ring);
	return number;
}

START_TEST(spsc_new_is_empty_and_zeroed)
{
	static const struct entry zero;

	ck_assert(spsc_empty(&ring));
	ck_assert_ptr_null(spsc_peek(&ring));
	ck_assert_uint_eq(spsc_room(&ring), 8);
	for (int i = 0; i < 8; i++)
		ck_assert_mem_eq(spsc_reserve(&ring), &zero, sizeof(zero));
}
END_TEST

START_TEST(spsc_reserved_is_invisible_until_published)
{
	ck_assert(!spsc_publish(&ring));
	ck_assert(put(1));
	ck_assert(put(2));
	ck_assert(spsc_empty(&ring));
	ck_assert_ptr_null(spsc_peek(&ring));
	ck_assert(spsc_publish(&ring));
	ck_assert(!spsc_publish(&ring));
	ck_assert(!spsc_empty(&ring));
	ck_assert_uint_eq(take(), 1);
	ck_assert_uint_eq(take(), 2);
	ck_assert(spsc_empty(&ring));
}
END_TEST

START_TEST(spsc_full_ring_refuses_until_consumed)
{
	for (uint64_t i = 0; i < 8; i++)
		ck_assert(put(i));
	ck_assert(!put(8));
	ck_assert_uint_eq(spsc_room(&ring), 0);
	spsc_publish(&ring);
	ck_assert(!put(8));
	ck_assert_uint_eq(take(), 0);
	ck_assert_uint_eq(spsc_room(&ring), 1);
	ck_assert(put(8));
	ck_assert(!put(9));
	spsc_publish(&ring);
	for (uint64_t i = 1; i <= 8; i++)
		ck_assert_uint_eq(take(), i);
	ck_assert(spsc_empty(&ring));
}
END_TEST

START_TEST(spsc_peek_stays_until_consumed)
{
	ck_assert(put(5));
	spsc_publish(&ring);
	ck_assert_ptr_eq(spsc_peek(&ring), spsc_peek(&ring));
	ck_assert_uint_eq(take(), 5);
}
END_TEST

START_TEST(spsc_indices_may_wrap_round)
{
	/* as after 2^32 - 3 entries */
	ring.tail = ring.tail_private = ring.head_seen = UINT32_MAX - 2;
	ring.head = ring.head_private = ring.tail_seen = UINT32_MAX - 2;
	for (uint64_t i = 0; i < 8; i++)
		ck_assert(put(i));
	ck_assert(!put(8));
	spsc_publish(&ring);
	for (uint64_t i = 0; i < 8; i++)
		ck_assert_uint_eq(take(), i);
	ck_assert(spsc_empty(&ring));
	ck_assert_uint_eq(spsc_room(&ring), 8);
}
END_TEST

START_TEST(spsc_of_one_entry_works)
{
	struct spsc one;

	ck_assert_int_eq(spsc_init(&one, 1, 1), 0);
	for (int i = 0; i < 5; i++) {
		uint8_t *e = spsc_reserve(&one);

		ck_assert_ptr_nonnull(e);
		*e = (uint8_t)i;
		ck_assert_ptr_null(spsc_reserve(&one));
		spsc_publish(&one);
		ck_assert_ptr_eq(spsc_peek(&one), e);
		ck_assert_uint_eq(*e, (uint8_t)i);
		spsc_consume(&one);
	}
	spsc_release(&one);
}
END_TEST

static void *produce(void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < ENTRIES;) {
		if (put(i))
			i++;
		/* batches of changing size, and never asleep with entries kept back */
		if (i % 5 == 0 || spsc_room(&ring) == 0)
			spsc_publish(&ring);
		if (spsc_room(&ring) == 0)
			sched_yield();
	}
	spsc_publish(&ring);
	return NULL;
}

START_TEST(spsc_two_threads_keep_order_and_contents)
{
	pthread_t producer;

	ck_assert_int_eq(pthread_create(&producer, NULL, produce, NULL), 0);
	for (uint64_t i = 0; i < ENTRIES;) {
		const struct entry *e = spsc_peek(&ring);

		if (!e) {
			sched_yield();
			continue;
		}
		if (e->number != i || e->check != ~i)
			ck_abort_msg("entry %ju holds %ju", (uintmax_t)i, (uintmax_t)e->number);
		spsc_consume(&ring);
		i++;
	}
	pthread_join(producer, NULL);
	ck_assert(spsc_empty(&ring));
}
END_TEST

static void *put_one(void *arg)
{
	(void)arg;
	put(1);
	return NULL;
}

static void *look(void *arg)
{
	(void)arg;
	spsc_empty(&ring);
	return NULL;
}

static void run_thread(void *(*body)(void *))
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, body, NULL), 0);
	pthread_join(thread, NULL);
}

START_TEST(spsc_second_producer_aborts)
{
	put(0);
	run_thread(put_one);
}
END_TEST

START_TEST(spsc_second_consumer_aborts)
{
	spsc_empty(&ring);
	run_thread(look);
}
END_TEST

START_TEST(spsc_disowned_sides_may_be_taken_over)
{
	put(0);
	spsc_empty(&ring);
	spsc_disown(&ring);
	run_thread(put_one);
	run_thread(look);
}
END_TEST

START_TEST(spsc_consume_of_nothing_aborts)
{
	spsc_consume(&ring);
}
END_TEST

START_TEST(spsc_capacity_must_be_a_power_of_two)
{
	struct spsc s;

	ck_assert_int_eq(spsc_init(&s, 12, 8), 0);
}
END_TEST

#if !SANITIZER_ADDRESS && !SANITIZER_THREAD
START_TEST(spsc_init_without_memory_fails)
{
	struct spsc s;

	ck_assert_int_eq(spsc_init(&s, UINT32_C(1) << 31, UINT32_MAX), ERROR_NO_MEMORY);
}
END_TEST
#endif

Suite *test_spsc_suite(void)
{
	Suite *s = suite_create("spsc");
	TCase *tc = tcase_create("spsc");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, spsc_new_is_empty_and_zeroed);
	tcase_add_test(tc, spsc_reserved_is_invisible_until_published);
	tcase_add_test(tc, spsc_full_ring_refuses_until_consumed);
	tcase_add_test(tc, spsc_peek_stays_until_consumed);
	tcase_add_test(tc, spsc_indices_may_wrap_round);
	tcase_add_test(tc, spsc_of_one_entry_works);
	tcase_add_test(tc, spsc_two_threads_keep_order_and_contents);
	tcase_add_test_raise_signal(tc, spsc_second_producer_aborts, SIGABRT);
	tcase_add_test_raise_signal(tc, spsc_second_consumer_aborts, SIGABRT);
	tcase_add_test(tc, spsc_disowned_sides_may_be_taken_over);
	tcase_add_test_raise_signal(tc, spsc_consume_of_nothing_aborts, SIGABRT);
	tcase_add_test_raise_signal(tc, spsc_capacity_must_be_a_power_of_two, SIGABRT);
#if !SANITIZER_ADDRESS && !SANITIZER_THREAD
	tcase_add_test(tc, spsc_init_without_memory_fails);
#endif
	suite_add_tcase(s, tc);
	return s;
}
