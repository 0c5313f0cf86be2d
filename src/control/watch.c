/* SPDX-License-Identifier: MIT */
#include "control/watch.h"

#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "util/error.h"
#include "util/list.h"

#define LOG_CAP_MIN 64   /* entries */
#define LOG_CAP_KEEP 4096 /* an empty log larger than this gives its memory back */

/* A key that went, or that is connected once more. */
struct change {
	struct key key;
	uint64_t seq : 63; /* the key's while it was present */
	uint64_t gone : 1;
};

enum watcher_state {
	WATCHER_IDLE,    /* knows all */
	WATCHER_READY,   /* in `ready`: there may be something to tell */
	WATCHER_SENDING, /* a block is in flight */
	WATCHER_LAGGING, /* to be closed; in `lagging` until taken from there */
};

struct watcher {
	struct list_node all;
	struct list_node queue; /* `ready` or `lagging` */
	struct presence_conn *conn;
	const struct presence_key *next; /* first key in the list not yet told, NULL: none */
	uint64_t told;   /* keys with a smaller seq were told, unless they had gone before */
	uint64_t log_at; /* first position in the log not yet read */
	enum watcher_state state;
};

struct watch {
	const struct presence *presence;
	struct watch_limits limits;
	struct list all;
	struct list ready;
	struct list lagging;
	size_t count;
	size_t sending;   /* watchers in WATCHER_SENDING */
	struct change *log; /* ring: position i lies at i & (log_cap - 1) */
	size_t log_cap;   /* 0 or a power of two */
	uint64_t log_base; /* oldest position held */
	uint64_t log_end;
	uint8_t scratch[WATCH_BLOCK_MAX];
};

struct watch *watch_new(const struct presence *p, const struct watch_limits *limits)
{
	struct watch *w = calloc(1, sizeof(*w));

	hd_assert(limits->block_bytes >= FRAME_PEER_PRESENT_SIZE && limits->block_bytes <= WATCH_BLOCK_MAX);
	hd_assert(limits->blocks > 0 && limits->lag > 0);
	if (!w)
		return NULL;
	w->presence = p;
	w->limits = *limits;
	list_init(&w->all);
	list_init(&w->ready);
	list_init(&w->lagging);
	return w;
}

void watch_free(struct watch *w)
{
	struct list_node *n;

	if (!w)
		return;
	while ((n = list_first(&w->all)))
		watch_remove(w, list_entry(n, struct watcher, all)->conn);
	free(w->log);
	free(w);
}

/* The one place that changes a watcher's state. */
static void set_state(struct watch *w, struct watcher *x, enum watcher_state state)
{
	list_remove(&x->queue);
	w->sending -= x->state == WATCHER_SENDING;
	w->sending += state == WATCHER_SENDING;
	x->state = state;
	if (state == WATCHER_READY)
		list_push_back(&w->ready, &x->queue);
	else if (state == WATCHER_LAGGING)
		list_push_back(&w->lagging, &x->queue);
}

int watch_add(struct watch *w, struct presence_conn *c)
{
	struct watcher *x;

	if (c->watcher)
		return 0;
	x = calloc(1, sizeof(*x));
	if (!x)
		return ERROR_NO_MEMORY;
	x->conn = c;
	x->next = presence_first(w->presence);
	x->log_at = w->log_end;
	list_node_init(&x->queue);
	list_push_back(&w->all, &x->all);
	w->count++;
	c->watcher = x;
	set_state(w, x, WATCHER_READY);
	return 0;
}

void watch_remove(struct watch *w, struct presence_conn *c)
{
	struct watcher *x = c->watcher;

	if (!x)
		return;
	c->watcher = NULL;
	set_state(w, x, WATCHER_IDLE);
	list_remove(&x->all);
	w->count--;
	free(x);
}

static struct watcher *watcher_of(struct list_node *n)
{
	return n ? list_entry(n, struct watcher, all) : NULL;
}

static struct watcher *first_watcher(const struct watch *w)
{
	return watcher_of(list_first(&w->all));
}

static struct watcher *next_watcher(const struct watch *w, const struct watcher *x)
{
	return watcher_of(list_next(&w->all, &x->all));
}

void watch_key_present(struct watch *w, const struct presence_key *k)
{
	for (struct watcher *x = first_watcher(w); x; x = next_watcher(w, x)) {
		if (!x->next)
			x->next = k;
		if (x->state == WATCHER_IDLE)
			set_state(w, x, WATCHER_READY);
	}
}

static struct change *log_entry(const struct watch *w, uint64_t position)
{
	return &w->log[position & (w->log_cap - 1)];
}

static int log_grow(struct watch *w)
{
	size_t cap = w->log_cap ? 2 * w->log_cap : LOG_CAP_MIN;
	struct change *log = calloc(cap, sizeof(*log));

	if (!log)
		return ERROR_NO_MEMORY;
	for (uint64_t i = w->log_base; i < w->log_end; i++)
		log[i & (cap - 1)] = *log_entry(w, i);
	free(w->log);
	w->log = log;
	w->log_cap = cap;
	return 0;
}

void watch_trim(struct watch *w)
{
	uint64_t base = w->log_end;
	for (struct watcher *x = first_watcher(w); x; x = next_watcher(w, x))
		if (x->state != WATCHER_LAGGING && x->log_at < base)
			base = x->log_at;
	w->log_base = base;
	if (base == w->log_end && w->log_cap > LOG_CAP_KEEP) {
		free(w->log);
		w->log = NULL;
		w->log_cap = 0;
	}
}

