/* SPDX-License-Identifier: MIT */
#include "crypto/x25519.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "crypto/fe.h"
#include "crypto/ladder.h"
#include "util/bytes.h"
#include "util/error.h"

_Static_assert(X25519_SIZE == crypto_scalarmult_curve25519_BYTES, "a point");
_Static_assert(X25519_SIZE == crypto_scalarmult_curve25519_SCALARBYTES, "a private key");
_Static_assert(X25519_SIZE == crypto_scalarmult_ed25519_BYTES, "a point in Edwards form");

#define STACK_USED 4096 /* less, by what is called here */

#ifdef FE_HERE

/* u = (1 + y) / (1 - y): RFC 7748, 4.1. The sign of x, bit 255, has no say. */
static void u_of_edwards(uint8_t u[X25519_SIZE], const uint8_t edwards[X25519_SIZE])
{
	struct fe y = fe_load(edwards);

	fe_store(u, fe_mul(fe_add(fe_one, y), fe_invert(fe_sub(fe_one, y))));
}

void x25519_public_of(uint8_t public_key[X25519_SIZE], const uint8_t private_key[X25519_SIZE])
{
	uint8_t edwards[X25519_SIZE];
	int rc = crypto_scalarmult_ed25519_base(edwards, private_key); /* clamps as X25519 does */

	/* Fails for a zero key only, which clamped is not zero: then the long way. */
	if (rc == 0)
		u_of_edwards(public_key, edwards);
	else
		rc = crypto_scalarmult_curve25519_base(public_key, private_key);
	hd_assert(rc == 0);
}

#else /* no numbers of 128 bits */

void x25519_public_of(uint8_t public_key[X25519_SIZE], const uint8_t private_key[X25519_SIZE])
{
	int rc = crypto_scalarmult_curve25519_base(public_key, private_key);

	hd_assert(rc == 0); /* multiples of the base point are never weak */
}

#endif

static bool agree_by_sodium(uint8_t secret[X25519_SIZE], const uint8_t private_key[X25519_SIZE],
			    const uint8_t their_public[X25519_SIZE])
{
	return crypto_scalarmult_curve25519(secret, private_key, their_public) == 0;
}

#ifdef LADDER_HERE

static void clamp(uint8_t key[X25519_SIZE], const uint8_t private_key[X25519_SIZE])
{
	memcpy(key, private_key, X25519_SIZE);
	key[0] &= 248;
	key[X25519_SIZE - 1] = (key[X25519_SIZE - 1] & 127) | 64;
}

static bool agree_by_ladder(uint8_t secret[X25519_SIZE], const uint8_t private_key[X25519_SIZE],
			    const uint8_t their_public[X25519_SIZE])
{
	struct fe u = fe_load(their_public), x, z;
	uint8_t key[X25519_SIZE];

	clamp(key, private_key);
	ladder_run(&x, &z, key, &u);
	fe_store(secret, fe_mul(x, fe_invert(z)));
	return !sodium_is_zero(secret, X25519_SIZE); /* as it is for a point of small order */
}

/* One inversion for both: 1 / z[0] = z[1] / (z[0] z[1]). z[0] is never 0. If z[1]
 * is, both come out as 0, and there is no secret for which the public key would
 * be wanted. */
static bool encapsulate_by_ladder(uint8_t public_key[X25519_SIZE], uint8_t secret[X25519_SIZE],
				  const uint8_t private_key[X25519_SIZE],
				  const uint8_t their_public[X25519_SIZE])
{
	struct fe u = fe_load(their_public), x[2], z[2], inverse;
	uint8_t key[X25519_SIZE];

	clamp(key, private_key);
	ladder_run_both(x, z, key, &u);
	inverse = fe_invert(fe_mul(z[0], z[1]));
	fe_store(public_key, fe_mul(x[0], fe_mul(inverse, z[1])));
	fe_store(secret, fe_mul(x[1], fe_mul(inverse, z[0])));
	return !sodium_is_zero(secret, X25519_SIZE);
}

#endif

/* Not part of their callers, so that all they leave on the stack lies below those. */
#define X25519_APART __attribute__((noinline))

X25519_APART static bool agree(uint8_t secret[X25519_SIZE], const uint8_t private_key[X25519_SIZE],
			       const uint8_t their_public[X25519_SIZE])
{
#ifdef LADDER_HERE
	if (ladder_here())
		return agree_by_ladder(secret, private_key, their_public);
#endif
	return agree_by_sodium(secret, private_key, their_public);
}

X25519_APART static bool encapsulate(uint8_t public_key[X25519_SIZE], uint8_t secret[X25519_SIZE],
				     const uint8_t private_key[X25519_SIZE],
				     const uint8_t their_public[X25519_SIZE])
{
#ifdef LADDER_HERE
	if (ladder_here())
		return encapsulate_by_ladder(public_key, secret, private_key, their_public);
#endif
	x25519_public_of(public_key, private_key);
	return agree_by_sodium(secret, private_key, their_public);
}

/* Keys and points, wherever the compiler put them. */
static void wipe_stack_below(void)
{
	sodium_stackzero(STACK_USED);
}

int x25519_agree(uint8_t secret[X25519_SIZE], const uint8_t private_key[X25519_SIZE],
		 const uint8_t their_public[X25519_SIZE])
{
	uint8_t made[X25519_SIZE];
	bool ok = agree(made, private_key, their_public);

	wipe_stack_below();
	if (ok)
		memcpy(secret, made, sizeof(made));
	bytes_wipe(made, sizeof(made));
	return ok ? 0 : ERROR_CRYPTO;
}

int x25519_encapsulate(uint8_t public_key[X25519_SIZE], uint8_t secret[X25519_SIZE],
		       const uint8_t private_key[X25519_SIZE], const uint8_t their_public[X25519_SIZE])
{
	uint8_t made_public[X25519_SIZE], made_secret[X25519_SIZE];
	bool ok = encapsulate(made_public, made_secret, private_key, their_public);

	wipe_stack_below();
	if (ok) {
		memcpy(public_key, made_public, sizeof(made_public));
		memcpy(secret, made_secret, sizeof(made_secret));
	}
	bytes_wipe(made_secret, sizeof(made_secret));
	return ok ? 0 : ERROR_CRYPTO;
}
