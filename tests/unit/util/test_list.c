/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "util/list.h"

Suite *test_list_suite(void);

struct item {
	int number;
	struct list_node node;
};

/* The numbers in the list as one decimal: 1, 2, 3 is 123. */
static int contents(const struct list *l)
{
	int sum = 0, back = 0, unit = 1;

	for (struct list_node *n = list_first(l); n; n = list_next(l, n))
		sum = sum * 10 + list_entry(n, struct item, node)->number;
	/* and the same when walked backwards */
	for (struct list_node *n = l->head.prev; n != &l->head; n = n->prev) {
		back += unit * list_entry(n, struct item, node)->number;
		unit *= 10;
	}
	ck_assert_int_eq(sum, back);
	return sum;
}

static struct item items[4] = { { .number = 1 }, { .number = 2 }, { .number = 3 }, { .number = 4 } };

static void setup(void)
{
	for (int i = 0; i < 4; i++)
		list_node_init(&items[i].node);
}

START_TEST(list_new_is_empty)
{
	struct list l;

	list_init(&l);
	ck_assert(list_empty(&l));
	ck_assert_ptr_null(list_first(&l));
	ck_assert_ptr_null(list_pop_front(&l));
}
END_TEST

START_TEST(list_keeps_order_of_both_ends)
{
	struct list l;

	list_init(&l);
	list_push_back(&l, &items[1].node);
	list_push_back(&l, &items[3].node);
	list_push_front(&l, &items[0].node);
	list_insert_before(&items[3].node, &items[2].node);
	ck_assert_int_eq(contents(&l), 1234);
	ck_assert(!list_empty(&l));
	ck_assert(list_linked(&items[0].node));
	ck_assert_ptr_eq(list_pop_front(&l), &items[0].node);
	ck_assert(!list_linked(&items[0].node));
	ck_assert_int_eq(contents(&l), 234);
}
END_TEST

START_TEST(list_remove_unlinks_and_may_be_repeated)
{
	struct list l;

	list_init(&l);
	for (int i = 0; i < 4; i++)
		list_push_back(&l, &items[i].node);
	list_remove(&items[1].node);
	list_remove(&items[1].node);
	ck_assert(!list_linked(&items[1].node));
	ck_assert_int_eq(contents(&l), 134);
	list_remove(&items[0].node);
	list_remove(&items[3].node);
	list_remove(&items[2].node);
	ck_assert(list_empty(&l));
}
END_TEST

START_TEST(list_splice_moves_all_behind)
{
	struct list a, b;

	list_init(&a);
	list_init(&b);
	list_splice_back(&a, &b);
	ck_assert(list_empty(&a));
	list_push_back(&b, &items[2].node);
	list_push_back(&b, &items[3].node);
	list_splice_back(&a, &b);
	ck_assert(list_empty(&b));
	ck_assert_int_eq(contents(&a), 34);
	list_push_back(&b, &items[0].node);
	list_splice_back(&b, &a);
	ck_assert_int_eq(contents(&b), 134);
	ck_assert(list_empty(&a));
	list_splice_back(&b, &a);
	ck_assert_int_eq(contents(&b), 134);
}
END_TEST

Suite *test_list_suite(void)
{
	Suite *s = suite_create("list");
	TCase *tc = tcase_create("list");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, list_new_is_empty);
	tcase_add_test(tc, list_keeps_order_of_both_ends);
	tcase_add_test(tc, list_remove_unlinks_and_may_be_repeated);
	tcase_add_test(tc, list_splice_moves_all_behind);
	suite_add_tcase(s, tc);
	return s;
}
