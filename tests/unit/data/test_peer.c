/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <signal.h>

#include "data/peer.h"
#include "util/assert.h"

Suite *test_peer_suite(void);

static struct peer_table table;

static void setup(void)
{
	peer_table_init(&table);
}

static struct peer *take(void)
{
	struct peer *p = peer_table_take(&table);

	ck_assert_ptr_nonnull(p);
	return p;
}

/* Through its whole life. */
static void end(struct peer *p)
{
	if (p->state == PEER_FREE)
		peer_set_state(p, PEER_LIVE);
	peer_set_state(p, PEER_CLOSING);
	peer_set_state(p, PEER_CLOSED);
	peer_set_state(p, PEER_FREE);
	peer_table_put(&table, p);
}

START_TEST(peer_table_take_gives_a_clean_slot)
{
	struct peer *p = take();

	ck_assert_uint_eq(p->slot, 0);
	ck_assert_uint_ne(p->generation, 0);
	ck_assert_int_eq(p->fd, -1);
	ck_assert_uint_eq(p->state, PEER_FREE);
	ck_assert(!list_linked(&p->duplicates) && !list_linked(&p->dirty_node) && !list_linked(&p->tell_node));
	ck_assert(!timer_armed(&p->keepalive) && !timer_armed(&p->rate_timer));
	ck_assert_uint_eq(table.used, 1);
	end(p);
	peer_table_release(&table);
}
END_TEST

START_TEST(peer_table_take_clears_what_the_last_one_left)
{
	struct peer *p = take();
	uint32_t slot = p->slot, generation = p->generation;

	p->skip = 7;
	p->seen_first = 3;
	p->close_reason = 5;
	p->queued[1] = 9;
	end(p);
	for (uint32_t i = 0; i < PEER_CHUNK; i++) {
		p = take();
		if (p->slot == slot)
			break;
		end(p);
	}
	ck_assert_uint_eq(p->slot, slot);
	ck_assert_uint_ne(p->generation, generation);
	ck_assert(p->skip == 0 && p->seen_first == 0 && p->close_reason == 0 && p->queued[1] == 0);
	end(p);
	peer_table_release(&table);
}
END_TEST

START_TEST(peer_table_put_lets_a_slot_rest_longest)
{
	struct peer *p = take();
	uint32_t slot = p->slot;

	end(p);
	for (uint32_t i = 1; i < PEER_CHUNK; i++) {
		p = take();
		ck_assert_uint_ne(p->slot, slot);
		end(p);
	}
	p = take();
	ck_assert_uint_eq(p->slot, slot);
	end(p);
	peer_table_release(&table);
}
END_TEST

START_TEST(peer_table_grows_beyond_a_chunk_without_moving_peers)
{
	static struct peer *p[3 * PEER_CHUNK];

	for (uint32_t i = 0; i < HD_ARRAY_LEN(p); i++) {
		p[i] = take();
		peer_set_state(p[i], PEER_LIVE);
		ck_assert_uint_eq(p[i]->slot, i);
	}
	ck_assert_uint_eq(table.used, HD_ARRAY_LEN(p));
	ck_assert_uint_eq(peer_table_slots(&table), HD_ARRAY_LEN(p));
	for (uint32_t i = 0; i < HD_ARRAY_LEN(p); i++) {
		ck_assert_ptr_eq(peer_at(&table, i), p[i]);
		ck_assert_ptr_eq(peer_find(&table, i, p[i]->generation), p[i]);
	}
	for (uint32_t i = 0; i < HD_ARRAY_LEN(p); i++)
		end(p[i]);
	peer_table_release(&table);
}
END_TEST

START_TEST(peer_find_rejects_another_generation)
{
	struct peer *p = take();
	uint32_t generation = p->generation;

	peer_set_state(p, PEER_LIVE);
	ck_assert_ptr_eq(peer_find(&table, 0, generation), p);
	ck_assert_ptr_null(peer_find(&table, 0, generation + 1));
	ck_assert_ptr_null(peer_find(&table, 0, 0));
	end(p);
	peer_table_release(&table);
}
END_TEST

START_TEST(peer_find_rejects_free_and_unknown_slots)
{
	struct peer *p = take();
	uint32_t generation = p->generation;

	ck_assert_ptr_null(peer_find(&table, 0, generation)); /* taken, not yet live */
	peer_set_state(p, PEER_LIVE);
	end(p);
	ck_assert_ptr_null(peer_find(&table, 0, generation));
	ck_assert_ptr_null(peer_find(&table, PEER_CHUNK, 1));
	ck_assert_ptr_null(peer_find(&table, UINT32_MAX, 1));
	peer_table_release(&table);
}
END_TEST

