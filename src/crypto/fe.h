/* SPDX-License-Identifier: MIT
 * Numbers modulo p = 2^255 - 19, the field of Curve25519. In constant time:
 * neither a branch nor an address depends on a number. */
#ifndef HD_CRYPTO_FE_H
#define HD_CRYPTO_FE_H

#include <stdint.h>

#define FE_SIZE 32
#define FE_LIMBS 5
#define FE_LIMB_BITS 51
#define FE_LIMB_MASK ((UINT64_C(1) << FE_LIMB_BITS) - 1)

#ifdef __SIZEOF_INT128__
#define FE_HERE 1 /* else there is none of this */

/* Sum of limb[i] * 2^(51 i); limbs below 2^52 between operations. */
struct fe {
	uint64_t limb[FE_LIMBS];
};

extern const struct fe fe_one;

/* Little endian. The top bit is left out; a number from p on is taken for what it is modulo p. */
struct fe fe_load(const uint8_t bytes[FE_SIZE]);
/* The one number below p that it stands for. */
void fe_store(uint8_t bytes[FE_SIZE], struct fe f);

struct fe fe_add(struct fe a, struct fe b);
struct fe fe_sub(struct fe a, struct fe b);
struct fe fe_mul(struct fe f, struct fe g);
/* f^(2^times) */
struct fe fe_square_times(struct fe f, int times);
/* 1 / f; of 0 it is 0. */
struct fe fe_invert(struct fe f);

#endif

#endif
