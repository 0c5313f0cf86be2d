/* SPDX-License-Identifier: MIT
 * A step doubles one point and adds another to it. Lanes 0 to 3 of a vector
 * hold X2, Z2, X3, Z3; what RFC 7748, 5 computes one by one from them is done in
 * three products of whole vectors:
 *
 *     (A, B, C, D)   = (X2 + Z2, X2 - Z2, X3 + Z3, X3 - Z3)
 *     (AA, BB, CB, DA) = (A, B, C, D) * (A, B, B, A)
 *     E = AA - BB,  P = 121666 AA - 121665 BB = BB + 121666 E,  F = DA + CB,  G = DA - CB
 *     (X2, Z2, X3, GG) = (AA, E, F, G) * (BB, P, F, G)
 *     (X2, Z2, X3, Z3) = (X2, Z2, X3, GG) * (1, 1, 1, u)
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

/* Of limbs below 2^61: below 2^51 + 2^15 the lowest, 2^51 + 2^10 the others. */
LADDER_INLINE struct four carry(__m256i s0, __m256i s1, __m256i s2, __m256i s3, __m256i s4)
{
	__m256i mask = all(FE_LIMB_MASK);
	__m256i over = _mm256_srli_epi64(s4, FE_LIMB_BITS); /* of 2^255 = 19 */

	return (struct four){ {
		low(_mm256_and_si256(s0, mask), over, all(19)),
		add(_mm256_and_si256(s1, mask), _mm256_srli_epi64(s0, FE_LIMB_BITS)),
		add(_mm256_and_si256(s2, mask), _mm256_srli_epi64(s1, FE_LIMB_BITS)),
		add(_mm256_and_si256(s3, mask), _mm256_srli_epi64(s2, FE_LIMB_BITS)),
		add(_mm256_and_si256(s4, mask), _mm256_srli_epi64(s3, FE_LIMB_BITS)),
	} };
}

/* The part of a product at one limb: 2^52 is twice the next limb's unit. */
LADDER_INLINE __m256i join(__m256i lows, __m256i highs)
{
	return add(lows, add(highs, highs));
}

/* What lies 255 bits above comes back as 19 times as much. Of four low and five
 * doubled high halves, each below 2^52, at most: below 2^61. */
LADDER_INLINE __m256i fold(__m256i part, __m256i above)
{
	__m256i twice = add(above, above);

	return add(add(part, add(above, twice)), _mm256_slli_epi64(twice, 3)); /* 19 = 1 + 2 + 16 */
}

/* Those at the top first: they have the longest way to go. */
LADDER_INLINE struct four mul(struct four f, struct four g)
{
	__m256i a0 = f.limb[0], a1 = f.limb[1], a2 = f.limb[2], a3 = f.limb[3], a4 = f.limb[4];
	__m256i b0 = g.limb[0], b1 = g.limb[1], b2 = g.limb[2], b3 = g.limb[3], b4 = g.limb[4];
	__m256i zero = _mm256_setzero_si256();
	__m256i h5 = high(high(high(high(high(zero, a0, b4), a1, b3), a2, b2), a3, b1), a4, b0);
	__m256i h6 = high(high(high(high(zero, a1, b4), a2, b3), a3, b2), a4, b1);
	__m256i l5 = low(low(low(low(zero, a1, b4), a2, b3), a3, b2), a4, b1);
	__m256i h7 = high(high(high(zero, a2, b4), a3, b3), a4, b2);
	__m256i l6 = low(low(low(zero, a2, b4), a3, b3), a4, b2);
	__m256i h8 = high(high(zero, a3, b4), a4, b3);
	__m256i l7 = low(low(zero, a3, b4), a4, b3);
	__m256i h9 = high(zero, a4, b4);
	__m256i l8 = low(zero, a4, b4);
	__m256i h4 = high(high(high(high(zero, a0, b3), a1, b2), a2, b1), a3, b0);
	__m256i l4 = low(low(low(low(low(zero, a0, b4), a1, b3), a2, b2), a3, b1), a4, b0);
	__m256i h3 = high(high(high(zero, a0, b2), a1, b1), a2, b0);
	__m256i l3 = low(low(low(low(zero, a0, b3), a1, b2), a2, b1), a3, b0);
	__m256i h2 = high(high(zero, a0, b1), a1, b0);
	__m256i l2 = low(low(low(zero, a0, b2), a1, b1), a2, b0);
	__m256i h1 = high(zero, a0, b0);
	__m256i l1 = low(low(zero, a0, b1), a1, b0);
	__m256i l0 = low(zero, a0, b0);

	return carry(fold(l0, join(l5, h5)), fold(join(l1, h1), join(l6, h6)), fold(join(l2, h2), join(l7, h7)),
		     fold(join(l3, h3), join(l8, h8)), fold(join(l4, h4), add(h9, h9)));
}

