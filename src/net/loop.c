/* SPDX-License-Identifier: MIT
 * An event carries the place of its loop_io in the table and that place's
 * generation. Removing bumps the generation: what epoll reported earlier in
 * the same batch then names nobody, even when the place is taken again. */
#include "net/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/error.h"
#include "util/mono.h"

#define EVENTS_PER_PASS 256
#define PLACES_AT_START 64

struct place {
	struct loop_io *io; /* NULL: free */
	uint32_t generation;
	uint32_t next_free; /* of a free place; 0: last */
};

struct loop {
	int epoll_fd;
	int beat_fd; /* eventfd, edge-triggered: written to, never read */
	_Atomic uint64_t passes;
	bool quit;
	struct place *places; /* place 0 is never used */
	uint32_t place_count;
	uint32_t first_free;
	struct wheel wheel;
	struct epoll_event events[EVENTS_PER_PASS];
};

static uint64_t now_ms(void)
{
	return mono_now_ns() / MONO_NS_PER_MS;
}

/* The new places from `from` on join the free list, lowest first. */
static void free_places(struct loop *l, uint32_t from)
{
	for (uint32_t i = l->place_count; i-- > from;) {
		l->places[i] = (struct place){ .next_free = l->first_free };
		l->first_free = i;
	}
}

static int open_descriptors(struct loop *l)
{
	/* Its tag names place 0, which nobody has: it wakes, and that is all. */
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };

	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->beat_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (l->epoll_fd < 0 || l->beat_fd < 0)
		return ERROR_IO;
	return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->beat_fd, &ev) < 0 ? ERROR_IO : 0;
}

int loop_new(struct loop **out)
{
	struct loop *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return ERROR_NO_MEMORY;
	l->epoll_fd = l->beat_fd = -1;
	l->places = calloc(PLACES_AT_START, sizeof(*l->places));
	err = l->places ? open_descriptors(l) : ERROR_NO_MEMORY;
	if (err) {
		loop_free(l);
		return err;
	}
	l->place_count = PLACES_AT_START;
	free_places(l, 1);
	wheel_init(&l->wheel, now_ms());
	*out = l;
	return 0;
}

void loop_free(struct loop *l)
{
	int saved = errno;

	if (!l)
		return;
	if (l->beat_fd >= 0)
		close(l->beat_fd);
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	free(l->places);
	free(l);
	errno = saved;
}

static bool grow(struct loop *l)
{
	uint32_t old = l->place_count;
	struct place *places = reallocarray(l->places, (size_t)old * 2, sizeof(*places));

	if (!places)
		return false;
	l->places = places;
	l->place_count = old * 2;
	free_places(l, old);
	return true;
}

static void give_place(struct loop *l, uint32_t i)
{
	struct place *p = &l->places[i];

	p->io = NULL;
	p->generation++;
	p->next_free = l->first_free;
	l->first_free = i;
}

static uint64_t tag_of(const struct loop *l, uint32_t i)
{
	return (uint64_t)l->places[i].generation << 32 | i;
}

int loop_add(struct loop *l, struct loop_io *io, int fd, uint32_t events, loop_io_fn *fn)
{
	struct epoll_event ev = { .events = events };
	uint32_t i;

	if (!l->first_free && !grow(l))
		return ERROR_NO_MEMORY;
	i = l->first_free;
	ev.data.u64 = tag_of(l, i);
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		return ERROR_IO;
	l->first_free = l->places[i].next_free;
	l->places[i].io = io;
	*io = (struct loop_io){ .fd = fd, .events = events, .fn = fn, .index = i };
	return 0;
}

void loop_modify(struct loop *l, struct loop_io *io, uint32_t events)
{
	struct epoll_event ev = { .events = events };
	int rc;

	hd_assert(io->index && l->places[io->index].io == io);
	if (io->events == events)
		return;
	ev.data.u64 = tag_of(l, io->index);
	rc = epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, io->fd, &ev);
	hd_assert(rc == 0); /* takes no memory: fails for wrong descriptors only */
	io->events = events;
}

void loop_remove(struct loop *l, struct loop_io *io)
{
	int rc;

	if (!io->index)
		return;
	hd_assert(l->places[io->index].io == io);
	rc = epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, io->fd, NULL);
	hd_assert(rc == 0); /* a descriptor closed too early may already be another's */
	give_place(l, io->index);
	io->index = 0;
}

void loop_timer_init(struct loop_timer *t, loop_timer_fn *fn)
{
	timer_init(&t->timer);
	t->fn = fn;
}

void loop_timer_set(struct loop *l, struct loop_timer *t, uint64_t after_ms)
{
	wheel_add(&l->wheel, &t->timer, l->wheel.now_ms + after_ms);
}

void loop_timer_cancel(struct loop *l, struct loop_timer *t)
{
	wheel_cancel(&l->wheel, &t->timer);
}

uint64_t loop_now_ms(const struct loop *l)
{
	return l->wheel.now_ms;
}

static void fire(struct timer *t, void *ctx)
{
	struct loop_timer *lt = (struct loop_timer *)(void *)((char *)t - offsetof(struct loop_timer, timer));
	struct loop *l = ctx;

	lt->fn(l, lt);
}

/* Time has gone on since the wheel was last advanced: wait so much less. */
static int wait_ms(const struct loop *l)
{
	int64_t wait = wheel_wait_ms(&l->wheel);
	int64_t late;

	if (wait < 0)
		return -1;
	late = (int64_t)(now_ms() - l->wheel.now_ms);
	wait = wait > late ? wait - late : 0;
	return wait < INT_MAX ? (int)wait : INT_MAX;
}

static void dispatch(struct loop *l, int count)
{
	for (int i = 0; i < count && !l->quit; i++) {
		uint64_t tag = l->events[i].data.u64;
		struct place *p = &l->places[(uint32_t)tag];

		if (p->io && p->generation == (uint32_t)(tag >> 32))
			p->io->fn(l, p->io, l->events[i].events);
	}
}

void loop_run(struct loop *l, loop_idle_fn *idle, void *ctx)
{
	l->quit = false;
	while (!l->quit) {
		bool busy = idle && idle(ctx);
		int count = epoll_wait(l->epoll_fd, l->events, EVENTS_PER_PASS, busy ? 0 : wait_ms(l));

		hd_assert(count >= 0 || errno == EINTR);
		/* This thread alone writes it: no read-modify-write needed. */
		atomic_store_explicit(&l->passes, atomic_load_explicit(&l->passes, memory_order_relaxed) + 1,
				      memory_order_relaxed);
		/* Timers first: handlers then see the time of this pass. */
		wheel_advance(&l->wheel, now_ms(), fire, l);
		dispatch(l, count);
	}
}

void loop_quit(struct loop *l)
{
	l->quit = true;
}

uint64_t loop_beat(struct loop *l)
{
	const uint64_t one = 1;
	ssize_t n;

	do
		n = write(l->beat_fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
	hd_assert(n == sizeof(one)); /* full after 2^64 - 2 beats */
	return atomic_load_explicit(&l->passes, memory_order_relaxed);
}
