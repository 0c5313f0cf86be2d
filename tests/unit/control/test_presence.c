/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "control/presence.h"
#include "tests/unit/control/events.h"
#include "tests/unit/control/must.h"

Suite *test_presence_suite(void);

static struct presence *p;

static void setup(void)
{
	p = presence_new(2);
	ck_assert_ptr_nonnull(p);
}

static void teardown(void)
{
	presence_free(p);
}

static struct peer_id peer(uint16_t shard, uint32_t slot, uint32_t generation)
{
	return (struct peer_id){ .shard = shard, .slot = slot, .generation = generation };
}

static struct presence_conn *join(uint32_t key, struct peer_id id, bool want_first)
{
	struct event e = events_make(EVENT_JOINED, key, id);
	struct presence_conn *c;
	bool first;

	e.flags = PEER_FLAG_PROBER;
	must(presence_join(p, &c, &first, &e, 7) == 0, "no memory");
	must(first == want_first, "key %u: first %d", key, first);
	return c;
}

static size_t count_keys(void)
{
	uint64_t seq = 0;
	size_t n = 0;

	for (struct presence_key *k = presence_first(p); k; k = presence_next(p, k), n++) {
		must(k->seq > seq, "keys are not in order");
		seq = k->seq;
	}
	return n;
}

START_TEST(join_keeps_what_the_event_says)
{
	struct presence_conn *c = join(5, peer(1, 300, 9), true);
	struct key key = events_key(5);

	ck_assert(key_equal(&c->of->key, &key));
	ck_assert_uint_eq(c->addr.port, 6);
	ck_assert_uint_eq(c->conn_id, 1000005);
	ck_assert_uint_eq(c->flags, PEER_FLAG_PROBER);
	ck_assert_uint_eq(c->since_ns, 7);
	ck_assert(!c->preferred);
	ck_assert(peer_id_equal(presence_peer_id(c), peer(1, 300, 9)));
	ck_assert_ptr_eq(presence_find(p, peer(1, 300, 9)), c);
	ck_assert_ptr_eq(presence_find_key(p, &key), c->of);
}
END_TEST

START_TEST(find_rejects_other_names)
{
	struct key other = events_key(6);

	join(5, peer(1, 3, 9), true);
	ck_assert_ptr_null(presence_find(p, peer(1, 3, 8)));
	ck_assert_ptr_null(presence_find(p, peer(0, 3, 9)));
	ck_assert_ptr_null(presence_find(p, peer(1, 4, 9)));
	ck_assert_ptr_null(presence_find(p, peer(1, UINT32_MAX, 9)));
	ck_assert_ptr_null(presence_find(p, peer(2, 3, 9)));
	ck_assert_ptr_null(presence_find_key(p, &other));
}
END_TEST

START_TEST(leave_frees_the_name_and_the_slot)
{
	struct key key = events_key(5);
	struct presence_conn *c = join(5, peer(0, 3, 9), true);

	presence_leave(p, c);
	ck_assert_ptr_null(presence_find(p, peer(0, 3, 9)));
	ck_assert_ptr_null(presence_find_key(p, &key));
	ck_assert_uint_eq(presence_counts(p).conns, 0);
	c = join(6, peer(0, 3, 10), true);
	ck_assert_ptr_null(presence_find(p, peer(0, 3, 9)));
	ck_assert_ptr_eq(presence_find(p, peer(0, 3, 10)), c);
}
END_TEST

/* Three connections of one key, leaving in each of the six orders. */
static const uint32_t leave_orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

START_TEST(key_is_present_until_its_last_connection_leaves)
{
	struct key key = events_key(5);
	bool here[3] = { true, true, true };
	uint64_t seq;

	for (uint32_t i = 0; i < 3; i++)
		join(5, peer(0, i, 1), i == 0);
	seq = presence_find_key(p, &key)->seq;
	ck_assert_uint_eq(presence_counts(p).keys, 1);
	ck_assert_uint_eq(presence_counts(p).conns, 3);
	for (unsigned i = 0; i < 3; i++) {
		uint32_t leaving = leave_orders[_i][i];
		struct presence_conn *c = presence_find(p, peer(0, leaving, 1));
		uint32_t newest = 2;

		ck_assert_int_eq(presence_is_last(c), i == 2);
		presence_leave(p, c);
		here[leaving] = false;
		if (i == 2)
			break;
		while (!here[newest])
			newest--;
		ck_assert_uint_eq(presence_find_key(p, &key)->newest->slot, newest);
		ck_assert_uint_eq(presence_find_key(p, &key)->seq, seq);
	}
	ck_assert_ptr_null(presence_find_key(p, &key));
	ck_assert_uint_eq(count_keys(), 0);
}
END_TEST

START_TEST(key_that_comes_back_goes_to_the_end)
{
	struct presence_conn *a = join(1, peer(0, 1, 1), true);
	struct key key = events_key(1);
	uint64_t seq = a->of->seq;

	join(2, peer(0, 2, 1), true);
	presence_leave(p, a);
	join(1, peer(0, 1, 2), true);
	ck_assert_uint_gt(presence_find_key(p, &key)->seq, seq);
	ck_assert_ptr_eq(presence_next(p, presence_first(p)), presence_find_key(p, &key));
	ck_assert_ptr_null(presence_next(p, presence_find_key(p, &key)));
}
END_TEST

