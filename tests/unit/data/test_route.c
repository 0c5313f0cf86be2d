/* SPDX-License-Identifier: MIT
 * The table against a model: for each key the list of its peers, the one that
 * receives first. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "data/route.h"
#include "tests/unit/data/prng.h"
#include "util/assert.h"

Suite *test_route_suite(void);

static struct route_table table;

static void setup(void)
{
	ck_assert_int_eq(route_init(&table), 0);
}

static void teardown(void)
{
	route_release(&table);
}

static struct key key_of(uint32_t number)
{
	struct key k = { .bytes = { 1 } };

	memcpy(k.bytes + 4, &number, sizeof(number));
	return k;
}

static struct peer *peer_new(uint32_t key, uint64_t hash)
{
	struct peer *p = calloc(1, sizeof(*p));

	ck_assert_ptr_nonnull(p);
	p->key = key_of(key);
	p->hash = hash;
	list_node_init(&p->duplicates);
	return p;
}

static struct peer *join(uint32_t key, uint64_t hash)
{
	struct peer *p = peer_new(key, hash);

	ck_assert_int_eq(route_join(&table, p), 0);
	return p;
}

static bool leave(struct peer *p)
{
	bool last = route_leave(&table, p);

	free(p);
	return last;
}

static struct peer *find(uint32_t key, uint64_t hash)
{
	struct key k = key_of(key);

	return route_find(&table, hash, &k);
}

/* Entries looked at to find a hash or that it is not there. */
static uint32_t probes(uint64_t hash)
{
	uint32_t n = 1;

	for (uint32_t i = (uint32_t)hash & table.mask; table.entries[i].peer && table.entries[i].hash != hash; n++)
		i = (i + 1) & table.mask;
	return n;
}

START_TEST(route_find_misses_in_an_empty_table)
{
	ck_assert_ptr_null(find(1, 17));
}
END_TEST

START_TEST(route_find_names_who_joined)
{
	struct peer *a = join(1, 17), *b = join(2, 18);

	ck_assert_ptr_eq(find(1, 17), a);
	ck_assert_ptr_eq(find(2, 18), b);
	ck_assert(a->active && b->active);
	ck_assert_uint_eq(table.count, 2);
	ck_assert(leave(a));
	ck_assert_ptr_null(find(1, 17));
	ck_assert_ptr_eq(find(2, 18), b);
	ck_assert(leave(b));
	ck_assert_uint_eq(table.count, 0);
}
END_TEST

START_TEST(route_find_compares_keys_of_one_hash)
{
	struct peer *a = join(1, 17), *b = join(2, 17);

	ck_assert_ptr_eq(find(1, 17), a);
	ck_assert_ptr_eq(find(2, 17), b);
	ck_assert_ptr_null(find(3, 17));
	ck_assert(leave(a));
	ck_assert_ptr_eq(find(2, 17), b);
	ck_assert(leave(b));
}
END_TEST

START_TEST(route_join_of_a_duplicate_takes_over)
{
	struct peer *a = join(1, 17), *b = join(1, 17);

	ck_assert_ptr_eq(find(1, 17), b);
	ck_assert(b->active && !a->active);
	ck_assert_uint_eq(table.count, 1);
	ck_assert(!leave(b));
	ck_assert_ptr_eq(find(1, 17), a);
	ck_assert(a->active);
	ck_assert(leave(a));
}
END_TEST

START_TEST(route_leave_of_a_silent_duplicate_changes_nothing)
{
	struct peer *a = join(1, 17), *b = join(1, 17);

	ck_assert(!leave(a));
	ck_assert_ptr_eq(find(1, 17), b);
	ck_assert(b->active);
	ck_assert(leave(b));
}
END_TEST

START_TEST(route_leave_hands_over_to_the_latest_speaker)
{
	struct peer *a = join(1, 17), *b = join(1, 17), *c = join(1, 17);

	route_activate(&table, a); /* a c b */
	route_activate(&table, b); /* b a c */
	ck_assert_ptr_eq(find(1, 17), b);
	ck_assert(b->active && !a->active && !c->active);
	ck_assert(!leave(b));
	ck_assert_ptr_eq(find(1, 17), a);
	ck_assert(!leave(a));
	ck_assert_ptr_eq(find(1, 17), c);
	ck_assert(leave(c));
}
END_TEST

START_TEST(route_activate_of_the_active_one_keeps_the_order)
{
	struct peer *a = join(1, 17), *b, *c;

	route_activate(&table, a);
	ck_assert_ptr_eq(find(1, 17), a);
	b = join(1, 17);
	c = join(1, 17);
	route_activate(&table, c);
	ck_assert(!leave(c));
	ck_assert_ptr_eq(find(1, 17), b);
	ck_assert(!leave(b));
	ck_assert_ptr_eq(find(1, 17), a);
	ck_assert(leave(a));
}
END_TEST

/* ---- against a model ---- */

#define MODEL_KEYS 600
#define MODEL_DUPLICATES 5

struct model {
	struct prng prng;
	uint64_t hash_mask; /* few hashes: long runs and equal ones */
	struct peer *of[MODEL_KEYS][MODEL_DUPLICATES]; /* latest speaker first */
	uint32_t count[MODEL_KEYS];
};

static uint64_t model_hash(const struct model *m, uint32_t key)
{
	return ((key + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15) >> 13) & m->hash_mask;
}

static void model_join(struct model *m, uint32_t key)
{
	if (m->count[key] == MODEL_DUPLICATES)
		return;
	memmove(&m->of[key][1], &m->of[key][0], m->count[key] * sizeof(m->of[key][0]));
	m->of[key][0] = join(key, model_hash(m, key));
	m->count[key]++;
}

