/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "crypto/box.h"
#include "crypto/fe.h"
#include "util/bytes.h"

Suite *test_fe_suite(void);

#ifdef FE_HERE

static const char *const zero = "0000000000000000000000000000000000000000000000000000000000000000";

static struct fe fe_of(const char *text)
{
	uint8_t bytes[FE_SIZE];

	ck_assert(bytes_from_hex(bytes, sizeof(bytes), text));
	return fe_load(bytes);
}

static struct fe any(void)
{
	uint8_t bytes[FE_SIZE];

	box_random(bytes, sizeof(bytes));
	return fe_load(bytes);
}

static void ck_fe_eq(struct fe a, struct fe b)
{
	uint8_t left[FE_SIZE], right[FE_SIZE];

	fe_store(left, a);
	fe_store(right, b);
	ck_assert_mem_eq(left, right, FE_SIZE);
}

START_TEST(fe_store_gives_what_was_loaded_below_p)
{
	uint8_t want[FE_SIZE], got[FE_SIZE];

	ck_assert(bytes_from_hex(want, sizeof(want), /* p - 1 */
				 "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"));
	fe_store(got, fe_load(want));
	ck_assert_mem_eq(got, want, FE_SIZE);
}
END_TEST

START_TEST(fe_store_takes_p_off)
{
	ck_fe_eq(fe_of("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), fe_of(zero));
	ck_fe_eq(fe_of("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), fe_one);
}
END_TEST

START_TEST(fe_load_leaves_the_top_bit_out)
{
	ck_fe_eq(fe_of("0100000000000000000000000000000000000000000000000000000000000080"), fe_one);
}
END_TEST

START_TEST(fe_sub_undoes_add)
{
	for (int i = 0; i < 200; i++) {
		struct fe a = any(), b = any();

		ck_fe_eq(fe_sub(fe_add(a, b), b), a);
		ck_fe_eq(fe_sub(a, a), fe_of(zero));
	}
}
END_TEST

START_TEST(fe_mul_distributes_over_add)
{
	for (int i = 0; i < 200; i++) {
		struct fe a = any(), b = any(), c = any();

		ck_fe_eq(fe_mul(fe_add(a, b), c), fe_add(fe_mul(a, c), fe_mul(b, c)));
		ck_fe_eq(fe_square_times(a, 2), fe_mul(fe_mul(a, a), fe_mul(a, a)));
	}
}
END_TEST

START_TEST(fe_invert_gives_one_over_f)
{
	for (int i = 0; i < 200; i++) {
		struct fe f = any();

		ck_fe_eq(fe_mul(f, fe_invert(f)), fe_one);
	}
	ck_fe_eq(fe_invert(fe_of(zero)), fe_of(zero));
}
END_TEST

#endif

static void setup(void)
{
	ck_assert_int_eq(box_start(), 0);
}

Suite *test_fe_suite(void)
{
	Suite *s = suite_create("fe");
	TCase *t = tcase_create("fe");

	tcase_add_checked_fixture(t, setup, NULL);
#ifdef FE_HERE
	tcase_add_test(t, fe_store_gives_what_was_loaded_below_p);
	tcase_add_test(t, fe_store_takes_p_off);
	tcase_add_test(t, fe_load_leaves_the_top_bit_out);
	tcase_add_test(t, fe_sub_undoes_add);
	tcase_add_test(t, fe_mul_distributes_over_add);
	tcase_add_test(t, fe_invert_gives_one_over_f);
#endif
	suite_add_tcase(s, t);
	return s;
}
