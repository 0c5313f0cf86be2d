/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/mix.h"

#include <string.h>

#include "tools/lib/number.h"
#include "util/error.h"

#define WEIGHT_MAX 1000000
#define PART_TEXT_MAX 32

static int parse_part(struct mix *m, char *text, uint32_t size_min, uint32_t size_max)
{
	char *colon = strchr(text, ':');
	uint64_t size, weight = 1;
	int err;

	if (colon)
		*colon = '\0';
	err = number_parse_count(&size, text, size_min, size_max);
	if (!err && colon)
		err = number_parse_count(&weight, colon + 1, 1, WEIGHT_MAX);
	if (err)
		return err;
	if (m->count == MIX_PARTS_MAX)
		return ERROR_RANGE;
	m->weight_total += (uint32_t)weight;
	m->parts[m->count].size = (uint32_t)size;
	m->parts[m->count].weight_until = m->weight_total;
	m->count++;
	if (size > m->size_max)
		m->size_max = (uint32_t)size;
	return 0;
}

int mix_parse(struct mix *m, const char *text, uint32_t size_min, uint32_t size_max)
{
	struct mix parsed = { 0 };

	for (;;) {
		char part[PART_TEXT_MAX];
		size_t len = strcspn(text, ",");
		int err;

		if (len >= sizeof(part))
			return ERROR_MALFORMED;
		memcpy(part, text, len);
		part[len] = '\0';
		err = parse_part(&parsed, part, size_min, size_max);
		if (err)
			return err;
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	*m = parsed;
	return 0;
}

uint64_t mix_mean_milli(const struct mix *m)
{
	uint64_t sum = 0, before = 0;

	for (uint32_t i = 0; i < m->count; i++) {
		sum += m->parts[i].size * (m->parts[i].weight_until - before) * UINT64_C(1000);
		before = m->parts[i].weight_until;
	}
	return sum / m->weight_total;
}

/* xorshift64* (Vigna): a sender's sizes are the same in every run. */
static uint32_t next_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return (uint32_t)(x * UINT64_C(0x2545f4914f6cdd1d) >> 32);
}

uint32_t mix_pick(const struct mix *m, uint64_t *state)
{
	uint32_t at, i = 0;

	if (m->count == 1)
		return m->parts[0].size;
	at = (uint32_t)((uint64_t)next_random(state) * m->weight_total >> 32);
	while (at >= m->parts[i].weight_until)
		i++;
	return m->parts[i].size;
}
