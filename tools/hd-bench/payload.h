/* SPDX-License-Identifier: MIT
 * What a measured packet carries: a header with a check of its own, and a body
 * that the header determines byte by byte, so that the receiver compares all
 * of it. The same on every machine and in every process.
 * A packet that was sent may be made into the next of its flow where it lies:
 * then its header is new, and its body is as before. */
#ifndef HD_TOOLS_HD_BENCH_PAYLOAD_H
#define HD_TOOLS_HD_BENCH_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/frame.h"
#include "util/assert.h"

#define PAYLOAD_HEADER_SIZE 48 /* bytes; the smallest packet */
#define PAYLOAD_SIZE_MAX FRAME_PACKET_MAX

struct payload {
	uint64_t run; /* tells this run's packets from another's */
	uint64_t seq; /* of its flow */
	uint64_t intended_ns;
	uint32_t from; /* clients */
	uint32_t to;
	uint32_t size;
	bool measured; /* intended within the measured window */
};

/* Once per process, before anything else here. */
void payload_start(void);
/* Writes p->size bytes. */
void payload_put(uint8_t *out, const struct payload *p);
/* `out` has a packet by payload_put: makes it another of the same run, clients and size. */
void payload_put_again(uint8_t *out, uint64_t seq, uint64_t intended_ns, bool measured);
/* The same for `count` packets, `stride` bytes from each to the next: numbers from seq on. */
void payload_put_run(uint8_t *out, size_t stride, uint32_t count, uint64_t seq, uint64_t intended_ns,
		     bool measured);
/* ERROR_MALFORMED: not as it was sent (or not by payload_put). */
HD_MUST_CHECK int payload_get(struct payload *p, const uint8_t *data, uint32_t size);
/* `data` has `first`, as payload_get gave it, with `prefix` bytes before it, and `len`
 * bytes follow. How many packets they begin with that are each the next of its flow,
 * at the same time, of the same size, as they were sent to the last byte, and with
 * the very same prefix. Those after are for payload_get. */
uint32_t payload_run(const struct payload *first, const uint8_t *data, size_t prefix, size_t len);

#endif