START_TEST(peer_find_still_names_a_closing_peer)
{
	struct peer *p = take();

	peer_set_state(p, PEER_LIVE);
	peer_set_state(p, PEER_CLOSING);
	ck_assert_ptr_eq(peer_find(&table, p->slot, p->generation), p);
	ck_assert(!peer_live(p));
	peer_set_state(p, PEER_CLOSED);
	ck_assert_ptr_eq(peer_find(&table, p->slot, p->generation), p);
	peer_set_state(p, PEER_FREE);
	peer_table_put(&table, p);
	peer_table_release(&table);
}
END_TEST

START_TEST(peer_generation_skips_zero_when_it_wraps)
{
	struct peer *p = take();

	p->generation = UINT32_MAX;
	end(p);
	for (uint32_t i = 1; i < PEER_CHUNK; i++)
		end(take());
	p = take();
	ck_assert_uint_eq(p->slot, 0);
	ck_assert_uint_eq(p->generation, 1);
	end(p);
	peer_table_release(&table);
}
END_TEST

START_TEST(peer_at_aborts_beyond_the_table)
{
	(void)peer_at(&table, 0);
}
END_TEST

START_TEST(peer_table_put_aborts_while_an_operation_is_armed)
{
	struct peer *p = take();

	p->recv_armed = true;
	peer_table_put(&table, p);
}
END_TEST

START_TEST(peer_table_put_aborts_while_linked)
{
	struct list l;
	struct peer *p = take();

	list_init(&l);
	list_push_back(&l, &p->tell_node);
	peer_table_put(&table, p);
}
END_TEST

START_TEST(peer_table_release_aborts_while_peers_are_left)
{
	(void)take();
	peer_table_release(&table);
}
END_TEST

struct step {
	enum peer_state from;
	enum peer_state to;
};

static const struct step legal_steps[] = {
	{ PEER_FREE, PEER_LIVE },
	{ PEER_LIVE, PEER_CLOSING },
	{ PEER_CLOSING, PEER_CLOSED },
	{ PEER_CLOSED, PEER_FREE },
};

START_TEST(peer_set_state_takes_the_legal_steps)
{
	const struct step *s = &legal_steps[_i];
	struct peer p = { .state = (uint8_t)s->from };

	peer_set_state(&p, s->to);
	ck_assert_uint_eq(p.state, s->to);
}
END_TEST

static bool step_legal(enum peer_state from, enum peer_state to)
{
	for (size_t i = 0; i < HD_ARRAY_LEN(legal_steps); i++)
		if (legal_steps[i].from == from && legal_steps[i].to == to)
			return true;
	return false;
}

#define ILLEGAL_STEPS (4 * 4 - 4)

START_TEST(peer_set_state_aborts_on_any_other_step)
{
	int left = _i;

	for (enum peer_state from = PEER_FREE; from <= PEER_CLOSED; from++)
		for (enum peer_state to = PEER_FREE; to <= PEER_CLOSED; to++) {
			struct peer p = { .state = (uint8_t)from };

			if (!step_legal(from, to) && left-- == 0)
				peer_set_state(&p, to);
		}
}
END_TEST

Suite *test_peer_suite(void)
{
	Suite *s = suite_create("peer");
	TCase *tc = tcase_create("table");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, peer_table_take_gives_a_clean_slot);
	tcase_add_test(tc, peer_table_take_clears_what_the_last_one_left);
	tcase_add_test(tc, peer_table_put_lets_a_slot_rest_longest);
	tcase_add_test(tc, peer_table_grows_beyond_a_chunk_without_moving_peers);
	tcase_add_test(tc, peer_find_rejects_another_generation);
	tcase_add_test(tc, peer_find_rejects_free_and_unknown_slots);
	tcase_add_test(tc, peer_find_still_names_a_closing_peer);
	tcase_add_test(tc, peer_generation_skips_zero_when_it_wraps);
	tcase_add_test_raise_signal(tc, peer_at_aborts_beyond_the_table, SIGABRT);
	tcase_add_test_raise_signal(tc, peer_table_put_aborts_while_an_operation_is_armed, SIGABRT);
	tcase_add_test_raise_signal(tc, peer_table_put_aborts_while_linked, SIGABRT);
	tcase_add_test_raise_signal(tc, peer_table_release_aborts_while_peers_are_left, SIGABRT);
	suite_add_tcase(s, tc);
	tc = tcase_create("state");
	tcase_add_loop_test(tc, peer_set_state_takes_the_legal_steps, 0, (int)HD_ARRAY_LEN(legal_steps));
	tcase_add_loop_test_raise_signal(tc, peer_set_state_aborts_on_any_other_step, SIGABRT, 0, ILLEGAL_STEPS);
	suite_add_tcase(s, tc);
	return s;
}
