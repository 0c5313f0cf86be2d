/* SPDX-License-Identifier: MIT
 * A step doubles one point and adds another to it. Lanes 0 to 3 of a vector
 * hold, of the points (X2 : Z2) and (X3 : Z3) as RFC 7748, 5 names them,
 *
 *     (A, B, C, D) = (X2 + Z2, X2 - Z2, X3 + Z3, X3 - Z3)
 *
 * and what is computed there one by one is done in three products of whole
 * vectors (G with the other sign, as only its square counts):
 *
 *     (AA, BB, CB, DA) = (A, B, C, D) * (A, B, B, A)
 *     E = AA - BB,  P = BB + 121666 E,  F = DA + CB,  G = CB - DA
 *     (X2, Z2, X3, GG) = (BB, E, F, G) * (AA, P, F, G)
 *     (A, B, C, D) = (X2, X2, X3, X3) + (1, -1, u, -u) * (Z2, Z2, GG, GG)
 *
 * For the base point, with u = 9, the last is no product at all. A step is a
 * chain of waiting: two ladders side by side, which wait for different things,
 * take half as much again as one, not twice as much.
 *
 * The processor multiplies the low 52 bits of each lane and adds the low or the
 * high 52 bits of the product. So what is multiplied has limbs below 2^52:
 * each sum goes through carry() first. */
#include "crypto/ladder.h"

#ifdef LADDER_HERE

#include <immintrin.h>

#include "util/assert.h"
#include "util/bytes.h"

#define LADDER_TARGET __attribute__((target("avx512f,avx512vl,avx512ifma")))
#define LADDER_INLINE static inline __attribute__((always_inline)) LADDER_TARGET

#define TOP_BIT 254 /* of a clamped key */

/* Lanes of a mask. */
#define LANES_01 0x3
#define LANES_23 0xc
#define LANES_13 0xa
#define LANES_123 0xe

/* Four numbers: limb i of each, as struct fe has them, one in each lane. */
struct four {
	__m256i limb[FE_LIMBS];
};

LADDER_INLINE __m256i all(uint64_t n)
{
	return _mm256_set1_epi64x((long long)n);
}

LADDER_INLINE __m256i add(__m256i a, __m256i b)
{
	return _mm256_add_epi64(a, b);
}

LADDER_INLINE __m256i low(__m256i sum, __m256i a, __m256i b)
{
	return _mm256_madd52lo_epu64(sum, a, b);
}

LADDER_INLINE __m256i high(__m256i sum, __m256i a, __m256i b)
{
	return _mm256_madd52hi_epu64(sum, a, b);
}

/* What a limb has and what is over. */
LADDER_INLINE __m256i within(__m256i limb)
{
	return _mm256_and_si256(limb, all(FE_LIMB_MASK));
}

LADDER_INLINE __m256i over(__m256i limb)
{
	return _mm256_srli_epi64(limb, FE_LIMB_BITS);
}

/* Limb i of 2^times * p. */
LADDER_INLINE __m256i multiple_of_p(int i, int times)
{
	return all((i ? FE_LIMB_MASK : FE_LIMB_MASK - 18) << times);
}

LADDER_INLINE __m256i dup_even(__m256i x)
{
	return _mm256_unpacklo_epi64(x, x);
}

LADDER_INLINE __m256i dup_odd(__m256i x)
{
	return _mm256_unpackhi_epi64(x, x);
}

LADDER_INLINE __m256i swap_pairs(__m256i x)
{
	return _mm256_shuffle_epi32(x, 0x4e);
}

/* Of any limbs: below 2^51 + 2^18 the lowest, 2^51 + 2^13 the others. */
LADDER_INLINE struct four carry(struct four s)
{
	struct four to = { { low(within(s.limb[0]), over(s.limb[FE_LIMBS - 1]), all(19)) } }; /* 2^255 = 19 */

#pragma GCC unroll 5
	for (int i = 1; i < FE_LIMBS; i++)
		to.limb[i] = add(within(s.limb[i]), over(s.limb[i - 1]));
	return to;
}

/* Multiples of one number for each of the five limbs it is multiplied with:
 * limb i of row[j] belongs to w * 2^(51 j) modulo p. */
struct table {
	struct four row[FE_LIMBS];
};

/* What lies 255 bits above comes back as 19 times as much: each limb that a row
 * has left over at the top begins the row with its 51 bits of that, and gives the next the rest. */
