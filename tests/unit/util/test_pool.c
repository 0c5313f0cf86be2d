/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/util/sanitizer.h"
#include "util/pool.h"

#define OBJECTS 1000

Suite *test_pool_suite(void);

START_TEST(pool_objects_do_not_overlap)
{
	uint8_t *objects[OBJECTS];
	struct pool p;

	pool_init(&p, 40, 7, 0);
	for (int i = 0; i < OBJECTS; i++) {
		objects[i] = pool_get(&p);
		ck_assert_ptr_nonnull(objects[i]);
		ck_assert_uint_eq((uintptr_t)objects[i] % 16, 0);
		memset(objects[i], i, 40);
	}
	ck_assert_uint_eq(p.used, OBJECTS);
	for (int i = 0; i < OBJECTS; i++) {
		for (int j = 0; j < 40; j++)
			ck_assert_uint_eq(objects[i][j], (uint8_t)i);
		pool_put(&p, objects[i]);
	}
	ck_assert_uint_eq(p.used, 0);
	pool_release(&p);
}
END_TEST

START_TEST(pool_objects_of_whole_lines_begin_on_lines)
{
	void *objects[10];
	struct pool p;

	pool_init(&p, 2 * HD_CACHE_LINE, 3, 0);
	for (int i = 0; i < 10; i++) {
		objects[i] = pool_get(&p);
		ck_assert_uint_eq((uintptr_t)objects[i] % HD_CACHE_LINE, 0);
	}
	for (int i = 0; i < 10; i++)
		pool_put(&p, objects[i]);
	pool_release(&p);
}
END_TEST

START_TEST(pool_get_stops_at_the_limit)
{
	void *objects[10];
	struct pool p;

	/* the limit is no multiple of a slab */
	pool_init(&p, 16, 4, 10);
	for (int i = 0; i < 10; i++) {
		objects[i] = pool_get(&p);
		ck_assert_ptr_nonnull(objects[i]);
	}
	ck_assert_ptr_null(pool_get(&p));
	ck_assert_uint_eq(p.objects, 10);
	ck_assert_uint_eq(p.used, 10);
	pool_put(&p, objects[3]);
	ck_assert_ptr_eq(pool_get(&p), objects[3]);
	ck_assert_ptr_null(pool_get(&p));
	for (int i = 0; i < 10; i++)
		pool_put(&p, objects[i]);
	pool_release(&p);
}
END_TEST

START_TEST(pool_get_fails_when_the_system_has_no_memory)
{
	struct pool p;

	pool_init(&p, (size_t)1 << 46, 2, 0); /* more than an address space holds */
	ck_assert_ptr_null(pool_get(&p));
	ck_assert_uint_eq(p.used, 0);
	ck_assert_uint_eq(p.misses, 1);
	pool_release(&p);
}
END_TEST

START_TEST(pool_second_round_takes_no_new_memory)
{
	void *objects[OBJECTS];
	struct pool p;
	size_t after_first = 0;
	uint64_t misses = 0;

	pool_init(&p, 24, 64, 0);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < OBJECTS; i++)
			objects[i] = pool_get(&p);
		for (int i = 0; i < OBJECTS; i++)
			pool_put(&p, objects[i]);
		if (round == 0) {
			after_first = p.objects;
			misses = p.misses;
		}
	}
	ck_assert_uint_eq(p.objects, after_first);
	ck_assert_uint_eq(p.misses, misses);
	ck_assert_uint_eq(misses, (OBJECTS + 63) / 64);
	ck_assert_uint_eq(p.hits + p.misses, 3 * OBJECTS);
	pool_release(&p);
}
END_TEST

START_TEST(pool_release_with_objects_out_aborts)
{
	struct pool p;

	pool_init(&p, 16, 4, 0);
	pool_get(&p);
	pool_release(&p);
}
END_TEST

START_TEST(pool_put_twice_in_a_row_aborts)
{
	struct pool p;
	void *a;

	pool_init(&p, 16, 4, 0);
	a = pool_get(&p);
	pool_get(&p);
	pool_put(&p, a);
	pool_put(&p, a);
}
END_TEST

START_TEST(pool_release_leaves_a_usable_pool)
{
	struct pool p;
	void *a;

	pool_init(&p, 16, 4, 0);
	pool_put(&p, pool_get(&p));
	pool_release(&p);
	pool_release(&p);
	a = pool_get(&p);
	ck_assert_ptr_nonnull(a);
	pool_put(&p, a);
	pool_release(&p);
}
END_TEST

/* `count` objects, from a new pool with slabs of 8. */
static void take(struct pool *p, void **objects, int count)
{
	for (int i = 0; i < count; i++) {
		objects[i] = pool_get(p);
		ck_assert_ptr_nonnull(objects[i]);
		memset(objects[i], i, p->object_size);
	}
}

static void give(struct pool *p, void **objects, int from, int to)
{
	for (int i = from; i < to; i++)
		pool_put(p, objects[i]);
}

