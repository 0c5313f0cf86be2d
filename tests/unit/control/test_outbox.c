/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "control/outbox.h"
#include "tests/unit/control/must.h"
#include "util/error.h"

Suite *test_outbox_suite(void);

#define RING 4

static struct spsc ring;
static struct waker waker;
static struct outbox outbox;

static void setup(void)
{
	ck_assert_int_eq(spsc_init(&ring, RING, sizeof(struct command)), 0);
	ck_assert_int_eq(waker_init(&waker), 0);
	outbox_init(&outbox, &ring, &waker);
}

static void teardown(void)
{
	outbox_release(&outbox);
	waker_release(&waker);
	spsc_release(&ring);
}

static struct command numbered(uint32_t n)
{
	return (struct command){ .type = COMMAND_CLOSE, .arg_ms = { n } };
}

static void push(uint32_t n)
{
	struct command c = numbered(n);

	must(outbox_push(&outbox, &c) == 0, "refused at %u", n);
}

static bool flush(void)
{
	bool woken;

	return outbox_flush(&outbox, &woken);
}

/* The shard takes up to `max` commands and expects them numbered from *next. */
static unsigned take(unsigned max, uint32_t *next)
{
	unsigned n = 0;

	for (const struct command *c; n < max && (c = spsc_peek(&ring)); n++) {
		must(c->arg_ms[0] == *next, "%u comes before %u", c->arg_ms[0], *next);
		(*next)++;
		spsc_consume(&ring);
	}
	return n;
}

START_TEST(commands_are_seen_after_a_flush_only)
{
	uint32_t next = 0;

	push(0);
	ck_assert_uint_eq(take(1, &next), 0);
	ck_assert(flush());
	ck_assert_uint_eq(take(2, &next), 1);
}
END_TEST

START_TEST(overflow_is_held_in_order)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < 1000; i++)
		push(i);
	ck_assert(!flush());
	for (unsigned round = 0; next < 1000; round++) {
		ck_assert_uint_lt(round, 1000);
		ck_assert_uint_gt(take(1 + round % RING, &next), 0);
		flush();
	}
	ck_assert(flush());
	ck_assert_uint_eq(take(1, &next), 0);
}
END_TEST

START_TEST(push_behind_held_commands_does_not_overtake)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < RING + 3; i++)
		push(i);
	ck_assert(!flush());
	ck_assert_uint_eq(take(RING, &next), RING); /* room again, but three wait */
	push(RING + 3);
	ck_assert(flush());
	ck_assert_uint_eq(take(RING, &next), 4);
}
END_TEST

START_TEST(flush_wakes_a_sleeper_once_per_batch)
{
	bool woken;

	waker_about_to_sleep(&waker);
	ck_assert(outbox_flush(&outbox, &woken));
	ck_assert(!woken);
	push(0);
	push(1);
	ck_assert(outbox_flush(&outbox, &woken));
	ck_assert(woken);
	push(2);
	ck_assert(outbox_flush(&outbox, &woken));
	ck_assert(!woken);
}
END_TEST

START_TEST(key_gone_is_refused_beyond_its_bound_and_others_are_not)
{
	struct command gone = { .type = COMMAND_KEY_GONE };

	for (unsigned i = 0; i < RING + OUTBOX_KEY_GONE_MAX; i++)
		must(outbox_push(&outbox, &gone) == 0, "refused at %u", i);
	ck_assert_int_eq(outbox_push(&outbox, &gone), ERROR_FULL);
	push(0);
	ck_assert_int_eq(outbox_push(&outbox, &gone), ERROR_FULL);
}
END_TEST

START_TEST(release_frees_blocks_that_were_held)
{
	for (unsigned i = 0; i < RING + 5; i++) {
		struct command c = { .type = COMMAND_SEND_BLOCK, .block = malloc(10), .block_len = 10 };

		ck_assert_int_eq(outbox_push(&outbox, &c), 0);
	}
	flush();
	for (const struct command *c; (c = spsc_peek(&ring)); spsc_consume(&ring))
		free(c->block);
	outbox_release(&outbox); /* the leak checker looks at the other five */
	ck_assert(flush());
}
END_TEST

START_TEST(memory_of_a_long_queue_is_given_back)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < 5000; i++)
		push(i);
	while (!flush())
		take(RING, &next);
	ck_assert_uint_eq(outbox.cap, 0);
	take(RING, &next);
	for (uint32_t i = 0; i < RING + 2; i++)
		push(5000 + i);
	while (next < 5000 + RING + 2) {
		flush();
		take(RING, &next);
	}
}
END_TEST

Suite *test_outbox_suite(void)
{
	Suite *s = suite_create("outbox");
	TCase *t = tcase_create("outbox");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, commands_are_seen_after_a_flush_only);
	tcase_add_test(t, overflow_is_held_in_order);
	tcase_add_test(t, push_behind_held_commands_does_not_overtake);
	tcase_add_test(t, flush_wakes_a_sleeper_once_per_batch);
	tcase_add_test(t, key_gone_is_refused_beyond_its_bound_and_others_are_not);
	tcase_add_test(t, release_frees_blocks_that_were_held);
	tcase_add_test(t, memory_of_a_long_queue_is_given_back);
	suite_add_tcase(s, t);
	return s;
}
