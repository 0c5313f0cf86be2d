/* SPDX-License-Identifier: MIT
 * Bounded ring between exactly one producing and one consuming thread, of
 * fixed-size entries, without locks. Indices run freely and are masked.
 *
 * Producer: spsc_reserve* ... spsc_publish. Consumer: spsc_peek ... spsc_consume.
 * Entries are written and read in place. The first thread that produces (or
 * consumes) after init owns that side; a call from another thread is an
 * assertion failure in every build: two producers corrupt memory silently. */
#ifndef HD_UTIL_SPSC_H
#define HD_UTIL_SPSC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

struct spsc {
	/* written at init only */
	uint8_t *entries;
	uint32_t mask;
	uint32_t entry_size;
	/* written by the producer */
	_Alignas(HD_CACHE_LINE) _Atomic uint32_t tail; /* published */
	uint32_t tail_private;                         /* reserved, not yet published */
	uint32_t head_seen;
	uintptr_t producer; /* identity of the owning thread, 0 before the first use */
	/* written by the consumer */
	_Alignas(HD_CACHE_LINE) _Atomic uint32_t head;
	uint32_t head_private;
	uint32_t tail_seen;
	uintptr_t consumer;
};

/* capacity: a power of two, in entries. ERROR_NO_MEMORY. Memory is zeroed. */
HD_MUST_CHECK int spsc_init(struct spsc *s, uint32_t capacity, uint32_t entry_size);
void spsc_release(struct spsc *s);
/* Lets another thread take a side over, when the former owner has ended. */
void spsc_disown(struct spsc *s);

/* For the inline functions below: its address names the calling thread. */
extern _Thread_local char spsc_thread_mark __attribute__((tls_model("initial-exec")));
/* Takes a side for the calling thread; asserts that nobody has it. */
void spsc_claim(uintptr_t *side);

static inline void spsc_check_owner(uintptr_t *side)
{
	if (hd_unlikely(*side != (uintptr_t)&spsc_thread_mark))
		spsc_claim(side);
}

/* Producer: entries that can still be reserved (refreshes the view of the consumer). */
static inline uint32_t spsc_room(struct spsc *s)
{
	spsc_check_owner(&s->producer);
	s->head_seen = atomic_load_explicit(&s->head, memory_order_acquire);
	return s->mask + 1 - (s->tail_private - s->head_seen);
}

/* Producer: the next free entry, or NULL when full. Not visible until published;
 * may be called several times before one spsc_publish. */
static inline void *spsc_reserve(struct spsc *s)
{
	spsc_check_owner(&s->producer);
	if (hd_unlikely(s->tail_private - s->head_seen > s->mask) && spsc_room(s) == 0)
		return NULL;
	return s->entries + (size_t)(s->tail_private++ & s->mask) * s->entry_size;
}

/* Producer: makes all reserved entries visible. True if there were any. */
static inline bool spsc_publish(struct spsc *s)
{
	spsc_check_owner(&s->producer);
	if (s->tail_private == atomic_load_explicit(&s->tail, memory_order_relaxed))
		return false;
	atomic_store_explicit(&s->tail, s->tail_private, memory_order_release);
	return true;
}

/* Consumer: true when there is nothing to peek. */
static inline bool spsc_empty(struct spsc *s)
{
	spsc_check_owner(&s->consumer);
	if (s->head_private == s->tail_seen)
		s->tail_seen = atomic_load_explicit(&s->tail, memory_order_acquire);
	return s->head_private == s->tail_seen;
}

/* Consumer: the oldest entry, or NULL. Valid until spsc_consume. */
static inline void *spsc_peek(struct spsc *s)
{
	if (spsc_empty(s))
		return NULL;
	return s->entries + (size_t)(s->head_private & s->mask) * s->entry_size;
}

/* Consumer: gives the peeked entry back to the producer. */
static inline void spsc_consume(struct spsc *s)
{
	spsc_check_owner(&s->consumer);
	hd_assert(s->head_private != s->tail_seen); /* nothing was peeked */
	atomic_store_explicit(&s->head, ++s->head_private, memory_order_release);
}

#endif