/* n below 2^17 in each lane. Not carried: limbs below 2^52 + 2^23. */
LADDER_INLINE struct four mul_small(struct four f, __m256i n)
{
	__m256i zero = _mm256_setzero_si256();
	__m256i h0 = high(zero, f.limb[0], n), h1 = high(zero, f.limb[1], n), h2 = high(zero, f.limb[2], n);
	__m256i h3 = high(zero, f.limb[3], n), h4 = high(zero, f.limb[4], n);

	return (struct four){ {
		low(low(zero, f.limb[0], n), h4, all(2 * 19)),
		join(low(zero, f.limb[1], n), h0),
		join(low(zero, f.limb[2], n), h1),
		join(low(zero, f.limb[3], n), h2),
		join(low(zero, f.limb[4], n), h3),
	} };
}

/* Multiples of one number for each of the five limbs it is multiplied with:
 * limb i of w[j] belongs to w * 2^(51 j) modulo p, so that nothing is left to fold. */
struct table {
	struct four w[FE_LIMBS];
};

LADDER_INLINE struct four mul_table(struct four f, const struct table *t)
{
	__m256i l[FE_LIMBS], h[FE_LIMBS], zero = _mm256_setzero_si256();

#pragma GCC unroll 5
	for (int i = FE_LIMBS - 1; i >= 0; i--) {
		l[i] = low(low(low(zero, f.limb[0], t->w[0].limb[i]), f.limb[1], t->w[1].limb[i]),
			   f.limb[2], t->w[2].limb[i]);
		l[i] = low(low(l[i], f.limb[3], t->w[3].limb[i]), f.limb[4], t->w[4].limb[i]);
		h[i] = high(high(high(zero, f.limb[0], t->w[0].limb[i]), f.limb[1], t->w[1].limb[i]),
			    f.limb[2], t->w[2].limb[i]);
		h[i] = high(high(h[i], f.limb[3], t->w[3].limb[i]), f.limb[4], t->w[4].limb[i]);
	}
	return carry(fold(l[0], add(h[4], h[4])), join(l[1], h[0]), join(l[2], h[1]), join(l[3], h[2]),
		     join(l[4], h[3]));
}

/* u + v in lanes 0 and 2, u - v in lanes 1 and 3, for lanes of x: u from those
 * that index_u names, v likewise. 2 p is added, so that no limb falls below zero. */
LADDER_INLINE __m256i sum_and_difference(__m256i x, __m256i index_u, __m256i index_v, __m256i p2)
{
	__m256i u = _mm256_permutexvar_epi64(index_u, x);
	__m256i v = _mm256_permutexvar_epi64(index_v, x);

	return add(u, _mm256_mask_sub_epi64(v, 0xa, p2, v));
}

/* (A, B, C, D), of the points exchanged where `swap` is 2 in each lane, 0: not. */
LADDER_INLINE struct four begin(struct four x, __m256i swap, __m256i p2_0, __m256i p2)
{
	__m256i u = _mm256_xor_si256(_mm256_setr_epi64x(0, 0, 2, 2), swap);
	__m256i v = _mm256_xor_si256(_mm256_setr_epi64x(1, 1, 3, 3), swap);

	return carry(sum_and_difference(x.limb[0], u, v, p2_0), sum_and_difference(x.limb[1], u, v, p2),
		     sum_and_difference(x.limb[2], u, v, p2), sum_and_difference(x.limb[3], u, v, p2),
		     sum_and_difference(x.limb[4], u, v, p2));
}

