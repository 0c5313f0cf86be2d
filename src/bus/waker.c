/* SPDX-License-Identifier: MIT */
#include "bus/waker.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/error.h"

#if defined(__SANITIZE_THREAD__)
#define WAKER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WAKER_TSAN 1
#endif
#endif

/* Sleeper: store `sleeping`, then look at the inboxes. Waker: publish, then
 * load `sleeping`. Each side's store must be visible before its load is made,
 * or both may see the old value and the wake-up is lost: hence a full barrier
 * on both sides. ThreadSanitizer does not know fences; a read-modify-write of
 * the flag orders the two sides as well, only dearer. */
static void barrier(struct waker *w)
{
#ifdef WAKER_TSAN
	atomic_fetch_add_explicit(&w->sleeping, 0, memory_order_seq_cst);
#else
	(void)w;
	atomic_thread_fence(memory_order_seq_cst);
#endif
}

int waker_init(struct waker *w)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (fd < 0)
		return ERROR_IO;
	atomic_init(&w->sleeping, 0);
	w->fd = fd;
	return 0;
}

void waker_release(struct waker *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

bool waker_notify(struct waker *w)
{
	const uint64_t one = 1;
	ssize_t n;

	barrier(w);
	if (!atomic_load_explicit(&w->sleeping, memory_order_relaxed))
		return false;
	/* Of several wakers only the one that takes the flag down writes. */
	if (!atomic_exchange_explicit(&w->sleeping, 0, memory_order_acq_rel))
		return false;
	do
		n = write(w->fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
	hd_assert(n == sizeof(one)); /* one write per sleep cannot fill the counter */
	return true;
}

void waker_about_to_sleep(struct waker *w)
{
	atomic_exchange_explicit(&w->sleeping, 1, memory_order_seq_cst);
	barrier(w);
}

void waker_awake(struct waker *w, bool drain)
{
	uint64_t count;

	atomic_store_explicit(&w->sleeping, 0, memory_order_relaxed);
	while (drain && read(w->fd, &count, sizeof(count)) < 0 && errno == EINTR)
		continue;
}
