/* SPDX-License-Identifier: MIT
 * The Montgomery ladder of X25519 with the four products of a step at once, on
 * x86 processors that multiply 52-bit numbers in vectors (AVX-512 IFMA). It
 * takes two fifths of the time of the best code without. In constant time: neither a
 * branch nor an address depends on the key or on a point. */
#ifndef HD_CRYPTO_LADDER_H
#define HD_CRYPTO_LADDER_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/fe.h"

/* LADDER_LEFT_OUT: for a test of what is done without. */
#if defined(__x86_64__) && defined(FE_HERE) && !defined(LADDER_LEFT_OUT)
#define LADDER_HERE 1 /* else there is none of this */

#define LADDER_KEY_SIZE 32

/* This processor can. */
bool ladder_here(void);

/* x / z is the u coordinate of key * point, u being that of the point; z is 0
 * for the point at infinity. key: clamped (RFC 7748, 5). Only if ladder_here(). */
void ladder_run(struct fe *x, struct fe *z, const uint8_t key[LADDER_KEY_SIZE], const struct fe *u);

/* Two at once: [0] for the base point, whose u is 9, [1] for u. */
void ladder_run_both(struct fe x[2], struct fe z[2], const uint8_t key[LADDER_KEY_SIZE], const struct fe *u);

#endif

#endif
