/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/payload.h"

#include <string.h>

#include "util/be.h"
#include "util/error.h"

#define FLAG_MEASURED 1u
/* The body is a piece of the pattern that begins at a place that seq gives:
 * pieces of one size from neighbouring packets differ everywhere. */
#define PATTERN_SHIFTS 4096u
#define PATTERN_STRIDE 61u

enum {
	AT_RUN = 0,
	AT_SEQ = 8,
	AT_INTENDED = 16,
	AT_FROM = 24,
	AT_TO = 28,
	AT_SIZE = 32,
	AT_FLAGS = 36,
	AT_CHECK = 40
};

static uint8_t pattern[PATTERN_SHIFTS + PAYLOAD_SIZE_MAX];

/* Finalizer of splitmix64 (Steele, Lea, Flood). */
static uint64_t scramble(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

void payload_start(void)
{
	_Static_assert(sizeof(pattern) % 8 == 0, "filled in words");
	for (size_t i = 0; i < sizeof(pattern); i += 8)
		be_store64(pattern + i, scramble((i + 1) * UINT64_C(0x9e3779b97f4a7c15)));
}

/* Each word goes through a step that depends on all before it and can be undone:
 * two headers that differ in one word never have the same sum. */
static uint64_t check_of(const uint8_t *header)
{
	uint64_t sum = UINT64_C(0x243f6a8885a308d3);

	for (int at = 0; at < AT_CHECK; at += 8) {
		sum = (sum ^ be_load64(header + at)) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 32;
	}
	return sum;
}

static const uint8_t *body_of(uint64_t seq)
{
	return pattern + seq * PATTERN_STRIDE % PATTERN_SHIFTS;
}

void payload_put(uint8_t *out, const struct payload *p)
{
	hd_assert(p->size >= PAYLOAD_HEADER_SIZE && p->size <= PAYLOAD_SIZE_MAX);
	be_store64(out + AT_RUN, p->run);
	be_store64(out + AT_SEQ, p->seq);
	be_store64(out + AT_INTENDED, p->intended_ns);
	be_store32(out + AT_FROM, p->from);
	be_store32(out + AT_TO, p->to);
	be_store32(out + AT_SIZE, p->size);
	be_store32(out + AT_FLAGS, p->measured ? FLAG_MEASURED : 0);
	be_store64(out + AT_CHECK, check_of(out));
	memcpy(out + PAYLOAD_HEADER_SIZE, body_of(p->seq), p->size - PAYLOAD_HEADER_SIZE);
}

int payload_get(struct payload *p, const uint8_t *data, uint32_t size)
{
	if (size < PAYLOAD_HEADER_SIZE || size > PAYLOAD_SIZE_MAX || be_load32(data + AT_SIZE) != size)
		return ERROR_MALFORMED;
	if (be_load64(data + AT_CHECK) != check_of(data))
		return ERROR_MALFORMED;
	if (memcmp(data + PAYLOAD_HEADER_SIZE, body_of(be_load64(data + AT_SEQ)), size - PAYLOAD_HEADER_SIZE) != 0)
		return ERROR_MALFORMED;
	*p = (struct payload){
		.run = be_load64(data + AT_RUN),
		.seq = be_load64(data + AT_SEQ),
		.intended_ns = be_load64(data + AT_INTENDED),
		.from = be_load32(data + AT_FROM),
		.to = be_load32(data + AT_TO),
		.size = size,
		.measured = be_load32(data + AT_FLAGS) & FLAG_MEASURED,
	};
	return 0;
}
