/* SPDX-License-Identifier: MIT
 * The set of (key, receiver) pairs against a matrix of flags. */
#include <check.h>
#include <string.h>

#include "data/seen.h"
#include "tests/unit/data/prng.h"
#include "util/error.h"

Suite *test_seen_suite(void);

#define RECEIVERS 64

static struct seen set;
static uint32_t first[RECEIVERS];

static uint32_t *first_of(void *ctx, uint32_t slot)
{
	ck_assert_ptr_eq(ctx, first);
	ck_assert_uint_lt(slot, RECEIVERS);
	return &first[slot];
}

static void setup_of(uint32_t pairs_max)
{
	ck_assert_int_eq(seen_init(&set, pairs_max, first_of, first), 0);
	memset(first, 0, sizeof(first));
}

static void setup(void)
{
	setup_of(1 << 20);
}

static void teardown(void)
{
	seen_release(&set);
}

static struct key key_of(uint32_t number)
{
	struct key k = { .bytes = { 2 } };

	memcpy(k.bytes + 8, &number, sizeof(number));
	return k;
}

/* Every 16 keys share a hash. */
static uint64_t hash_of(uint32_t key)
{
	return key / 16 * UINT64_C(0x9e3779b97f4a7c15);
}

static int note(uint32_t key, uint32_t receiver)
{
	struct key k = key_of(key);

	return seen_note(&set, hash_of(key), &k, receiver, &first[receiver]);
}

static bool take(uint32_t key, uint32_t *receiver)
{
	struct key k = key_of(key);

	return seen_take(&set, hash_of(key), &k, receiver);
}

START_TEST(seen_take_of_an_unknown_key_names_nobody)
{
	uint32_t receiver = 77;

	ck_assert(!take(1, &receiver));
	ck_assert_uint_eq(receiver, 77);
}
END_TEST

START_TEST(seen_take_names_each_receiver_once)
{
	bool told[RECEIVERS] = { false };
	uint32_t receiver;

	for (uint32_t r = 0; r < 5; r++)
		ck_assert_int_eq(note(1, r), 0);
	ck_assert_int_eq(note(2, 7), 0);
	for (int n = 0; n < 5; n++) {
		ck_assert(take(1, &receiver));
		ck_assert_uint_lt(receiver, 5);
		ck_assert(!told[receiver]);
		told[receiver] = true;
	}
	ck_assert(!take(1, &receiver));
	ck_assert(take(2, &receiver));
	ck_assert_uint_eq(receiver, 7);
}
END_TEST

START_TEST(seen_note_of_a_known_pair_changes_nothing)
{
	uint32_t receiver;

	ck_assert_int_eq(note(1, 3), 0);
	ck_assert_int_eq(note(1, 3), 0);
	ck_assert_uint_eq(set.pair_index.count, 1);
	ck_assert(take(1, &receiver));
	ck_assert(!take(1, &receiver));
}
END_TEST

START_TEST(seen_forget_takes_one_receiver_out_everywhere)
{
	uint32_t receiver;

	for (uint32_t key = 0; key < 20; key++) {
		ck_assert_int_eq(note(key, 1), 0);
		ck_assert_int_eq(note(key, 2), 0);
	}
	seen_forget(&set, &first[1]);
	ck_assert_uint_eq(first[1], SEEN_NONE);
	for (uint32_t key = 0; key < 20; key++) {
		ck_assert(take(key, &receiver));
		ck_assert_uint_eq(receiver, 2);
		ck_assert(!take(key, &receiver));
	}
	ck_assert_uint_eq(set.source_index.count, 0);
}
END_TEST

START_TEST(seen_forget_of_nothing_is_fine)
{
	seen_forget(&set, &first[0]);
	ck_assert_uint_eq(set.pair_index.count, 0);
}
END_TEST

