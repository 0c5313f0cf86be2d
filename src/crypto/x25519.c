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

#ifdef LADDER_HERE

/* Zero for a point of small order. */
static void agree_by_ladder(uint8_t secret[X25519_SIZE], const uint8_t private_key[X25519_SIZE],
			    const uint8_t their_public[X25519_SIZE])
{
	uint8_t key[X25519_SIZE];
	struct fe u = fe_load(their_public), x, z;

	memcpy(key, private_key, sizeof(key));
	key[0] &= 248;
	key[X25519_SIZE - 1] = (key[X25519_SIZE - 1] & 127) | 64;
	ladder_run(&x, &z, key, &u);
	fe_store(secret, fe_mul(x, fe_invert(z)));
	bytes_wipe(key, sizeof(key));
	bytes_wipe(&x, sizeof(x));
	bytes_wipe(&z, sizeof(z));
}

static bool agree(uint8_t secret[X25519_SIZE], const uint8_t private_key[X25519_SIZE],
		  const uint8_t their_public[X25519_SIZE])
{
	if (!ladder_here())
		return crypto_scalarmult_curve25519(secret, private_key, their_public) == 0;
	agree_by_ladder(secret, private_key, their_public);
	return !sodium_is_zero(secret, X25519_SIZE);
}

#else

static bool agree(uint8_t secret[X25519_SIZE], const uint8_t private_key[X25519_SIZE],
		  const uint8_t their_public[X25519_SIZE])
{
	return crypto_scalarmult_curve25519(secret, private_key, their_public) == 0;
}

#endif

int x25519_agree(uint8_t secret[X25519_SIZE], const uint8_t private_key[X25519_SIZE],
		 const uint8_t their_public[X25519_SIZE])
{
	uint8_t made[X25519_SIZE];
	bool ok = agree(made, private_key, their_public);

	if (ok)
		memcpy(secret, made, sizeof(made));
	bytes_wipe(made, sizeof(made));
	return ok ? 0 : ERROR_CRYPTO;
}
