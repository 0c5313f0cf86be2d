/* SPDX-License-Identifier: MIT */
#include "accept/accept.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "accept/intake.h"
#include "accept/login.h"
#include "accept/plane.h"
#include "tls/context.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/log.h"

/* Bytes the kernel may hold unsent for one client. At 20 Mbit/s and a queue
 * that is always full this brings the median delay from 1,414 ms to 105 ms and
 * kernel memory from 4.2 MB to 0.2 MB; unlike a fixed SO_SNDBUF it leaves
 * autotuning on. */
#define NOTSENT_LOWAT (128 * 1024)

static void on_stop(struct loop *loop, struct loop_io *io, uint32_t events)
{
	struct plane_thread *t = list_entry(io, struct plane_thread, stop_io);

	(void)events;
	intake_stop(t->intake);
	login_stop_all(t);
	loop_quit(loop);
}

static void thread_release(struct plane_thread *t)
{
	intake_free(t->intake);
	wake_release(&t->wake);
	loop_free(t->loop);
	if (t->stop_fd >= 0)
		close(t->stop_fd);
	free(t->scratch);
	free(t->answer);
}

static int thread_init(struct plane_thread *t, struct accept_plane *plane, uint16_t index, struct stats *stats)
{
	int err;

	*t = (struct plane_thread){ .plane = plane, .index = index, .stats = stats };
	login_init(t);
	t->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	t->scratch = malloc(PLANE_SCRATCH_SIZE);
	t->answer = malloc(plane->site.size_max);
	err = t->stop_fd < 0 ? ERROR_IO : t->scratch && t->answer ? 0 : ERROR_NO_MEMORY;
	if (!err)
		err = loop_new(&t->loop);
	if (!err)
		err = loop_add(t->loop, &t->stop_io, t->stop_fd, EPOLLIN, on_stop);
	if (!err)
		err = wake_init(&t->wake, plane->bus, stats);
	if (!err)
		err = intake_new(&t->intake, t);
	if (err)
		thread_release(t);
	return err;
}

static int threads_init(struct accept_plane *plane, struct stats **stats)
{
	uint16_t count = plane->settings.threads;

	plane->threads = calloc(count, sizeof(*plane->threads));
	if (!plane->threads)
		return ERROR_NO_MEMORY;
	for (uint16_t i = 0; i < count; i++) {
		int err = thread_init(&plane->threads[i], plane, i, stats[i]);

		if (err) {
			while (i > 0)
				thread_release(&plane->threads[--i]);
			free(plane->threads);
			return err;
		}
	}
	return 0;
}

/* The caller's strings may go; what is made of them is in `site`. */
static void copy_settings(struct accept_plane *plane, const struct accept_settings *s)
{
	plane->settings = *s;
	plane->settings.home = NULL;
	plane->settings.hostname = NULL;
	plane->client_options = (struct listener_client_options){
		.sockbuf = s->sockbuf,
		.tcp_user_timeout_ms = s->tcp_user_timeout_ms,
		.tcp_keepalive_s = s->tcp_keepalive_s,
		.notsent_lowat = NOTSENT_LOWAT,
	};
	rate_init(&plane->rate, s->accept_rate, s->accept_burst);
	plane->tls = s->tls ? context_ref(s->tls) : NULL;
}

struct tls_context *accept_plane_take_tls(struct accept_plane *plane)
{
	struct tls_context *tls = NULL;

	if (!plane->settings.tls)
		return NULL;
	pthread_mutex_lock(&plane->tls_lock);
	tls = context_ref(plane->tls);
	pthread_mutex_unlock(&plane->tls_lock);
	return tls;
}

void accept_plane_set_tls(struct accept_plane *plane, struct tls_context *tls)
{
	struct tls_context *old;

	hd_assert(plane->settings.tls);
	pthread_mutex_lock(&plane->tls_lock);
	old = plane->tls;
	plane->tls = context_ref(tls);
	pthread_mutex_unlock(&plane->tls_lock);
	context_unref(old);
}

static void plane_free(struct accept_plane *plane)
{
	context_unref(plane->tls);
	pthread_mutex_destroy(&plane->tls_lock);
	bytes_wipe(&plane->settings, sizeof(plane->settings)); /* keys */
	free(plane);
}

int accept_plane_new(struct accept_plane **out, const struct accept_settings *s, struct bus *bus,
		     struct conn_count *count, struct stats **stats, accept_shard_of_fn *shard_of,
		     const void *shard_ctx)
{
	struct accept_plane *plane = calloc(1, sizeof(*plane));
	int err;

	hd_assert(s->threads > 0 && s->threads <= bus->accepts);
	if (!plane)
		return ERROR_NO_MEMORY;
	pthread_mutex_init(&plane->tls_lock, NULL);
	copy_settings(plane, s);
	plane->bus = bus;
	plane->count = count;
	plane->shard_of = shard_of;
	plane->shard_ctx = shard_ctx;
	for (uint32_t i = 0; i < s->listen_count; i++)
		listener_tune_heirs(s->listen_fds[i], &plane->client_options);
	err = page_site_init(&plane->site, s->home, s->hostname);
	if (!err) {
		err = threads_init(plane, stats);
		if (err)
			page_site_release(&plane->site);
	}
	if (err) {
		plane_free(plane);
		return err;
	}
	*out = plane;
	return 0;
}

static bool before_waiting(void *ctx)
{
	struct plane_thread *t = ctx;

	wake_all(&t->wake);
	return false;
}

void accept_plane_run(struct accept_plane *plane, uint16_t thread)
{
	struct plane_thread *t;

	hd_assert(thread < plane->settings.threads);
	t = &plane->threads[thread];
	intake_start(t->intake);
	loop_run(t->loop, before_waiting, t);
	wake_all(&t->wake);
}

uint64_t accept_plane_beat(struct accept_plane *plane, uint16_t thread)
{
	hd_assert(thread < plane->settings.threads);
	return loop_beat(plane->threads[thread].loop);
}

void accept_plane_stop(struct accept_plane *plane)
{
	for (uint16_t i = 0; i < plane->settings.threads; i++) {
		const uint64_t one = 1;
		ssize_t n;

		do
			n = write(plane->threads[i].stop_fd, &one, sizeof(one));
		while (n < 0 && errno == EINTR);
		hd_assert(n == sizeof(one));
	}
}

void accept_plane_set_rate(struct accept_plane *plane, double rate, uint32_t burst)
{
	rate_set(&plane->rate, rate, burst);
}

void accept_plane_free(struct accept_plane *plane)
{
	if (!plane)
		return;
	for (uint16_t i = 0; i < plane->settings.threads; i++) {
		hd_assert(plane->threads[i].login_count == 0);
		thread_release(&plane->threads[i]);
	}
	free(plane->threads);
	page_site_release(&plane->site);
	plane_free(plane);
}