/* (AA, E, F, G) of (AA, BB, CB, DA). */
LADDER_INLINE __m256i left(__m256i m, __m256i p2)
{
	__m256i u = _mm256_permutex_epi64(m, 0xf0);            /* AA, AA, DA, DA */
	__m256i v = _mm256_maskz_permutex_epi64(0xe, m, 0xa4); /* 0, BB, CB, CB */

	return add(u, _mm256_mask_sub_epi64(v, 0xa, p2, v));
}

/* (BB, P, F, G), before their carry: m as above, s = (121666 AA, 121665 BB, 0, 0),
 * l = (AA, E, F, G). */
LADDER_INLINE __m256i right(__m256i m, __m256i s, __m256i l, __m256i p4)
{
	__m256i p = add(_mm256_permutex_epi64(s, 0), _mm256_sub_epi64(p4, s));

	return _mm256_mask_blend_epi64(0x2, _mm256_mask_permutex_epi64(l, 0x1, m, 0x01), p);
}

LADDER_INLINE struct four step(struct four x, __m256i swap, const struct table *u)
{
	__m256i p2_0 = all(2 * (FE_LIMB_MASK - 18)), p2 = all(2 * FE_LIMB_MASK);
	__m256i p4_0 = add(p2_0, p2_0), p4 = add(p2, p2);
	struct four f = begin(x, swap, p2_0, p2), g, m, s, l;

	for (int i = 0; i < FE_LIMBS; i++)
		g.limb[i] = _mm256_permutex_epi64(f.limb[i], 0x14); /* A, B, B, A */
	m = mul(f, g);
	s = mul_small(m, _mm256_setr_epi64x(121666, 121665, 0, 0));
	for (int i = 0; i < FE_LIMBS; i++)
		l.limb[i] = left(m.limb[i], i ? p2 : p2_0);
	for (int i = 0; i < FE_LIMBS; i++)
		g.limb[i] = right(m.limb[i], s.limb[i], l.limb[i], i ? p4 : p4_0);
	f = carry(l.limb[0], l.limb[1], l.limb[2], l.limb[3], l.limb[4]);
	g = carry(g.limb[0], g.limb[1], g.limb[2], g.limb[3], g.limb[4]);
	return mul_table(mul(f, g), u);
}

/* Of (1, 1, 1, u). */
LADDER_TARGET static void fill(struct table *t, const struct fe *u)
{
	const struct fe unit = { { 0, 1 } }; /* 2^51 */
	struct fe one = fe_one, w = *u;

	for (int j = 0; j < FE_LIMBS; j++) {
		for (int i = 0; i < FE_LIMBS; i++)
			t->w[j].limb[i] = _mm256_setr_epi64x((long long)one.limb[i], (long long)one.limb[i],
							     (long long)one.limb[i], (long long)w.limb[i]);
		one = fe_mul(one, unit);
		w = fe_mul(w, unit);
	}
}

LADDER_TARGET void ladder_run(struct fe *x, struct fe *z, const uint8_t key[LADDER_KEY_SIZE], const struct fe *u)
{
	uint64_t before = 0;
	struct four points;
	struct table last;

	hd_assert((key[0] & 7) == 0 && key[LADDER_KEY_SIZE - 1] >> 6 == 1);
	for (int i = 0; i < FE_LIMBS; i++) /* infinity and the point */
		points.limb[i] = _mm256_setr_epi64x(i == 0, 0, (long long)u->limb[i], i == 0);
	fill(&last, u);
	for (int at = TOP_BIT; at >= 0; at--) {
		uint64_t bit = key[at / 8] >> at % 8 & 1;

		points = step(points, all((bit ^ before) << 1), &last);
		before = bit;
	}
	/* The last bit is 0: nothing is left to exchange. */
	for (int i = 0; i < FE_LIMBS; i++) {
		x->limb[i] = (uint64_t)_mm256_extract_epi64(points.limb[i], 0);
		z->limb[i] = (uint64_t)_mm256_extract_epi64(points.limb[i], 1);
	}
	bytes_wipe(&points, sizeof(points));
}

bool ladder_here(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512ifma");
}

#endif
