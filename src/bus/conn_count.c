/* SPDX-License-Identifier: MIT
 * Open addressing with linear probing. A deletion moves later entries of the
 * same run back, so that no tombstones pile up while addresses come and go. */
#include "bus/conn_count.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/hash.h"

#define SLOTS_AT_START 64

struct slot {
	uint8_t ip[16];
	uint32_t count; /* 0: free */
};

struct conn_count {
	pthread_mutex_t lock;
	struct hash_key key; /* clients choose their addresses, at least in IPv6 */
	struct slot *slots;
	uint32_t mask;
	uint32_t used;
	uint32_t total;
	uint32_t max_total;
	uint32_t max_per_ip;
};

struct conn_count *conn_count_new(uint32_t max_total, uint32_t max_per_ip)
{
	struct conn_count *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->slots = calloc(SLOTS_AT_START, sizeof(*c->slots));
	if (!c->slots) {
		free(c);
		return NULL;
	}
	c->mask = SLOTS_AT_START - 1;
	c->max_total = max_total;
	c->max_per_ip = max_per_ip;
	c->key = hash_key_random();
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

void conn_count_free(struct conn_count *c)
{
	if (!c)
		return;
	pthread_mutex_destroy(&c->lock);
	free(c->slots);
	free(c);
}

void conn_count_set_limits(struct conn_count *c, uint32_t max_total, uint32_t max_per_ip)
{
	pthread_mutex_lock(&c->lock);
	c->max_total = max_total;
	c->max_per_ip = max_per_ip;
	pthread_mutex_unlock(&c->lock);
}

/* What counts as one address: all of an IPv4, the /64 of an IPv6. */
static void address_of(uint8_t out[16], const uint8_t ip[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(out, ip, 16);
	if (memcmp(ip, mapped, sizeof(mapped)) != 0)
		memset(out + 8, 0, 8);
}

static uint32_t home_of(const struct conn_count *c, const uint8_t address[16])
{
	return (uint32_t)hash_bytes(&c->key, address, 16) & c->mask;
}

/* The slot of an address, or the free one where it would go. */
static uint32_t find(const struct conn_count *c, const uint8_t address[16])
{
	uint32_t i = home_of(c, address);

	while (c->slots[i].count && memcmp(c->slots[i].ip, address, 16) != 0)
		i = (i + 1) & c->mask;
	return i;
}

static bool grow(struct conn_count *c)
{
	struct slot *old = c->slots;
	uint32_t old_count = c->mask + 1;
	struct slot *slots = calloc((size_t)old_count * 2, sizeof(*slots));

	if (!slots)
		return false;
	c->slots = slots;
	c->mask = old_count * 2 - 1;
	for (uint32_t i = 0; i < old_count; i++)
		if (old[i].count)
			c->slots[find(c, old[i].ip)] = old[i];
	free(old);
	return true;
}

/* Frees slot i and closes the gap: an entry further on in the run moves here
 * if its home is not between the gap and itself. */
static void remove_at(struct conn_count *c, uint32_t i)
{
	uint32_t gap = i;

	for (uint32_t j = (i + 1) & c->mask; c->slots[j].count; j = (j + 1) & c->mask) {
		uint32_t home = home_of(c, c->slots[j].ip);

		if (((j - home) & c->mask) >= ((j - gap) & c->mask)) {
			c->slots[gap] = c->slots[j];
			gap = j;
		}
	}
	c->slots[gap].count = 0;
	c->used--;
}

static enum conn_count_result take_locked(struct conn_count *c, const uint8_t address[16])
{
	uint32_t i;

	if (c->max_total && c->total >= c->max_total)
		return CONN_COUNT_TOTAL;
	i = find(c, address);
	if (c->max_per_ip && c->slots[i].count >= c->max_per_ip)
		return CONN_COUNT_PER_IP;
	if (!c->slots[i].count) {
		if ((c->used + 1) * 4 > (c->mask + 1) * 3) {
			if (!grow(c))
				return CONN_COUNT_NO_MEMORY;
			i = find(c, address);
		}
		memcpy(c->slots[i].ip, address, 16);
		c->used++;
	}
	c->slots[i].count++;
	c->total++;
	return CONN_COUNT_OK;
}

enum conn_count_result conn_count_take(struct conn_count *c, const uint8_t ip[16])
{
	enum conn_count_result r;
	uint8_t address[16];

	address_of(address, ip);
	pthread_mutex_lock(&c->lock);
	r = take_locked(c, address);
	pthread_mutex_unlock(&c->lock);
	return r;
}

void conn_count_give(struct conn_count *c, const uint8_t ip[16])
{
	uint8_t address[16];
	uint32_t i;

	address_of(address, ip);
	pthread_mutex_lock(&c->lock);
	i = find(c, address);
	hd_assert(c->slots[i].count > 0);
	hd_assert(c->total > 0);
	c->total--;
	if (c->slots[i].count > 1)
		c->slots[i].count--;
	else
		remove_at(c, i);
	pthread_mutex_unlock(&c->lock);
}

uint32_t conn_count_total(struct conn_count *c)
{
	uint32_t total;

	pthread_mutex_lock(&c->lock);
	total = c->total;
	pthread_mutex_unlock(&c->lock);
	return total;
}
