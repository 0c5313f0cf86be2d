/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/engine_wait.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tools/hd-bench/engine_ring.h"

/* When the next packet is to go out within this, what arrives waits for that. */
#define PATIENCE_NS (MONO_NS_PER_MS / 10)

static uint64_t wait_ns(const struct engine *e, uint64_t now_ns)
{
	uint64_t next_ns = now_ns + ENGINE_WAIT_MAX_NS, due_ns = due_next(&e->due);

	if (!list_empty(&e->rx) || !list_empty(&e->tx))
		return 0;
	if (due_ns < next_ns)
		next_ns = due_ns;
	return next_ns > now_ns ? next_ns - now_ns : 0;
}

/* Sleeps to the end of this tick, whatever arrives; no longer than `ns`. */
static void sit_out_tick(struct engine *e, uint64_t now_ns, uint64_t ns)
{
	uint64_t until_ns = e->woke_ns + e->pause_ns;
	struct timespec ts;

	if (until_ns > now_ns + ns)
		until_ns = now_ns + ns;
	if (until_ns <= now_ns)
		return;
	if (e->ring) {
		/* What is to be sent goes out first, and takes its time. */
		engine_ring_wait(e, 0, false);
		now_ns = mono_now_ns();
		if (until_ns > now_ns)
			engine_ring_wait(e, until_ns - now_ns, true);
		return;
	}
	ts = (struct timespec){ (time_t)(until_ns / MONO_NS_PER_S), (long)(until_ns % MONO_NS_PER_S) };
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* glibc has a wrapper of this call since 2.35 only. */
static int wait_epoll(const struct engine *e, struct epoll_event *events, int max, uint64_t ns)
{
	struct timespec ts = { (time_t)(ns / MONO_NS_PER_S), (long)(ns % MONO_NS_PER_S) };

	return (int)syscall(SYS_epoll_pwait2, e->epoll, events, max, &ts, NULL, 0);
}

int engine_wait(struct engine *e, struct epoll_event *events, int max, uint64_t now_ns)
{
	uint64_t ns = wait_ns(e, now_ns);
	bool ticked = e->pause_ns && e->started && ns;

	if (ticked) {
		sit_out_tick(e, now_ns, ns + e->pause_ns);
		now_ns = e->woke_ns = mono_now_ns();
		ns = wait_ns(e, now_ns);
	}
	if (!e->ring)
		return wait_epoll(e, events, max, ns);
	if (ns || !ticked)
		engine_ring_wait(e, ns, !ticked && ns <= PATIENCE_NS);
	/* A descriptor of epoll ends the wait, too, but does not tell why. */
	return e->carried < e->count ? wait_epoll(e, events, max, 0) : 0;
}