LADDER_INLINE struct table rows_of(struct four g)
{
	__m256i zero = _mm256_setzero_si256(), begin[FE_LIMBS], rest[FE_LIMBS];
	struct table t;

#pragma GCC unroll 5
	for (int i = FE_LIMBS - 1; i > 0; i--) {
		rest[i] = high(zero, g.limb[i], all(2 * 19)); /* 2^52 is twice the next limb's unit */
		begin[i] = within(low(zero, g.limb[i], all(19)));
	}
	t.row[0] = g;
#pragma GCC unroll 5
	for (int j = 1; j < FE_LIMBS; j++) {
		t.row[j].limb[0] = begin[FE_LIMBS - j];
#pragma GCC unroll 5
		for (int i = 1; i < j; i++)
			t.row[j].limb[i] = add(begin[FE_LIMBS - j + i], rest[FE_LIMBS - j + i - 1]);
		t.row[j].limb[j] = add(g.limb[0], rest[FE_LIMBS - 1]);
#pragma GCC unroll 5
		for (int i = j + 1; i < FE_LIMBS; i++)
			t.row[j].limb[i] = g.limb[i - j];
	}
	return t;
}

/* sum + 38 n */
LADDER_INLINE __m256i add_38(__m256i sum, __m256i n)
{
	__m256i twice = add(n, n);

	return add(add(sum, add(twice, add(twice, twice))), _mm256_slli_epi64(twice, 4));
}

/* sum + f * t, not carried: limb 0 below 2^58 + that of the sum, the others below 2^56 + theirs. */
LADDER_INLINE struct four mul_table(struct four sum, struct four f, const struct table *t)
{
	__m256i zero = _mm256_setzero_si256();
	struct four l = sum, h = { { zero, zero, zero, zero, zero } };

#pragma GCC unroll 5
	for (int j = 0; j < FE_LIMBS; j++) {
#pragma GCC unroll 5
		for (int i = FE_LIMBS - 1; i >= 0; i--) {
			l.limb[i] = low(l.limb[i], f.limb[j], t->row[j].limb[i]);
			h.limb[i] = high(h.limb[i], f.limb[j], t->row[j].limb[i]);
		}
	}
	sum.limb[0] = add_38(l.limb[0], h.limb[FE_LIMBS - 1]);
#pragma GCC unroll 5
	for (int i = 1; i < FE_LIMBS; i++)
		sum.limb[i] = add(l.limb[i], add(h.limb[i - 1], h.limb[i - 1]));
	return sum;
}

LADDER_INLINE struct four mul(struct four f, struct four g)
{
	__m256i zero = _mm256_setzero_si256();
	struct table t = rows_of(g);

	return mul_table((struct four){ { zero, zero, zero, zero, zero } }, f, &t);
}

/* (AA, BB, CB, DA), of the points exchanged where `swap` is 2 in each lane, 0: not. */
LADDER_INLINE struct four first(struct four y, __m256i swap)
{
	__m256i left = _mm256_xor_si256(_mm256_setr_epi64x(0, 1, 2, 3), swap);
	__m256i right = _mm256_xor_si256(_mm256_setr_epi64x(0, 1, 1, 0), swap);
	struct four f, g;

#pragma GCC unroll 5
	for (int i = 0; i < FE_LIMBS; i++) {
		f.limb[i] = _mm256_permutexvar_epi64(left, y.limb[i]);
		g.limb[i] = _mm256_permutexvar_epi64(right, y.limb[i]);
	}
	return carry(mul(f, g));
}

/* (AA, P, F, G) of (AA, BB, F, G) and E in lane 1. */
LADDER_INLINE struct four with_p(struct four base, struct four e)
{
	__m256i factor = _mm256_setr_epi64x(0, 121666, 0, 0), above[FE_LIMBS];
	struct four to;

#pragma GCC unroll 5
	for (int i = 0; i < FE_LIMBS; i++) {
		__m256i h = high(_mm256_setzero_si256(), e.limb[i], factor);

		base.limb[i] = low(base.limb[i], e.limb[i], factor);
		above[i] = add(over(base.limb[i]), add(h, h));
	}
	to.limb[0] = low(within(base.limb[0]), above[FE_LIMBS - 1], all(19));
#pragma GCC unroll 5
	for (int i = 1; i < FE_LIMBS; i++)
		to.limb[i] = add(within(base.limb[i]), above[i - 1]);
	return to;
}

/* (X2, Z2, X3, GG), not carried, of (AA, BB, CB, DA). 2 p is added to what is
 * subtracted from, so that no limb falls below zero. */
LADDER_INLINE struct four second(struct four m)
{
	struct four f, g;

#pragma GCC unroll 5
	for (int i = 0; i < FE_LIMBS; i++) {
		__m256i other = swap_pairs(m.limb[i]); /* BB, AA, DA, CB */
		__m256i sign = _mm256_mask_sub_epi64(m.limb[i], LANES_13, multiple_of_p(i, 1), m.limb[i]);

		f.limb[i] = _mm256_mask_add_epi64(other, LANES_123, other, sign);
		g.limb[i] = _mm256_mask_blend_epi64(LANES_01, f.limb[i], m.limb[i]);
	}
	f = carry(f);
	return mul(f, with_p(g, f));
}

