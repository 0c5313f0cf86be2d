/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <unistd.h>

#include "bus/waker.h"
#include "util/spsc.h"

#define ROUNDS 20000
#define DUELS 100000

Suite *test_waker_suite(void);

static bool fd_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

START_TEST(waker_notify_leaves_awake_owner_alone)
{
	struct waker w;

	ck_assert_int_eq(waker_init(&w), 0);
	ck_assert(!waker_notify(&w));
	ck_assert(!fd_readable(w.fd));
	waker_release(&w);
}
END_TEST

START_TEST(waker_notify_writes_once_per_sleep)
{
	struct waker w;

	ck_assert_int_eq(waker_init(&w), 0);
	waker_about_to_sleep(&w);
	ck_assert(waker_notify(&w));
	ck_assert(!waker_notify(&w));
	ck_assert(fd_readable(w.fd));
	waker_awake(&w, true);
	ck_assert(!fd_readable(w.fd));
	waker_about_to_sleep(&w);
	ck_assert(waker_notify(&w));
	waker_release(&w);
}
END_TEST

START_TEST(waker_awake_takes_the_announcement_back)
{
	struct waker w;

	ck_assert_int_eq(waker_init(&w), 0);
	waker_about_to_sleep(&w);
	waker_awake(&w, false);
	ck_assert(!waker_notify(&w));
	ck_assert(!fd_readable(w.fd));
	waker_release(&w);
}
END_TEST

START_TEST(waker_awake_leaves_eventfd_unless_asked)
{
	struct waker w;

	ck_assert_int_eq(waker_init(&w), 0);
	waker_about_to_sleep(&w);
	ck_assert(waker_notify(&w));
	waker_awake(&w, false);
	ck_assert(fd_readable(w.fd));
	waker_release(&w);
}
END_TEST

/* One side of a ping-pong: sleeps until its inbox has something, passes it on. */
struct side {
	struct waker waker;
	struct spsc inbox;
	struct side *other;
	uint64_t writes; /* times this side woke the other by a write */
	uint64_t sleeps;
};

static uint64_t side_receive(struct side *s)
{
	uint64_t *entry, value;

	while (!(entry = spsc_peek(&s->inbox))) {
		struct pollfd p = { .fd = s->waker.fd, .events = POLLIN };

		waker_about_to_sleep(&s->waker);
		if (spsc_empty(&s->inbox)) {
			s->sleeps++;
			ck_assert_int_eq(poll(&p, 1, -1), 1);
		}
		waker_awake(&s->waker, true);
	}
	value = *entry;
	spsc_consume(&s->inbox);
	return value;
}

static void side_send(struct side *s, uint64_t value)
{
	uint64_t *entry = spsc_reserve(&s->other->inbox);

	ck_assert_ptr_nonnull(entry);
	*entry = value;
	spsc_publish(&s->other->inbox);
	s->writes += waker_notify(&s->other->waker);
}

static void *echo(void *ctx)
{
	struct side *s = ctx;

	for (uint64_t i = 0; i < ROUNDS; i++)
		side_send(s, side_receive(s) + 1);
	return NULL;
}

START_TEST(waker_never_loses_a_wake_up)
{
	static struct side a, b;
	pthread_t thread;

	a.other = &b;
	b.other = &a;
	ck_assert_int_eq(waker_init(&a.waker), 0);
	ck_assert_int_eq(waker_init(&b.waker), 0);
	ck_assert_int_eq(spsc_init(&a.inbox, 4, sizeof(uint64_t)), 0);
	ck_assert_int_eq(spsc_init(&b.inbox, 4, sizeof(uint64_t)), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, echo, &b), 0);
	for (uint64_t i = 0; i < ROUNDS; i++) {
		side_send(&a, i);
		ck_assert_uint_eq(side_receive(&a), i + 1);
	}
	pthread_join(thread, NULL);
	/* A write happens only for an announced sleep; the last one may have been taken back. */
	ck_assert_uint_le(a.writes, ROUNDS);
	ck_assert_uint_le(b.writes, ROUNDS);
	ck_assert_uint_le(a.sleeps, b.writes);
	ck_assert_uint_le(b.sleeps, a.writes);
	waker_release(&a.waker);
	waker_release(&b.waker);
	spsc_release(&a.inbox);
	spsc_release(&b.inbox);
}
END_TEST

/* A stream in one direction: the consumer goes to sleep again and again while
 * the producer runs, so that announcing and publishing meet at every offset. */
