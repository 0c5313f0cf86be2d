/* SPDX-License-Identifier: MIT
 * Which shard serves a key. */
#include <check.h>
#include <string.h>

#include "data/data_plane.h"
#include "tests/unit/data/bench.h"

Suite *test_data_plane_suite(void);

#define SHARDS 3
#define KEYS 3000

static struct bench bench;

static void setup(void)
{
	bench_init(&bench, SHARDS, NULL);
}

static void teardown(void)
{
	bench_free(&bench);
}

static struct key key_of(uint32_t n)
{
	struct key k = { .bytes = { 0 } };

	memcpy(k.bytes, &n, sizeof(n));
	return k;
}

START_TEST(data_plane_gives_every_shard_its_share)
{
	uint32_t count[SHARDS] = { 0 };

	for (uint32_t i = 0; i < KEYS; i++) {
		struct key k = key_of(i);
		uint16_t shard = data_plane_shard_of(bench.plane, &k);

		ck_assert_uint_lt(shard, SHARDS);
		ck_assert_uint_eq(data_plane_shard_of(bench.plane, &k), shard);
		count[shard]++;
	}
	for (int i = 0; i < SHARDS; i++)
		ck_assert(count[i] > KEYS / SHARDS * 8 / 10 && count[i] < KEYS / SHARDS * 12 / 10);
}
END_TEST

/* Clients choose their keys: nobody outside may know which ones meet. */
START_TEST(data_plane_places_keys_by_a_secret_of_each_start)
{
	struct shard_settings s = bench_settings();
	struct data_plane *planes[2];
	uint32_t differ = 0;

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(data_plane_new(&planes[i], SHARDS, &s, &bench.bus, bench.stats), 0);
	for (uint32_t i = 0; i < KEYS; i++) {
		struct key k = key_of(i);

		differ += data_plane_shard_of(planes[0], &k) != data_plane_shard_of(planes[1], &k);
	}
	ck_assert_uint_gt(differ, KEYS / 2); /* two thirds, of two that know nothing of one another */
	for (int i = 0; i < 2; i++)
		data_plane_free(planes[i]);
}
END_TEST

Suite *test_data_plane_suite(void)
{
	Suite *s = suite_create("data_plane");
	TCase *tc = tcase_create("data_plane");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, data_plane_gives_every_shard_its_share);
	tcase_add_test(tc, data_plane_places_keys_by_a_secret_of_each_start);
	suite_add_tcase(s, tc);
	return s;
}
