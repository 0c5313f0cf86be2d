/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/loop.h"
#include "util/error.h"
#include "util/list.h"
#include "util/mono.h"

Suite *test_loop_suite(void);

/* An eventfd in the loop that counts its calls. */
struct probe {
	struct loop_io io;
	int fd;
	int calls;
	uint32_t events;
	struct probe *victim; /* removed by a call */
	struct probe *heir;   /* then added in its place */
	bool quits;
};

static void on_probe(struct loop *l, struct loop_io *io, uint32_t events)
{
	struct probe *p = list_entry(io, struct probe, io);

	p->calls++;
	p->events = events;
	if (p->victim) {
		loop_remove(l, &p->victim->io);
		close(p->victim->fd);
		if (p->heir) {
			p->heir->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
			ck_assert_int_eq(loop_add(l, &p->heir->io, p->heir->fd, EPOLLIN, on_probe), 0);
		}
		p->victim = NULL;
	}
	if (p->quits)
		loop_quit(l);
}

static void probe_add(struct loop *l, struct probe *p, unsigned value)
{
	memset(p, 0, sizeof(*p));
	p->fd = eventfd(value, EFD_NONBLOCK | EFD_CLOEXEC);
	ck_assert_int_ge(p->fd, 0);
	ck_assert_int_eq(loop_add(l, &p->io, p->fd, EPOLLIN, on_probe), 0);
}

static void probe_drop(struct loop *l, struct probe *p)
{
	loop_remove(l, &p->io);
	close(p->fd);
}

/* Idle function that stops the loop in its `passes`-th pass. */
struct passes {
	struct loop *loop;
	int left;
};

static bool count_down(void *ctx)
{
	struct passes *p = ctx;

	if (p->left-- == 0)
		loop_quit(p->loop);
	return true;
}

static void run_passes(struct loop *l, int n)
{
	struct passes p = { .loop = l, .left = n };

	loop_run(l, count_down, &p);
}

static struct loop *new_loop(void)
{
	struct loop *l = NULL;

	ck_assert_int_eq(loop_new(&l), 0);
	ck_assert_ptr_nonnull(l);
	return l;
}

START_TEST(loop_delivers_to_ready_descriptors_only)
{
	struct loop *l = new_loop();
	struct probe ready, idle;

	probe_add(l, &ready, 1);
	probe_add(l, &idle, 0);
	run_passes(l, 1);
	ck_assert_int_ge(ready.calls, 1);
	ck_assert(ready.events & EPOLLIN);
	ck_assert_int_eq(idle.calls, 0);
	probe_drop(l, &ready);
	probe_drop(l, &idle);
	loop_free(l);
}
END_TEST

/* Both are ready in one batch; whichever comes first removes the other. */
START_TEST(loop_removed_in_same_batch_is_not_called)
{
	struct loop *l = new_loop();
	struct probe a, b;

	probe_add(l, &a, 1);
	probe_add(l, &b, 1);
	a.victim = &b;
	b.victim = &a;
	run_passes(l, 1);
	ck_assert_int_eq(a.calls + b.calls, 1);
	probe_drop(l, a.calls ? &a : &b);
	loop_free(l);
}
END_TEST

/* The heir gets the victim's place in the table and most likely its number. */
START_TEST(loop_place_taken_again_does_not_inherit_events)
{
	struct loop *l = new_loop();
	struct probe a, b, heir = { .fd = -1 };
	struct probe *left;

	probe_add(l, &a, 1);
	probe_add(l, &b, 1);
	a.victim = &b;
	b.victim = &a;
	a.heir = b.heir = &heir;
	run_passes(l, 1);
	ck_assert_int_eq(a.calls + b.calls, 1);
	left = a.calls ? &a : &b;
	ck_assert_uint_eq(heir.io.index, left == &a ? 2 : 1);
	ck_assert_int_eq(heir.calls, 0);
	probe_drop(l, &heir);
	probe_drop(l, left);
	loop_free(l);
}
END_TEST

static void on_suicide(struct loop *l, struct loop_io *io, uint32_t events)
{
	struct probe *p = list_entry(io, struct probe, io);

	ck_assert(events & EPOLLIN);
	probe_drop(l, p);
	free(p);
}

START_TEST(loop_handler_may_free_its_own)
{
	struct loop *l = new_loop();
	struct probe *p = calloc(1, sizeof(*p));

	ck_assert_ptr_nonnull(p);
	p->fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
	ck_assert_int_eq(loop_add(l, &p->io, p->fd, EPOLLIN, on_suicide), 0);
	run_passes(l, 3);
	loop_free(l);
}
END_TEST