START_TEST(seen_note_beyond_the_bound_is_full)
{
	uint32_t receiver;

	teardown();
	setup_of(10);
	for (uint32_t key = 0; key < 10; key++)
		ck_assert_int_eq(note(key, 0), 0);
	ck_assert_int_eq(note(10, 0), ERROR_FULL);
	ck_assert_int_eq(note(0, 1), ERROR_FULL);
	ck_assert_int_eq(note(9, 0), 0); /* known already */
	ck_assert_uint_eq(set.pair_index.count, 10);
	ck_assert_uint_eq(set.source_index.count, 10); /* nothing of the refused is left */
	ck_assert(take(4, &receiver));
	ck_assert_int_eq(note(10, 0), 0);
}
END_TEST

/* Few send to all, as colluders do to fill the set; many send to two each. */
START_TEST(seen_colluders_make_room_for_others)
{
	enum { COLLUDERS = 32, OTHERS = 400, FIRST_OTHER = 1000, MAX = COLLUDERS * RECEIVERS };
	uint32_t receiver;

	teardown();
	setup_of(MAX);
	for (uint32_t key = 0; key < COLLUDERS; key++)
		for (uint32_t r = 0; r < RECEIVERS; r++)
			ck_assert_int_eq(note(key, r), 0);
	for (uint32_t key = FIRST_OTHER; key < FIRST_OTHER + OTHERS; key++) {
		ck_assert_int_eq(note(key, key % RECEIVERS), SEEN_DISPLACED);
		ck_assert_int_eq(note(key, (key + 1) % RECEIVERS), SEEN_DISPLACED);
		for (uint32_t c = 0; c < COLLUDERS; c++) /* who try to take it back */
			ck_assert_int_ne(note(c, key % RECEIVERS), ERROR_NO_MEMORY);
		ck_assert_uint_eq(set.pair_index.count, MAX);
	}
	for (uint32_t key = FIRST_OTHER; key < FIRST_OTHER + OTHERS; key++) {
		ck_assert(take(key, &receiver));
		ck_assert(take(key, &receiver));
		ck_assert(!take(key, &receiver));
	}
	ck_assert_uint_le(set.pair_index.cap, MAX * 2);
}
END_TEST

/* Who has as many as anybody, or nearly, takes from nobody. */
START_TEST(seen_note_displaces_only_from_keys_with_more)
{
	teardown();
	setup_of(6);
	for (uint32_t r = 0; r < 3; r++) {
		ck_assert_int_eq(note(1, r), 0);
		ck_assert_int_eq(note(2, r), 0);
	}
	ck_assert_int_eq(note(3, 0), SEEN_DISPLACED); /* 3 and 2, or 2 and 3; 1 */
	ck_assert_int_eq(note(3, 1), SEEN_DISPLACED); /* 2, 2, 2 */
	ck_assert_int_eq(note(3, 2), ERROR_FULL);
	ck_assert_int_eq(note(1, 3), ERROR_FULL);
	ck_assert_int_eq(note(4, 0), SEEN_DISPLACED); /* 1 takes from 2 */
	ck_assert_int_eq(note(4, 1), ERROR_FULL);
}
END_TEST

START_TEST(seen_memory_is_bounded_by_pairs_in_use)
{
	uint32_t pairs, sources;

	for (uint32_t round = 0; round < 50; round++) {
		for (uint32_t key = 0; key < 1000; key++)
			ck_assert_int_eq(note(round * 1000 + key, key % RECEIVERS), 0);
		if (round == 0) {
			pairs = set.pair_index.cap;
			sources = set.source_index.cap;
		}
		for (uint32_t r = 0; r < RECEIVERS; r++)
			seen_forget(&set, &first[r]);
	}
	ck_assert_uint_eq(set.pair_index.cap, pairs);
	ck_assert_uint_eq(set.source_index.cap, sources);
	ck_assert_uint_eq(set.pair_index.count, 0);
	ck_assert_uint_eq(set.source_index.count, 0);
}
END_TEST

#define KEYS 200

struct model {
	bool pair[KEYS][RECEIVERS];
	uint32_t count;
};

static void model_take_all(struct model *m, uint32_t key)
{
	uint32_t receiver;

	while (take(key, &receiver)) {
		ck_assert(m->pair[key][receiver]);
		m->pair[key][receiver] = false;
		m->count--;
	}
	for (uint32_t r = 0; r < RECEIVERS; r++)
		ck_assert(!m->pair[key][r]);
}

