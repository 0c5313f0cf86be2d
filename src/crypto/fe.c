/* SPDX-License-Identifier: MIT */
#include "crypto/fe.h"

#ifdef FE_HERE

__extension__ typedef unsigned __int128 u128;

const struct fe fe_one = { { 1 } };

/* Limb i begins at bit 51 i. */
struct fe fe_load(const uint8_t bytes[FE_SIZE])
{
	uint64_t word[FE_LIMBS] = { 0 };
	struct fe f;

	for (unsigned at = 0; at < FE_SIZE; at++)
		word[at / 8] |= (uint64_t)bytes[at] << at % 8 * 8;
	for (unsigned i = 0, bit = 0; i < FE_LIMBS; i++, bit += FE_LIMB_BITS) {
		u128 two = (u128)word[bit / 64 + 1] << 64 | word[bit / 64];

		f.limb[i] = (uint64_t)(two >> bit % 64) & FE_LIMB_MASK;
	}
	return f;
}

static void fe_carry(struct fe *f)
{
	for (int i = 0; i < FE_LIMBS - 1; i++) {
		f->limb[i + 1] += f->limb[i] >> FE_LIMB_BITS;
		f->limb[i] &= FE_LIMB_MASK;
	}
	f->limb[0] += 19 * (f->limb[FE_LIMBS - 1] >> FE_LIMB_BITS);
	f->limb[FE_LIMBS - 1] &= FE_LIMB_MASK;
}

void fe_store(uint8_t bytes[FE_SIZE], struct fe f)
{
	uint64_t word[FE_LIMBS] = { 0 }, over = 19;

	fe_carry(&f);
	fe_carry(&f);
	for (int i = 0; i < FE_LIMBS; i++) /* becomes 1 if f >= p, for then f + 19 has bit 255 */
		over = (f.limb[i] + over) >> FE_LIMB_BITS;
	f.limb[0] += 19 * over;
	for (int i = 0; i < FE_LIMBS - 1; i++) {
		f.limb[i + 1] += f.limb[i] >> FE_LIMB_BITS;
		f.limb[i] &= FE_LIMB_MASK;
	}
	f.limb[FE_LIMBS - 1] &= FE_LIMB_MASK;
	for (unsigned i = 0, bit = 0; i < FE_LIMBS; i++, bit += FE_LIMB_BITS) {
		u128 two = (u128)f.limb[i] << bit % 64;

		word[bit / 64] |= (uint64_t)two;
		word[bit / 64 + 1] |= (uint64_t)(two >> 64);
	}
	for (unsigned at = 0; at < FE_SIZE; at++)
		bytes[at] = (uint8_t)(word[at / 8] >> at % 8 * 8);
}

struct fe fe_add(struct fe a, struct fe b)
{
	for (int i = 0; i < FE_LIMBS; i++)
		a.limb[i] += b.limb[i];
	fe_carry(&a);
	return a;
}

/* 2 p is added, so that no limb falls below zero. */
struct fe fe_sub(struct fe a, struct fe b)
{
	for (int i = 0; i < FE_LIMBS; i++)
		a.limb[i] += 2 * (i ? FE_LIMB_MASK : FE_LIMB_MASK - 18) - b.limb[i];
	fe_carry(&a);
	return a;
}

static inline uint64_t over_of(u128 sum)
{
	return (uint64_t)(sum >> FE_LIMB_BITS);
}

/* Of five sums of products: of limbs below 2^52 each sum is below 2^111, the last,
 * which has no factor of 19, below 2^107. Carried twice, each time all limbs at
 * once: that no limb waits for the one below takes a quarter off an inversion. */
