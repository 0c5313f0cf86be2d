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
#if SANITIZER_ADDRESS
	tcase_add_exit_test(tc, pool_object_used_after_put_is_reported, 1);
#endif
	suite_add_tcase(s, tc);
	return s;
}