START_TEST(prefer_tells_changes_only)
{
	struct presence_conn *c = join(1, peer(0, 1, 1), true);

	ck_assert(!presence_prefer(p, c, false));
	ck_assert(presence_prefer(p, c, true));
	ck_assert(!presence_prefer(p, c, true));
	ck_assert_uint_eq(presence_counts(p).preferred, 1);
	presence_leave(p, c);
	ck_assert_uint_eq(presence_counts(p).preferred, 0);
}
END_TEST

START_TEST(counts_follow_transports)
{
	struct event e = events_make(EVENT_JOINED, 1, peer(0, 1, 1));
	struct presence_conn *c;
	bool first;

	e.transport = PEER_TRANSPORT_KTLS;
	ck_assert_int_eq(presence_join(p, &c, &first, &e, 1), 0);
	join(2, peer(0, 2, 1), true);
	ck_assert_uint_eq(presence_counts(p).transports[PEER_TRANSPORT_KTLS], 1);
	ck_assert_uint_eq(presence_counts(p).transports[PEER_TRANSPORT_PLAIN], 1);
	ck_assert_uint_eq(presence_counts(p).transports[PEER_TRANSPORT_TLS], 0);
	presence_leave(p, c);
	ck_assert_uint_eq(presence_counts(p).transports[PEER_TRANSPORT_KTLS], 0);
}
END_TEST

START_TEST(scan_gives_every_connection_once)
{
	uint32_t slot = 0;
	unsigned seen[3] = { 0 };
	const struct presence_conn *c;

	join(0, peer(0, 0, 1), true);
	join(1, peer(0, 700, 1), true);
	join(2, peer(1, 5, 1), true);
	while (slot < presence_slots(p, 0))
		if ((c = presence_scan(p, 0, &slot, 100)))
			seen[events_key_number(&c->of->key)]++;
	ck_assert_uint_eq(seen[0], 1);
	ck_assert_uint_eq(seen[1], 1);
	ck_assert_uint_eq(seen[2], 0);
}
END_TEST

START_TEST(scan_looks_at_so_many_places)
{
	uint32_t slot = 0;

	join(1, peer(0, 200, 1), true);
	ck_assert_ptr_null(presence_scan(p, 0, &slot, 150));
	ck_assert_uint_eq(slot, 150);
	ck_assert_ptr_nonnull(presence_scan(p, 0, &slot, 150));
	ck_assert_uint_eq(slot, 201);
}
END_TEST

/* Joins and leaves in random order, against a plain array. */
START_TEST(random_joins_and_leaves_are_all_found)
{
	enum { SLOTS = 5000, KEYS = 3000, STEPS = 60000 };
	uint32_t *key_of = calloc(SLOTS, sizeof(*key_of)); /* number + 1, 0: free */
	uint32_t *conns_of = calloc(KEYS, sizeof(*conns_of));
	uint64_t random = 88172645463325252u + (uint64_t)_i;
	size_t conns = 0, keys = 0;

	for (unsigned step = 0; step < STEPS; step++) {
		uint32_t slot, key;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		slot = (uint32_t)(random >> 8) % SLOTS;
		key = (uint32_t)(random >> 40) % KEYS;
		if (key_of[slot]) {
			struct presence_conn *c = presence_find(p, peer(1, slot, 1));

			key = key_of[slot] - 1;
			must(c, "slot %u is lost", slot);
			must(events_key_number(&c->of->key) == key, "slot %u has another key", slot);
			must(presence_is_last(c) == (conns_of[key] == 1), "key %u: %u connections", key,
			     conns_of[key]);
			presence_leave(p, c);
			key_of[slot] = 0;
			keys -= --conns_of[key] == 0;
			conns--;
		} else {
			join(key, peer(1, slot, 1), conns_of[key] == 0);
			key_of[slot] = key + 1;
			keys += conns_of[key]++ == 0;
			conns++;
		}
		must(presence_counts(p).keys == keys, "%zu keys, not %zu", presence_counts(p).keys, keys);
		must(presence_counts(p).conns == conns, "%zu connections, not %zu", presence_counts(p).conns,
		     conns);
	}
	for (uint32_t key = 0; key < KEYS; key++) {
		struct key k = events_key(key);

		must((presence_find_key(p, &k) != NULL) == (conns_of[key] > 0), "key %u", key);
	}
	ck_assert_uint_eq(count_keys(), keys);
	free(conns_of);
	free(key_of);
}
END_TEST

Suite *test_presence_suite(void)
{
	Suite *s = suite_create("presence");
	TCase *t = tcase_create("presence");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, join_keeps_what_the_event_says);
	tcase_add_test(t, find_rejects_other_names);
	tcase_add_test(t, leave_frees_the_name_and_the_slot);
	tcase_add_loop_test(t, key_is_present_until_its_last_connection_leaves, 0, 6);
	tcase_add_test(t, key_that_comes_back_goes_to_the_end);
	tcase_add_test(t, prefer_tells_changes_only);
	tcase_add_test(t, counts_follow_transports);
	tcase_add_test(t, scan_gives_every_connection_once);
	tcase_add_test(t, scan_looks_at_so_many_places);
	tcase_add_loop_test(t, random_joins_and_leaves_are_all_found, 0, 5);
	suite_add_tcase(s, t);
	return s;
}