static void model_forget(struct model *m, uint32_t receiver)
{
	seen_forget(&set, &first[receiver]);
	for (uint32_t key = 0; key < KEYS; key++) {
		m->count -= m->pair[key][receiver];
		m->pair[key][receiver] = false;
	}
}

static bool is_noted(uint32_t key, uint32_t receiver)
{
	struct key k = key_of(key);

	for (uint32_t i = first[receiver]; i != SEEN_NONE; i = set.pairs[i].next_of_receiver)
		if (key_equal(&set.sources[set.pairs[i].source].key, &k))
			return true;
	return false;
}

/* One pair has gone, of a key that had at least two more than `key` had. */
static void model_displaced(struct model *m, uint32_t key)
{
	uint32_t had = 0, its = 0, gone = 0, victim = 0;

	for (uint32_t k = 0; k < KEYS; k++)
		for (uint32_t r = 0; r < RECEIVERS; r++)
			if (m->pair[k][r] && !is_noted(k, r)) {
				m->pair[k][r] = false;
				victim = k;
				gone++;
			}
	ck_assert_uint_eq(gone, 1);
	m->count--;
	for (uint32_t r = 0; r < RECEIVERS; r++) {
		had += m->pair[key][r];
		its += m->pair[victim][r];
	}
	ck_assert_uint_gt(its, had);
}

static void model_note(struct model *m, uint32_t key, uint32_t receiver, uint32_t max)
{
	int rc = note(key, receiver);

	if (!m->pair[key][receiver] && m->count >= max) {
		ck_assert(rc == SEEN_DISPLACED || rc == ERROR_FULL);
		if (rc == ERROR_FULL)
			return;
		model_displaced(m, key);
	} else {
		ck_assert_int_eq(rc, 0);
	}
	m->count += !m->pair[key][receiver];
	m->pair[key][receiver] = true;
}

START_TEST(seen_agrees_with_a_model)
{
	static struct model m;
	struct prng prng = prng_of((uint64_t)_i);
	uint32_t max = _i % 2 ? 300 : 100000;

	teardown();
	setup_of(max);
	m = (struct model){ 0 };
	for (uint32_t step = 0; step < 30000; step++) {
		uint32_t key = prng_below(&prng, KEYS), receiver = prng_below(&prng, RECEIVERS);

		if (prng_one_in(&prng, 100))
			model_take_all(&m, key);
		else if (prng_one_in(&prng, 100))
			model_forget(&m, receiver);
		else
			model_note(&m, key, receiver, max);
		ck_assert_uint_eq(set.pair_index.count, m.count);
	}
	for (uint32_t key = 0; key < KEYS; key++)
		model_take_all(&m, key);
	ck_assert_uint_eq(set.pair_index.count, 0);
	ck_assert_uint_eq(set.source_index.count, 0);
	for (uint32_t r = 0; r < RECEIVERS; r++)
		ck_assert_uint_eq(first[r], SEEN_NONE);
}
END_TEST

Suite *test_seen_suite(void)
{
	Suite *s = suite_create("seen");
	TCase *tc = tcase_create("seen");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, seen_take_of_an_unknown_key_names_nobody);
	tcase_add_test(tc, seen_take_names_each_receiver_once);
	tcase_add_test(tc, seen_note_of_a_known_pair_changes_nothing);
	tcase_add_test(tc, seen_forget_takes_one_receiver_out_everywhere);
	tcase_add_test(tc, seen_forget_of_nothing_is_fine);
	tcase_add_test(tc, seen_note_beyond_the_bound_is_full);
	tcase_add_test(tc, seen_colluders_make_room_for_others);
	tcase_add_test(tc, seen_note_displaces_only_from_keys_with_more);
	tcase_add_test(tc, seen_memory_is_bounded_by_pairs_in_use);
	tcase_add_loop_test(tc, seen_agrees_with_a_model, 0, 6);
	suite_add_tcase(s, tc);
	return s;
}
