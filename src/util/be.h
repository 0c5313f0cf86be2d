/* SPDX-License-Identifier: MIT
 * Big-endian loads and stores on unaligned bytes. Written so that each is one
 * access for every compiler: several byte by byte in a row are not always seen
 * to be that, and a load of what was just stored in pieces has to wait. */
#ifndef HD_UTIL_BE_H
#define HD_UTIL_BE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t be_load16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return be16toh(v);
}

static inline uint32_t be_load32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static inline uint64_t be_load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

static inline void be_store16(uint8_t *p, uint16_t v)
{
	v = htobe16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void be_store32(uint8_t *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void be_store64(uint8_t *p, uint64_t v)
{
	v = htobe64(v);
	memcpy(p, &v, sizeof(v));
}

#endif