static inline struct fe fe_reduce(u128 s0, u128 s1, u128 s2, u128 s3, u128 s4)
{
	uint64_t t0 = ((uint64_t)s0 & FE_LIMB_MASK) + 19 * over_of(s4);
	uint64_t t1 = ((uint64_t)s1 & FE_LIMB_MASK) + over_of(s0);
	uint64_t t2 = ((uint64_t)s2 & FE_LIMB_MASK) + over_of(s1);
	uint64_t t3 = ((uint64_t)s3 & FE_LIMB_MASK) + over_of(s2);
	uint64_t t4 = ((uint64_t)s4 & FE_LIMB_MASK) + over_of(s3);

	return (struct fe){ {
		(t0 & FE_LIMB_MASK) + 19 * (t4 >> FE_LIMB_BITS),
		(t1 & FE_LIMB_MASK) + (t0 >> FE_LIMB_BITS),
		(t2 & FE_LIMB_MASK) + (t1 >> FE_LIMB_BITS),
		(t3 & FE_LIMB_MASK) + (t2 >> FE_LIMB_BITS),
		(t4 & FE_LIMB_MASK) + (t3 >> FE_LIMB_BITS),
	} };
}

/* Written out: with two loops, which not every compiler unrolls, it takes four
 * times as long. */
struct fe fe_mul(struct fe f, struct fe g)
{
	uint64_t a0 = f.limb[0], a1 = f.limb[1], a2 = f.limb[2], a3 = f.limb[3], a4 = f.limb[4];
	uint64_t b0 = g.limb[0], b1 = g.limb[1], b2 = g.limb[2], b3 = g.limb[3], b4 = g.limb[4];
	uint64_t c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4; /* 2^255 = 19 */

	return fe_reduce((u128)a0 * b0 + (u128)a1 * c4 + (u128)a2 * c3 + (u128)a3 * c2 + (u128)a4 * c1,
			 (u128)a0 * b1 + (u128)a1 * b0 + (u128)a2 * c4 + (u128)a3 * c3 + (u128)a4 * c2,
			 (u128)a0 * b2 + (u128)a1 * b1 + (u128)a2 * b0 + (u128)a3 * c4 + (u128)a4 * c3,
			 (u128)a0 * b3 + (u128)a1 * b2 + (u128)a2 * b1 + (u128)a3 * b0 + (u128)a4 * c4,
			 (u128)a0 * b4 + (u128)a1 * b3 + (u128)a2 * b2 + (u128)a3 * b1 + (u128)a4 * b0);
}

struct fe fe_square_times(struct fe f, int times)
{
	while (times-- > 0) {
		uint64_t a0 = f.limb[0], a1 = f.limb[1], a2 = f.limb[2], a3 = f.limb[3], a4 = f.limb[4];
		uint64_t d0 = 2 * a0, d1 = 2 * a1, c3 = 19 * a3, c4 = 19 * a4;

		f = fe_reduce((u128)a0 * a0 + (u128)d1 * c4 + (u128)(2 * a2) * c3,
			      (u128)d0 * a1 + (u128)(2 * a2) * c4 + (u128)a3 * c3,
			      (u128)d0 * a2 + (u128)a1 * a1 + (u128)(2 * a3) * c4,
			      (u128)d0 * a3 + (u128)d1 * a2 + (u128)a4 * c4,
			      (u128)d0 * a4 + (u128)d1 * a3 + (u128)a2 * a2);
	}
	return f;
}

/* f^(p - 2); p - 2 = 2^255 - 21: 250 ones, then 01011. */
struct fe fe_invert(struct fe f)
{
	struct fe f2 = fe_mul(f, f);
	struct fe f9 = fe_mul(fe_square_times(f2, 2), f);
	struct fe f11 = fe_mul(f9, f2);
	struct fe ones5 = fe_mul(fe_mul(f11, f11), f9); /* f^(2^5 - 1) */
	struct fe ones10 = fe_mul(fe_square_times(ones5, 5), ones5);
	struct fe ones20 = fe_mul(fe_square_times(ones10, 10), ones10);
	struct fe ones40 = fe_mul(fe_square_times(ones20, 20), ones20);
	struct fe ones50 = fe_mul(fe_square_times(ones40, 10), ones10);
	struct fe ones100 = fe_mul(fe_square_times(ones50, 50), ones50);
	struct fe ones200 = fe_mul(fe_square_times(ones100, 100), ones100);
	struct fe ones250 = fe_mul(fe_square_times(ones200, 50), ones50);

	return fe_mul(fe_square_times(ones250, 5), f11);
}

#endif