static void model_leave(struct model *m, uint32_t key)
{
	uint32_t i;

	if (m->count[key] == 0)
		return;
	i = prng_below(&m->prng, m->count[key]);
	ck_assert_int_eq(leave(m->of[key][i]), m->count[key] == 1);
	m->count[key]--;
	memmove(&m->of[key][i], &m->of[key][i + 1], (m->count[key] - i) * sizeof(m->of[key][0]));
}

static void model_speak(struct model *m, uint32_t key)
{
	struct peer *p;
	uint32_t i;

	if (m->count[key] == 0)
		return;
	i = prng_below(&m->prng, m->count[key]);
	p = m->of[key][i];
	route_activate(&table, p);
	memmove(&m->of[key][1], &m->of[key][0], i * sizeof(m->of[key][0]));
	m->of[key][0] = p;
}

static void model_check(const struct model *m)
{
	uint32_t keys = 0;

	for (uint32_t key = 0; key < MODEL_KEYS; key++) {
		ck_assert_ptr_eq(find(key, model_hash(m, key)), m->count[key] ? m->of[key][0] : NULL);
		for (uint32_t i = 0; i < m->count[key]; i++)
			ck_assert_int_eq(m->of[key][i]->active, i == 0);
		keys += m->count[key] > 0;
	}
	ck_assert_uint_eq(table.count, keys);
}

static const uint64_t model_masks[] = { UINT64_MAX, 0xff, 0x1f, 0, ~UINT64_C(0xff) };

START_TEST(route_agrees_with_a_model)
{
	static struct model m;

	m = (struct model){ .prng = prng_of((uint64_t)_i), .hash_mask = model_masks[_i] };
	for (uint32_t step = 0; step < 20000; step++) {
		uint32_t key = prng_below(&m.prng, MODEL_KEYS);

		switch (prng_below(&m.prng, 5)) {
		case 0:
		case 1:
			model_join(&m, key);
			break;
		case 2:
		case 3:
			model_leave(&m, key);
			break;
		default:
			model_speak(&m, key);
		}
		if (step % 97 == 0)
			model_check(&m);
	}
	model_check(&m);
	for (uint32_t key = 0; key < MODEL_KEYS; key++)
		while (m.count[key] > 0)
			model_leave(&m, key);
	model_check(&m);
}
END_TEST

/* ---- age and size ---- */

#define AGE_KEYS 10000
#define AGE_CHANGES 100000

static uint64_t age_hash(uint32_t key)
{
	return (key + UINT64_C(1)) * UINT64_C(0xd1342543de82ef95) >> 7;
}

static uint64_t absent_probes(void)
{
	uint64_t sum = 0;

	for (uint32_t key = 0; key < AGE_KEYS; key++)
		sum += probes(age_hash(key + 0x40000000));
	return sum;
}

START_TEST(route_find_does_not_slow_down_with_age)
{
	static struct peer *live[AGE_KEYS];
	uint64_t fresh;
	uint32_t mask;

	for (uint32_t i = 0; i < AGE_KEYS; i++)
		live[i] = join(i, age_hash(i));
	fresh = absent_probes();
	mask = table.mask;
	for (uint32_t key = AGE_KEYS; key < AGE_KEYS + AGE_CHANGES; key++) {
		leave(live[key % AGE_KEYS]);
		live[key % AGE_KEYS] = join(key, age_hash(key));
	}
	ck_assert_uint_eq(table.mask, mask);
	ck_assert_uint_le(absent_probes(), fresh + fresh / 4);
	for (uint32_t i = 0; i < AGE_KEYS; i++)
		leave(live[i]);
	for (uint32_t i = 0; i <= table.mask; i++)
		ck_assert_ptr_null(table.entries[i].peer);
}
END_TEST

START_TEST(route_grows_so_that_probes_stay_few)
{
	static struct peer *live[50000];
	uint64_t sum = 0;

	for (uint32_t i = 0; i < HD_ARRAY_LEN(live); i++) {
		live[i] = join(i, age_hash(i));
		ck_assert_uint_le(table.count, table.mask / 2 + 1);
	}
	for (uint32_t i = 0; i < HD_ARRAY_LEN(live); i++) {
		ck_assert_ptr_eq(find(i, age_hash(i)), live[i]);
		sum += probes(age_hash(i));
	}
	ck_assert_uint_le(sum, 2 * HD_ARRAY_LEN(live));
	for (uint32_t i = 0; i < HD_ARRAY_LEN(live); i++)
		ck_assert(leave(live[i]));
}
END_TEST

Suite *test_route_suite(void)
{
	Suite *s = suite_create("route");
	TCase *tc = tcase_create("route");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, route_find_misses_in_an_empty_table);
	tcase_add_test(tc, route_find_names_who_joined);
	tcase_add_test(tc, route_find_compares_keys_of_one_hash);
	tcase_add_test(tc, route_join_of_a_duplicate_takes_over);
	tcase_add_test(tc, route_leave_of_a_silent_duplicate_changes_nothing);
	tcase_add_test(tc, route_leave_hands_over_to_the_latest_speaker);
	tcase_add_test(tc, route_activate_of_the_active_one_keeps_the_order);
	tcase_add_loop_test(tc, route_agrees_with_a_model, 0, (int)HD_ARRAY_LEN(model_masks));
	tcase_add_test(tc, route_find_does_not_slow_down_with_age);
	tcase_add_test(tc, route_grows_so_that_probes_stay_few);
	suite_add_tcase(s, tc);
	return s;
}
