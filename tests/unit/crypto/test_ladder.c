/* SPDX-License-Identifier: MIT
 * What the ladder gives for known keys stands in test_x25519.c; here are its
 * ends: infinity, and points by two ways. On a processor without what the ladder
 * needs there is nothing to test. */
#include <check.h>
#include <string.h>

#include "crypto/box.h"
#include "crypto/ladder.h"

Suite *test_ladder_suite(void);

#ifdef LADDER_HERE

static void ck_quotient_eq(struct fe x, struct fe z, const uint8_t want[FE_SIZE])
{
	uint8_t got[FE_SIZE];

	fe_store(got, fe_mul(x, fe_invert(z)));
	ck_assert_mem_eq(got, want, FE_SIZE);
}

/* Libsodium's way to the base point's multiples knows nothing of this one. */
START_TEST(ladder_run_multiplies_the_base_point)
{
	const struct fe nine = { { 9 } };
	uint8_t key[LADDER_KEY_SIZE], want[FE_SIZE];
	struct fe x, z;

	for (int i = 0; ladder_here() && i < 500; i++) {
		box_new_private(key);
		box_public_of(want, key);
		ladder_run(&x, &z, key, &nine);
		ck_quotient_eq(x, z, want);
	}
}
END_TEST

START_TEST(ladder_run_gives_z_0_for_infinity)
{
	const struct fe origin = { { 0 } };
	uint8_t key[LADDER_KEY_SIZE], zero[FE_SIZE] = { 0 }, got[FE_SIZE];
	struct fe x, z;

	if (!ladder_here())
		return;
	box_new_private(key);
	ladder_run(&x, &z, key, &origin);
	fe_store(got, z);
	ck_assert_mem_eq(got, zero, sizeof(zero));
	ladder_run(&x, &z, key, &fe_one);
	fe_store(got, z);
	ck_assert_mem_eq(got, zero, sizeof(zero));
}
END_TEST

/* Limbs as large as they may be between operations. */
START_TEST(ladder_run_takes_limbs_that_are_not_carried)
{
	const struct fe loose = { { FE_LIMB_MASK + 20, FE_LIMB_MASK + 1, FE_LIMB_MASK + 1, FE_LIMB_MASK + 1,
				    FE_LIMB_MASK + 1 } };
	uint8_t key[LADDER_KEY_SIZE], bytes[FE_SIZE], want[FE_SIZE];
	struct fe same, x, z, both_x[2], both_z[2];

	if (!ladder_here())
		return;
	fe_store(bytes, loose);
	same = fe_load(bytes);
	box_new_private(key);
	ladder_run(&x, &z, key, &same);
	fe_store(want, fe_mul(x, fe_invert(z)));
	ladder_run(&x, &z, key, &loose);
	ck_quotient_eq(x, z, want);
	ladder_run_both(both_x, both_z, key, &loose);
	ck_quotient_eq(both_x[1], both_z[1], want);
}
END_TEST

START_TEST(ladder_run_both_gives_what_each_gives_alone)
{
	uint8_t key[LADDER_KEY_SIZE], point[FE_SIZE], want[FE_SIZE];
	struct fe u, x[2], z[2];

	for (int i = 0; ladder_here() && i < 500; i++) {
		box_new_private(key);
		box_random(point, sizeof(point));
		u = fe_load(point);
		ladder_run_both(x, z, key, &u);
		box_public_of(want, key);
		ck_quotient_eq(x[0], z[0], want);
		ladder_run(&x[0], &z[0], key, &u);
		fe_store(want, fe_mul(x[0], fe_invert(z[0])));
		ck_quotient_eq(x[1], z[1], want);
	}
}
END_TEST

/* 0, 1, p - 1: of order 2 and 4, so that any clamped key gives infinity. */
START_TEST(ladder_run_both_gives_the_base_point_s_beside_infinity)
{
	const struct fe zero = { { 0 } };
	const struct fe points[] = { zero, fe_one, fe_sub(zero, fe_one) };
	uint8_t key[LADDER_KEY_SIZE], want[FE_SIZE], got[FE_SIZE], none[FE_SIZE] = { 0 };
	struct fe x[2], z[2];

	if (!ladder_here())
		return;
	box_new_private(key);
	box_public_of(want, key);
	ladder_run_both(x, z, key, &points[_i]);
	fe_store(got, z[1]);
	ck_assert_mem_eq(got, none, sizeof(none));
	ck_quotient_eq(x[0], z[0], want);
}
END_TEST

#endif

static void setup(void)
{
	ck_assert_int_eq(box_start(), 0);
}

Suite *test_ladder_suite(void)
{
	Suite *s = suite_create("ladder");
	TCase *t = tcase_create("ladder");

	tcase_add_checked_fixture(t, setup, NULL);
#ifdef LADDER_HERE
	tcase_add_test(t, ladder_run_multiplies_the_base_point);
	tcase_add_test(t, ladder_run_gives_z_0_for_infinity);
	tcase_add_test(t, ladder_run_takes_limbs_that_are_not_carried);
	tcase_add_test(t, ladder_run_both_gives_what_each_gives_alone);
	tcase_add_loop_test(t, ladder_run_both_gives_the_base_point_s_beside_infinity, 0, 3);
#endif
	suite_add_tcase(s, t);
	return s;
}
