/* SPDX-License-Identifier: MIT */
#include "tests/unit/accept/relay.h"

#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/box.h"
#include "net/listener.h"
#include "util/log.h"

static uint16_t shard_of(const void *ctx, const struct key *key)
{
	const struct relay *r = ctx;

	return key->bytes[0] % r->shards;
}

void relay_init(struct relay *r)
{
	char why[256] = "";

	log_set_level(LOG_LEVEL_ERROR);
	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(box_start(), 0);
	box_new_private(r->settings.private_key);
	box_public_of(r->settings.public_key.bytes, r->settings.private_key);
	r->listen_fd = listener_open("127.0.0.1", 0, why, sizeof(why));
	ck_assert_msg(r->listen_fd >= 0, "%s", why);
	r->port = listener_port(r->listen_fd);
	r->settings.listen_fds = &r->listen_fd;
	r->settings.listen_count = 1;
	r->settings.threads = 1;
	r->settings.handshake_timeout_ms = 60000; /* never reached, unless a test sets it */
	r->settings.tcp_user_timeout_ms = 15000;
	r->settings.tcp_keepalive_s = 600;
	r->settings.home = "";
	r->shards = 1;
}

static void *thread_main(void *ctx)
{
	struct relay_thread *t = ctx;

	accept_plane_run(t->relay->plane, t->index);
	return NULL;
}

void relay_start(struct relay *r)
{
	ck_assert_uint_le(r->settings.threads, RELAY_THREADS_MAX);
	ck_assert_int_eq(bus_init(&r->bus, r->shards, r->settings.threads), 0);
	r->count = conn_count_new(r->max_total, r->max_per_ip);
	r->registry = stats_registry_new();
	ck_assert(r->count && r->registry);
	for (uint16_t i = 0; i < r->settings.threads; i++)
		r->stats[i] = stats_registry_add(r->registry, "accept %u", i);
	ck_assert_int_eq(accept_plane_new(&r->plane, &r->settings, &r->bus, r->count, r->stats, shard_of, r), 0);
	for (uint16_t i = 0; i < r->settings.threads; i++) {
		r->threads[i] = (struct relay_thread){ .relay = r, .index = i };
		ck_assert_int_eq(pthread_create(&r->threads[i].id, NULL, thread_main, &r->threads[i]), 0);
	}
	r->running = true;
}

void relay_stop(struct relay *r)
{
	if (!r->running)
		return;
	accept_plane_stop(r->plane);
	for (uint16_t i = 0; i < r->settings.threads; i++)
		pthread_join(r->threads[i].id, NULL);
	r->running = false;
}

void relay_release(struct relay *r)
{
	relay_stop(r);
	accept_plane_free(r->plane);
	bus_release(&r->bus);
	conn_count_free(r->count);
	stats_registry_free(r->registry);
	close(r->listen_fd);
}

static bool take_now(struct relay *r, uint16_t shard, struct handover *out)
{
	for (uint16_t i = 0; i < r->settings.threads; i++) {
		struct spsc *ring = bus_handover(&r->bus, i, shard);
		struct handover *h = spsc_peek(ring);

		if (h) {
			*out = *h;
			spsc_consume(ring);
			return true;
		}
	}
	return false;
}

struct handover relay_take(struct relay *r, uint16_t shard)
{
	struct waker *w = &r->bus.shard_waker[shard];
	struct handover h;

	while (!take_now(r, shard, &h)) {
		struct pollfd p = { .fd = w->fd, .events = POLLIN };
		bool found;

		waker_about_to_sleep(w);
		found = take_now(r, shard, &h);
		if (!found)
			ck_assert_int_eq(poll(&p, 1, -1), 1);
		waker_awake(w, true);
		if (found)
			break;
	}
	return h;
}

bool relay_took_all(struct relay *r, uint16_t shard)
{
	for (uint16_t i = 0; i < r->settings.threads; i++)
		if (!spsc_empty(bus_handover(&r->bus, i, shard)))
			return false;
	return true;
}

void relay_drop(struct relay *r, struct handover *h)
{
	close(h->fd);
	free(h->leftover);
	conn_count_give(r->count, h->addr.ip);
}

static uint64_t cell(const stats_cell *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

uint64_t relay_logins(const struct relay *r, enum login_result result)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < r->settings.threads; i++)
		sum += cell(&r->stats[i]->logins[result]);
	return sum;
}

uint64_t relay_logins_all(const struct relay *r)
{
	uint64_t sum = 0;

	for (int i = 0; i < LOGIN_RESULT_COUNT; i++)
		sum += relay_logins(r, (enum login_result)i);
	return sum;
}

uint64_t relay_refusals(const struct relay *r, enum refuse_reason reason)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < r->settings.threads; i++)
		sum += cell(&r->stats[i]->refusals[reason]);
	return sum;
}

uint64_t relay_stat(const struct relay *r, enum stat_id which)
{
	return stats_registry_sum(r->registry, which);
}