/* Gives up on every watcher that has not read up to `position`. */
static void give_up_behind(struct watch *w, uint64_t position)
{
	for (struct watcher *x = first_watcher(w); x; x = next_watcher(w, x))
		if (x->state != WATCHER_LAGGING && x->log_at < position)
			set_state(w, x, WATCHER_LAGGING);
	watch_trim(w);
}

static void log_append(struct watch *w, const struct presence_key *k, bool gone)
{
	if (w->log_end - w->log_base >= w->limits.lag)
		watch_trim(w);
	if (w->log_end - w->log_base >= w->limits.lag)
		give_up_behind(w, w->log_base + 1);
	if (w->log_end - w->log_base == w->log_cap && log_grow(w) < 0) {
		give_up_behind(w, UINT64_MAX);
		return;
	}
	*log_entry(w, w->log_end++) = (struct change){ .key = k->key, .seq = k->seq, .gone = gone };
}

/* Nobody needs an entry about a key that nobody was told of. */
static void note_change(struct watch *w, const struct presence_key *k, bool gone)
{
	bool was_told = false;
	for (struct watcher *x = first_watcher(w); x; x = next_watcher(w, x))
		was_told |= x->state != WATCHER_LAGGING && x->told > k->seq;
	if (!was_told)
		return;
	log_append(w, k, gone);
	for (struct watcher *x = first_watcher(w); x; x = next_watcher(w, x))
		if (x->state == WATCHER_IDLE)
			set_state(w, x, WATCHER_READY);
}

void watch_key_again(struct watch *w, const struct presence_key *k)
{
	note_change(w, k, false);
}

void watch_key_gone(struct watch *w, const struct presence_key *k)
{
	for (struct watcher *x = first_watcher(w); x; x = next_watcher(w, x))
		if (x->next == k)
			x->next = presence_next(w->presence, k);
	note_change(w, k, true);
}

static bool has_news(const struct watch *w, const struct watcher *x)
{
	return x->next || x->log_at < w->log_end;
}

void watch_block_done(struct watch *w, struct presence_conn *c)
{
	struct watcher *x = c->watcher;

	if (x && x->state == WATCHER_SENDING)
		set_state(w, x, has_news(w, x) ? WATCHER_READY : WATCHER_IDLE);
}

static size_t put_present(uint8_t *out, const struct presence_key *k)
{
	const struct presence_conn *c = k->newest;
	uint8_t flags = frame_present_flags(c->flags & PEER_FLAG_MESH, c->flags & PEER_FLAG_PROBER,
					    c->flags & PEER_FLAG_NOT_IDEAL);

	return frame_put_peer_present(out, &k->key, c->addr.ip, c->addr.port, flags);
}

/* The frame for an entry of the log; its length. None about a connection more
 * of a key that went after it: that follows in the log. */
static size_t put_change(const struct watch *w, uint8_t *out, const struct change *c)
{
	const struct presence_key *k;

	if (c->gone)
		return frame_put_peer_gone(out, &c->key, FRAME_GONE_DISCONNECTED);
	k = presence_find_key(w->presence, &c->key);
	return k && k->seq == c->seq ? put_present(out, k) : 0;
}

/* Fills the scratch block with what comes next for a watcher; its length. While
 * the log is being read `told` stands still, so it says for every entry of the
 * log what the watcher knew at the time. */
static size_t fill_block(struct watch *w, struct watcher *x)
{
	size_t max = w->limits.block_bytes;
	size_t len = 0;

	for (; x->log_at < w->log_end; x->log_at++) {
		const struct change *c = log_entry(w, x->log_at);

		if (c->seq >= x->told)
			continue;
		if (max - len < (c->gone ? FRAME_PEER_GONE_SIZE : FRAME_PEER_PRESENT_SIZE))
			return len;
		len += put_change(w, w->scratch + len, c);
	}
	while (x->next && max - len >= FRAME_PEER_PRESENT_SIZE) {
		len += put_present(w->scratch + len, x->next);
		x->told = x->next->seq + 1;
		x->next = presence_next(w->presence, x->next);
	}
	return len;
}

bool watch_take_block(struct watch *w, struct watch_block *block)
{
	struct list_node *n;

	while (w->sending < w->limits.blocks && (n = list_first(&w->ready))) {
		struct watcher *x = list_entry(n, struct watcher, queue);
		size_t len = fill_block(w, x);
		uint8_t *data = len ? malloc(len) : NULL;

		if (data) {
			memcpy(data, w->scratch, len);
			*block = (struct watch_block){ presence_peer_id(x->conn), data, (uint32_t)len };
			set_state(w, x, WATCHER_SENDING);
			return true;
		}
		set_state(w, x, len ? WATCHER_LAGGING : WATCHER_IDLE);
	}
	return false;
}

bool watch_take_lagging(struct watch *w, struct peer_id *peer)
{
	struct list_node *n = list_pop_front(&w->lagging);

	if (!n)
		return false;
	*peer = presence_peer_id(list_entry(n, struct watcher, queue)->conn);
	return true;
}

void watch_give_up(struct watch *w, struct presence_conn *c)
{
	set_state(w, c->watcher, WATCHER_LAGGING);
}

size_t watch_count(const struct watch *w)
{
	return w->count;
}

size_t watch_log_count(const struct watch *w)
{
	return (size_t)(w->log_end - w->log_base);
}