START_TEST(loop_remove_is_harmless_twice)
{
	struct loop *l = new_loop();
	struct loop_io never = { 0 };
	struct probe p;

	probe_add(l, &p, 1);
	loop_remove(l, &p.io);
	loop_remove(l, &p.io);
	loop_remove(l, &never);
	run_passes(l, 2);
	ck_assert_int_eq(p.calls, 0);
	close(p.fd);
	loop_free(l);
}
END_TEST

START_TEST(loop_modify_changes_what_is_waited_for)
{
	struct loop *l = new_loop();
	struct probe p;

	probe_add(l, &p, 1);
	loop_modify(l, &p.io, 0);
	run_passes(l, 2);
	ck_assert_int_eq(p.calls, 0);
	loop_modify(l, &p.io, EPOLLOUT);
	loop_modify(l, &p.io, EPOLLOUT);
	run_passes(l, 1);
	ck_assert_int_ge(p.calls, 1);
	ck_assert_uint_eq(p.events, EPOLLOUT);
	probe_drop(l, &p);
	loop_free(l);
}
END_TEST

START_TEST(loop_add_of_a_bad_descriptor_fails)
{
	struct loop *l = new_loop();
	struct loop_io io = { 0 };
	struct probe p;

	ck_assert_int_eq(loop_add(l, &io, -1, EPOLLIN, on_probe), ERROR_IO);
	ck_assert_uint_eq(io.index, 0);
	probe_add(l, &p, 0);
	ck_assert_uint_eq(p.io.index, 1); /* the place was not lost */
	probe_drop(l, &p);
	loop_free(l);
}
END_TEST

START_TEST(loop_table_grows)
{
	enum { MANY = 300 };
	struct loop *l = new_loop();
	struct probe *probes = calloc(MANY, sizeof(*probes));
	int called = 0;

	ck_assert_ptr_nonnull(probes);
	for (int i = 0; i < MANY; i++)
		probe_add(l, &probes[i], 1);
	run_passes(l, 4); /* a pass takes a bounded number of events */
	for (int i = 0; i < MANY; i++)
		called += probes[i].calls > 0;
	ck_assert_int_eq(called, MANY);
	for (int i = 0; i < MANY; i++)
		probe_drop(l, &probes[i]);
	free(probes);
	loop_free(l);
}
END_TEST

START_TEST(loop_quit_ends_the_batch_and_run_may_come_again)
{
	struct loop *l = new_loop();
	struct probe a, b;

	probe_add(l, &a, 1);
	probe_add(l, &b, 1);
	a.quits = b.quits = true;
	loop_run(l, NULL, NULL);
	ck_assert_int_eq(a.calls + b.calls, 1);
	loop_run(l, NULL, NULL);
	ck_assert_int_eq(a.calls + b.calls, 2);
	probe_drop(l, &a);
	probe_drop(l, &b);
	loop_free(l);
}
END_TEST

struct tick {
	struct loop_timer timer;
	int fired;
	int again_ms;
	struct tick *cancels;
	bool quits;
	int quits_at; /* ends the loop the time it fires that often */
};

static void on_tick(struct loop *l, struct loop_timer *t)
{
	struct tick *k = list_entry(t, struct tick, timer);

	k->fired++;
	if (k->again_ms)
		loop_timer_set(l, t, (uint64_t)k->again_ms);
	if (k->cancels)
		loop_timer_cancel(l, &k->cancels->timer);
	if (k->quits || k->fired == k->quits_at)
		loop_quit(l);
}

static void tick_init(struct tick *k)
{
	memset(k, 0, sizeof(*k));
	loop_timer_init(&k->timer, on_tick);
}

START_TEST(loop_timer_is_never_early)
{
	struct loop *l = new_loop();
	uint64_t start, ran_ms;
	struct tick k;

	tick_init(&k);
	k.quits = true;
	run_passes(l, 0);
	start = loop_now_ms(l);
	loop_timer_set(l, &k.timer, 30);
	loop_run(l, NULL, NULL); /* blocks until the timer ends it */
	ran_ms = mono_now_ns() / MONO_NS_PER_MS - start;
	ck_assert_int_eq(k.fired, 1);
	ck_assert_uint_ge(ran_ms, 30);
	ck_assert_uint_ge(loop_now_ms(l), start + 30);
	loop_free(l);
}
END_TEST

START_TEST(loop_timers_fire_in_order_of_deadline)
{
	struct loop *l = new_loop();
	struct tick first, second, last;

	tick_init(&first);
	tick_init(&second);
	tick_init(&last);
	second.cancels = &first;
	last.quits = true;
	loop_timer_set(l, &last.timer, 20);
	loop_timer_set(l, &second.timer, 10);
	loop_timer_set(l, &first.timer, 1);
	loop_run(l, NULL, NULL);
	ck_assert_int_eq(first.fired, 1);
	ck_assert_int_eq(second.fired, 1);
	ck_assert_int_eq(last.fired, 1);
	loop_free(l);
}
END_TEST