static void *stream(void *ctx)
{
	struct side *s = ctx;

	for (uint64_t i = 0; i < ROUNDS; i++) {
		while (spsc_room(&s->other->inbox) == 0)
			continue;
		side_send(s, i);
	}
	return NULL;
}

START_TEST(waker_wakes_consumer_of_a_stream_to_the_end)
{
	static struct side a, b;
	pthread_t thread;

	a.other = &b;
	ck_assert_int_eq(waker_init(&b.waker), 0);
	ck_assert_int_eq(spsc_init(&b.inbox, 64, sizeof(uint64_t)), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, stream, &a), 0);
	for (uint64_t i = 0; i < ROUNDS; i++)
		ck_assert_uint_eq(side_receive(&b), i);
	pthread_join(thread, NULL);
	waker_release(&b.waker);
	spsc_release(&b.inbox);
}
END_TEST

/* The moment that matters, over and over: at the same time one publishes and
 * notifies, the other announces its sleep and looks. Either the sleeper has seen
 * the entry or the waker has written; else the wake-up is lost. */
struct duel {
	struct waker waker;
	struct spsc inbox;
	_Alignas(HD_CACHE_LINE) _Atomic uint32_t waker_at; /* round the waker is ready for */
	_Alignas(HD_CACHE_LINE) _Atomic uint32_t sleeper_at;
	_Alignas(HD_CACHE_LINE) _Atomic uint32_t waker_done;
	bool wrote; /* read by the sleeper after waker_done */
};

static void await_round(_Atomic uint32_t *at, uint32_t round)
{
	for (unsigned spins = 0; atomic_load_explicit(at, memory_order_acquire) < round; spins++)
		if (spins > 1000) /* the other is not running */
			sched_yield();
}

/* Shifts the two sides against each other by some nanoseconds, each round anew. */
static void dawdle(uint32_t steps)
{
	for (volatile uint32_t i = 0; i < steps; i++)
		continue;
}

static void *duel_waker(void *ctx)
{
	struct duel *d = ctx;

	for (uint32_t round = 1; round <= DUELS; round++) {
		uint32_t *entry = spsc_reserve(&d->inbox);

		ck_assert_ptr_nonnull(entry);
		*entry = round;
		atomic_store_explicit(&d->waker_at, round, memory_order_release);
		await_round(&d->sleeper_at, round);
		dawdle(round % 32);
		spsc_publish(&d->inbox);
		d->wrote = waker_notify(&d->waker);
		atomic_store_explicit(&d->waker_done, round, memory_order_release);
	}
	return NULL;
}

START_TEST(waker_and_sleeper_never_miss_each_other)
{
	static struct duel d;
	pthread_t thread;

	ck_assert_int_eq(waker_init(&d.waker), 0);
	ck_assert_int_eq(spsc_init(&d.inbox, 4, sizeof(uint32_t)), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, duel_waker, &d), 0);
	for (uint32_t round = 1; round <= DUELS; round++) {
		bool saw;

		atomic_store_explicit(&d.sleeper_at, round, memory_order_release);
		await_round(&d.waker_at, round);
		dawdle(round / 32 % 32);
		waker_about_to_sleep(&d.waker);
		saw = !spsc_empty(&d.inbox);
		await_round(&d.waker_done, round);
		ck_assert_msg(saw || d.wrote, "wake-up lost in round %u", round);
		waker_awake(&d.waker, d.wrote);
		ck_assert_ptr_nonnull(spsc_peek(&d.inbox));
		spsc_consume(&d.inbox);
	}
	pthread_join(thread, NULL);
	waker_release(&d.waker);
	spsc_release(&d.inbox);
}
END_TEST

Suite *test_waker_suite(void)
{
	Suite *s = suite_create("waker");
	TCase *tc = tcase_create("flag");

	tcase_add_test(tc, waker_notify_leaves_awake_owner_alone);
	tcase_add_test(tc, waker_notify_writes_once_per_sleep);
	tcase_add_test(tc, waker_awake_takes_the_announcement_back);
	tcase_add_test(tc, waker_awake_leaves_eventfd_unless_asked);
	suite_add_tcase(s, tc);
	tc = tcase_create("threads");
	tcase_add_test(tc, waker_and_sleeper_never_miss_each_other);
	tcase_add_test(tc, waker_never_loses_a_wake_up);
	tcase_add_test(tc, waker_wakes_consumer_of_a_stream_to_the_end);
	suite_add_tcase(s, tc);
	return s;
}
