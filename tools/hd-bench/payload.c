/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/payload.h"

#include <string.h>

#include "util/be.h"
#include "util/error.h"

#define FLAG_MEASURED 1u
/* The body is a piece of the pattern, which begins where the header says: pieces
 * of one size from neighbouring packets, and from packets with the same number
 * of neighbouring clients, differ everywhere. */
#define PATTERN_SHIFTS 4096u
#define PATTERN_STRIDE_SEQ 61u
#define PATTERN_STRIDE_FROM 1021u
#define SHIFT_BIT 1 /* above FLAG_MEASURED */

/* The header is words of 64 bits: 0 run, 1 seq, 2 intended, 3 from and to, 4 size
 * and marks (where the body begins, FLAG_MEASURED), 5 the check of all these. */
enum { AT_RUN = 0, AT_SEQ = 8, AT_INTENDED = 16, AT_CLIENTS = 24, AT_SIZE = 32, AT_CHECK = 40 };

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

static uint64_t step(uint64_t word, unsigned turn)
{
	word *= UINT64_C(0x9e3779b97f4a7c15);
	return word << turn | word >> (64 - turn);
}

/* Each step can be undone, so two headers that differ in one word never have the
 * same sum; the turns are all different, so words that change places are seen,
 * as are high bits that change in two words. No step waits for another. */
static uint64_t check_of_run(uint64_t run, uint64_t intended_ns, uint64_t clients)
{
	return UINT64_C(0x243f6a8885a308d3) + step(run, 7) + step(intended_ns, 31) + step(clients, 43);
}

/* The rest: what differs within a run of packets. */
static uint64_t check_of_one(uint64_t seq, uint64_t size)
{
	return step(seq, 19) + step(size, 55);
}

static uint64_t check_of(uint64_t run, uint64_t seq, uint64_t intended_ns, uint64_t clients, uint64_t size)
{
	return check_of_run(run, intended_ns, clients) + check_of_one(seq, size);
}

static uint32_t shift_of(const struct payload *p)
{
	return (uint32_t)(p->seq * PATTERN_STRIDE_SEQ + (uint64_t)p->from * PATTERN_STRIDE_FROM) % PATTERN_SHIFTS;
}

void payload_put(uint8_t *out, const struct payload *p)
{
	uint32_t shift = shift_of(p);

	hd_assert(p->size >= PAYLOAD_HEADER_SIZE && p->size <= PAYLOAD_SIZE_MAX);
	be_store64(out + AT_RUN, p->run);
	be_store64(out + AT_CLIENTS, (uint64_t)p->from << 32 | p->to);
	be_store64(out + AT_SIZE, (uint64_t)p->size << 32 | shift << SHIFT_BIT);
	memcpy(out + PAYLOAD_HEADER_SIZE, pattern + shift, p->size - PAYLOAD_HEADER_SIZE);
	payload_put_again(out, p->seq, p->intended_ns, p->measured);
}

void payload_put_run(uint8_t *out, size_t stride, uint32_t count, uint64_t seq, uint64_t intended_ns,
		     bool measured)
{
	uint64_t check = check_of_run(be_load64(out + AT_RUN), intended_ns, be_load64(out + AT_CLIENTS));

	for (; count; count--, seq++, out += stride) {
		uint64_t size = (be_load64(out + AT_SIZE) & ~(uint64_t)FLAG_MEASURED) |
				(measured ? FLAG_MEASURED : 0);

		be_store64(out + AT_SEQ, seq);
		be_store64(out + AT_INTENDED, intended_ns);
		be_store64(out + AT_SIZE, size);
		be_store64(out + AT_CHECK, check + check_of_one(seq, size));
	}
}

void payload_put_again(uint8_t *out, uint64_t seq, uint64_t intended_ns, bool measured)
{
	payload_put_run(out, 0, 1, seq, intended_ns, measured);
}

int payload_get(struct payload *p, const uint8_t *data, uint32_t size)
{
	uint64_t run, seq, intended_ns, clients, marks;
	uint32_t shift;

	if (size < PAYLOAD_HEADER_SIZE || size > PAYLOAD_SIZE_MAX)
		return ERROR_MALFORMED;
	run = be_load64(data + AT_RUN);
	seq = be_load64(data + AT_SEQ);
	intended_ns = be_load64(data + AT_INTENDED);
	clients = be_load64(data + AT_CLIENTS);
	marks = be_load64(data + AT_SIZE);
	shift = (uint32_t)marks >> SHIFT_BIT;
	if (be_load64(data + AT_CHECK) != check_of(run, seq, intended_ns, clients, marks) || marks >> 32 != size ||
	    shift >= PATTERN_SHIFTS)
		return ERROR_MALFORMED;
	if (memcmp(data + PAYLOAD_HEADER_SIZE, pattern + shift, size - PAYLOAD_HEADER_SIZE) != 0)
		return ERROR_MALFORMED;
	*p = (struct payload){
		.run = run,
		.seq = seq,
		.intended_ns = intended_ns,
		.from = (uint32_t)(clients >> 32),
		.to = (uint32_t)clients,
		.size = size,
		.measured = marks & FLAG_MEASURED,
	};
	return 0;
}

/* Few bytes, at least eight: quicker than a call. */
static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint64_t differ = be_load64(a + n - 8) ^ be_load64(b + n - 8);

	for (size_t i = 0; i + 8 < n; i += 8)
		differ |= be_load64(a + i) ^ be_load64(b + i);
	return differ == 0;
}

uint32_t payload_run(const struct payload *first, const uint8_t *data, size_t prefix, size_t len)
{
	size_t stride = prefix + first->size, body = first->size - PAYLOAD_HEADER_SIZE;
	uint64_t seq = first->seq, check;
	const uint8_t *at = data;
	uint32_t count = 0;

	/* At a fixed rate each has its own time. */
	if (len < stride || be_load64(at + stride + AT_INTENDED) != first->intended_ns)
		return 0;
	check = check_of_run(first->run, first->intended_ns, (uint64_t)first->from << 32 | first->to);
	for (; len >= stride; len -= stride, count++) {
		uint64_t marks;
		uint32_t shift;

		at += stride;
		marks = be_load64(at + AT_SIZE);
		shift = (uint32_t)marks >> SHIFT_BIT;
		if (be_load64(at + AT_SEQ) != ++seq ||
		    be_load64(at + AT_CHECK) != check + check_of_one(seq, marks) || marks >> 32 != first->size ||
		    shift >= PATTERN_SHIFTS || (marks & FLAG_MEASURED) != (first->measured ? FLAG_MEASURED : 0))
			break;
		/* What is before the number, and between it and the marks, is as in the first. */
		if (!same_bytes(at - prefix, data - prefix, prefix + AT_SEQ) ||
		    !same_bytes(at + AT_INTENDED, data + AT_INTENDED, AT_SIZE - AT_INTENDED) ||
		    memcmp(at + PAYLOAD_HEADER_SIZE, pattern + shift, body) != 0)
			break;
	}
	return count;
}