START_TEST(loop_timer_cancelled_or_set_again_keeps_one_shot)
{
	struct loop *l = new_loop();
	struct tick gone, moved, end;

	tick_init(&gone);
	tick_init(&moved);
	tick_init(&end);
	end.quits = true;
	loop_timer_set(l, &gone.timer, 1);
	loop_timer_set(l, &moved.timer, 1);
	loop_timer_set(l, &moved.timer, 5);
	loop_timer_cancel(l, &gone.timer);
	loop_timer_cancel(l, &gone.timer);
	loop_timer_set(l, &end.timer, 10);
	loop_run(l, NULL, NULL);
	ck_assert_int_eq(gone.fired, 0);
	ck_assert_int_eq(moved.fired, 1);
	loop_free(l);
}
END_TEST

START_TEST(loop_timer_may_arm_itself_again)
{
	struct loop *l = new_loop();
	struct tick often;

	tick_init(&often);
	often.again_ms = 1;
	often.quits_at = 3;
	loop_timer_set(l, &often.timer, 1);
	loop_run(l, NULL, NULL); /* blocks until the third time */
	ck_assert_int_eq(often.fired, 3);
	loop_timer_cancel(l, &often.timer);
	loop_free(l);
}
END_TEST

/* A timer takes away a descriptor that is ready in the same pass. */
struct closing_tick {
	struct loop_timer timer;
	struct probe *victim;
};

static void on_closing_tick(struct loop *l, struct loop_timer *t)
{
	probe_drop(l, list_entry(t, struct closing_tick, timer)->victim);
}

START_TEST(loop_timer_may_remove_a_ready_descriptor)
{
	struct loop *l = new_loop();
	struct closing_tick k;
	struct probe p;

	probe_add(l, &p, 1);
	k.victim = &p;
	loop_timer_init(&k.timer, on_closing_tick);
	loop_timer_set(l, &k.timer, 0);
	run_passes(l, 3);
	ck_assert_int_eq(p.calls, 0);
	loop_free(l);
}
END_TEST

static void *run_until_quit(void *arg)
{
	loop_run(arg, NULL, NULL);
	return NULL;
}

/* The loop has nothing to do: only beats make it pass. */
START_TEST(loop_beat_makes_an_idle_loop_pass)
{
	struct loop *l = new_loop();
	struct probe end;
	const uint64_t one = 1;
	pthread_t thread;

	probe_add(l, &end, 0);
	end.quits = true;
	ck_assert_int_eq(pthread_create(&thread, NULL, run_until_quit, l), 0);
	for (int i = 0; i < 3; i++) {
		uint64_t before = loop_beat(l);

		while (loop_beat(l) == before)
			continue;
	}
	ck_assert_int_eq(write(end.fd, &one, sizeof(one)), sizeof(one));
	pthread_join(thread, NULL);
	probe_drop(l, &end);
	loop_free(l);
}
END_TEST

START_TEST(loop_beat_of_a_loop_that_does_not_run_counts_nothing)
{
	struct loop *l = new_loop();

	ck_assert_uint_eq(loop_beat(l), 0);
	ck_assert_uint_eq(loop_beat(l), 0);
	loop_free(l);
}
END_TEST

START_TEST(loop_free_takes_null)
{
	loop_free(NULL);
}
END_TEST

Suite *test_loop_suite(void)
{
	Suite *s = suite_create("loop");
	TCase *tc = tcase_create("io");

	tcase_add_test(tc, loop_delivers_to_ready_descriptors_only);
	tcase_add_test(tc, loop_removed_in_same_batch_is_not_called);
	tcase_add_test(tc, loop_place_taken_again_does_not_inherit_events);
	tcase_add_test(tc, loop_handler_may_free_its_own);
	tcase_add_test(tc, loop_remove_is_harmless_twice);
	tcase_add_test(tc, loop_modify_changes_what_is_waited_for);
	tcase_add_test(tc, loop_add_of_a_bad_descriptor_fails);
	tcase_add_test(tc, loop_table_grows);
	tcase_add_test(tc, loop_quit_ends_the_batch_and_run_may_come_again);
	tcase_add_test(tc, loop_beat_makes_an_idle_loop_pass);
	tcase_add_test(tc, loop_beat_of_a_loop_that_does_not_run_counts_nothing);
	tcase_add_test(tc, loop_free_takes_null);
	suite_add_tcase(s, tc);
	tc = tcase_create("timers");
	tcase_add_test(tc, loop_timer_is_never_early);
	tcase_add_test(tc, loop_timers_fire_in_order_of_deadline);
	tcase_add_test(tc, loop_timer_cancelled_or_set_again_keeps_one_shot);
	tcase_add_test(tc, loop_timer_may_arm_itself_again);
	tcase_add_test(tc, loop_timer_may_remove_a_ready_descriptor);
	suite_add_tcase(s, tc);
	return s;
}
