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

/* Producer: the next free entry, or NULL when full. Not visible until published;
 * may be called several times before one spsc_publish. */
void *spsc_reserve(struct spsc *s);
/* Producer: makes all reserved entries visible. True if there were any. */
bool spsc_publish(struct spsc *s);
/* Producer: entries that can still be reserved (refreshes the view of the consumer). */
uint32_t spsc_room(struct spsc *s);

/* Consumer: the oldest entry, or NULL. Valid until spsc_consume. */
void *spsc_peek(struct spsc *s);
/* Consumer: gives the peeked entry back to the producer. */
void spsc_consume(struct spsc *s);
/* Consumer: true when there is nothing to peek. */
bool spsc_empty(struct spsc *s);

#endif