/* t: of (1, -1, u, -u). */
LADDER_INLINE struct four third(struct four s, const struct table *t)
{
	struct four x, z;

#pragma GCC unroll 5
	for (int i = 0; i < FE_LIMBS; i++) {
		x.limb[i] = dup_even(s.limb[i]);
		z.limb[i] = dup_odd(s.limb[i]);
	}
	return carry(mul_table(x, carry(z), t));
}

/* The same for u = 9. */
LADDER_INLINE struct four third_of_base(struct four s)
{
#pragma GCC unroll 5
	for (int i = 0; i < FE_LIMBS; i++) {
		__m256i x = dup_even(s.limb[i]), z = dup_odd(s.limb[i]);

		z = _mm256_mask_add_epi64(z, LANES_23, z, _mm256_slli_epi64(z, 3));
		z = _mm256_mask_sub_epi64(z, LANES_13, multiple_of_p(i, 11), z);
		s.limb[i] = add(x, z);
	}
	return carry(s);
}

/* (A, B, C, D) of infinity and of the point. */
LADDER_TARGET static struct four start(const struct fe *u)
{
	struct fe c = fe_add(*u, fe_one), d = fe_sub(*u, fe_one);
	struct four y;

	for (int i = 0; i < FE_LIMBS; i++)
		y.limb[i] = _mm256_setr_epi64x(i == 0, i == 0, (long long)c.limb[i], (long long)d.limb[i]);
	return y;
}

/* Of (1, -1, u, -u). */
LADDER_TARGET static void fill(struct table *t, const struct fe *u)
{
	const struct fe unit = { { 0, 1 } }, zero = { { 0 } }; /* 2^51 */
	struct fe one = fe_one, w = *u;

	for (int j = 0; j < FE_LIMBS; j++) {
		struct fe minus_one = fe_sub(zero, one), minus_w = fe_sub(zero, w);

		for (int i = 0; i < FE_LIMBS; i++)
			t->row[j].limb[i] =
				_mm256_setr_epi64x((long long)one.limb[i], (long long)minus_one.limb[i],
						   (long long)w.limb[i], (long long)minus_w.limb[i]);
		one = fe_mul(one, unit);
		w = fe_mul(w, unit);
	}
}

/* (X2 : Z2) of A and B, both twice as large. */
LADDER_TARGET static void finish(struct fe *x, struct fe *z, const struct four *y)
{
	struct fe a, b;

	for (int i = 0; i < FE_LIMBS; i++) {
		a.limb[i] = (uint64_t)_mm256_extract_epi64(y->limb[i], 0);
		b.limb[i] = (uint64_t)_mm256_extract_epi64(y->limb[i], 1);
	}
	*x = fe_add(a, b);
	*z = fe_sub(a, b);
}

/* 2 in each lane if the bit and the one above differ, else 0. */
LADDER_INLINE __m256i swap_at(const uint8_t key[LADDER_KEY_SIZE], int at)
{
	int above = at + 1;

	return all(((uint64_t)(key[at / 8] >> at % 8) ^ (uint64_t)(key[above / 8] >> above % 8)) << 1 & 2);
}

static void check_clamped(const uint8_t key[LADDER_KEY_SIZE])
{
	hd_assert((key[0] & 7) == 0 && key[LADDER_KEY_SIZE - 1] >> 6 == 1);
}

/* The last bit is 0: nothing is left to exchange. */
LADDER_TARGET void ladder_run(struct fe *x, struct fe *z, const uint8_t key[LADDER_KEY_SIZE], const struct fe *u)
{
	struct four y = start(u);
	struct table t;

	check_clamped(key);
	fill(&t, u);
	for (int at = TOP_BIT; at >= 0; at--)
		y = third(second(first(y, swap_at(key, at))), &t);
	finish(x, z, &y);
	bytes_wipe(&y, sizeof(y));
}

LADDER_TARGET void ladder_run_both(struct fe x[2], struct fe z[2], const uint8_t key[LADDER_KEY_SIZE],
				   const struct fe *u)
{
	const struct fe nine = { { 9 } };
	struct four y = start(&nine), y_u = start(u);
	struct table t;

	check_clamped(key);
	fill(&t, u);
	for (int at = TOP_BIT; at >= 0; at--) {
		__m256i swap = swap_at(key, at);
		struct four m = first(y, swap), m_u = first(y_u, swap);
		struct four s = second(m), s_u = second(m_u);

		y = third_of_base(s);
		y_u = third(s_u, &t);
	}
	finish(&x[0], &z[0], &y);
	finish(&x[1], &z[1], &y_u);
	bytes_wipe(&y, sizeof(y));
	bytes_wipe(&y_u, sizeof(y_u));
}

bool ladder_here(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512ifma");
}

#endif