START_TEST(pool_trim_gives_back_what_is_empty_but_the_slab_in_service)
{
	void *objects[80];
	struct pool_sum sum = { 0 };
	struct pool p;

	pool_init(&p, 5000, 8, 0);
	p.sum = &sum;
	take(&p, objects, 80);
	ck_assert_uint_eq(p.objects, 80);
	ck_assert_uint_eq(sum.bytes, 10 * p.slab_bytes);
	give(&p, objects, 0, 80);
	ck_assert_uint_eq(sum.empties, 9);
	ck_assert_uint_eq(pool_trim(&p, 4), 4);
	ck_assert_uint_eq(p.objects, 48);
	ck_assert_uint_eq(pool_trim(&p, 100), 5);
	ck_assert_uint_eq(p.objects, 8);
	ck_assert_uint_eq(sum.bytes, p.slab_bytes);
	ck_assert_uint_eq(sum.empties, 0);
	ck_assert_uint_eq(pool_trim(&p, 100), 0);
	take(&p, objects, 80);
	give(&p, objects, 0, 80);
	pool_release(&p);
	ck_assert_uint_eq(sum.bytes, 0);
	ck_assert_uint_eq(sum.empties, 0);
}
END_TEST

START_TEST(pool_trim_leaves_slabs_with_an_object_out)
{
	void *objects[80];
	struct pool p;

	pool_init(&p, 5000, 8, 0);
	take(&p, objects, 80);
	for (int i = 0; i < 80; i++)
		if (i % 8 != 3)
			pool_put(&p, objects[i]);
	ck_assert_uint_eq(pool_trim(&p, 100), 0);
	for (int i = 3; i < 80; i += 8) {
		ck_assert_uint_eq(((uint8_t *)objects[i])[4999], i);
		pool_put(&p, objects[i]);
	}
	ck_assert_uint_eq(pool_trim(&p, 100), 9);
	pool_release(&p);
}
END_TEST

/* A few objects after many must not keep all slabs busy in turn. */
START_TEST(pool_get_leaves_empty_slabs_empty)
{
	void *objects[80], *again[8];
	struct pool p;

	pool_init(&p, 5000, 8, 0);
	take(&p, objects, 80);
	give(&p, objects, 0, 80);
	(void)pool_unneeded(&p);
	for (int round = 0; round < 100; round++) {
		take(&p, again, 8);
		give(&p, again, 0, 8);
	}
	ck_assert_uint_eq(pool_unneeded(&p), 9);
	pool_release(&p);
}
END_TEST

START_TEST(pool_unneeded_is_the_least_since_it_was_asked)
{
	void *objects[80], *again[40];
	struct pool p;

	pool_init(&p, 5000, 8, 0);
	ck_assert_uint_eq(pool_unneeded(&p), 0);
	take(&p, objects, 80);
	give(&p, objects, 0, 80);
	ck_assert_uint_eq(pool_unneeded(&p), 0); /* all were in use since */
	ck_assert_uint_eq(pool_unneeded(&p), 9);
	take(&p, again, 40);
	give(&p, again, 0, 40);
	ck_assert_uint_eq(pool_unneeded(&p), 5);
	ck_assert_uint_eq(pool_unneeded(&p), 9);
	pool_release(&p);
}
END_TEST

START_TEST(pool_slabs_begin_at_multiples_of_their_size)
{
	struct pool pools[4];
	void *objects[4][40];

	for (int i = 0; i < 4; i++)
		pool_init(&pools[i], (size_t)1000 << i, 20, 0);
	for (int n = 0; n < 40; n++)
		for (int i = 0; i < 4; i++)
			objects[i][n] = pool_get(&pools[i]);
	for (int i = 0; i < 4; i++) {
		uintptr_t first = (uintptr_t)objects[i][0];

		ck_assert_uint_eq(first % pools[i].slab_bytes, HD_CACHE_LINE);
		give(&pools[i], objects[i], 0, 40);
		pool_release(&pools[i]);
	}
}
END_TEST

#if SANITIZER_ADDRESS
START_TEST(pool_object_used_after_put_is_reported)
{
	struct pool p;
	volatile uint8_t *object;

	pool_init(&p, 64, 4, 0);
	object = pool_get(&p);
	pool_put(&p, (void *)object);
	object[63] = 1; /* AddressSanitizer ends the process here */
	exit(0);
}
END_TEST
#endif

Suite *test_pool_suite(void)
{
	Suite *s = suite_create("pool");
	TCase *tc = tcase_create("pool");

	tcase_add_test(tc, pool_objects_do_not_overlap);
	tcase_add_test(tc, pool_objects_of_whole_lines_begin_on_lines);
	tcase_add_test(tc, pool_get_stops_at_the_limit);
	tcase_add_test(tc, pool_get_fails_when_the_system_has_no_memory);
	tcase_add_test(tc, pool_second_round_takes_no_new_memory);
	tcase_add_test_raise_signal(tc, pool_release_with_objects_out_aborts, SIGABRT);
	tcase_add_test_raise_signal(tc, pool_put_twice_in_a_row_aborts, SIGABRT);
	tcase_add_test(tc, pool_release_leaves_a_usable_pool);
	tcase_add_test(tc, pool_trim_gives_back_what_is_empty_but_the_slab_in_service);
	tcase_add_test(tc, pool_trim_leaves_slabs_with_an_object_out);
	tcase_add_test(tc, pool_get_leaves_empty_slabs_empty);
	tcase_add_test(tc, pool_unneeded_is_the_least_since_it_was_asked);
	tcase_add_test(tc, pool_slabs_begin_at_multiples_of_their_size);
#if SANITIZER_ADDRESS
	tcase_add_exit_test(tc, pool_object_used_after_put_is_reported, 1);
#endif
	suite_add_tcase(s, tc);
	return s;
}
