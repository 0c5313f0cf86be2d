/* SPDX-License-Identifier: MIT
 * X25519 (RFC 7748), for the key agreements of TLS and of DERP. Private keys are any 32
 * random bytes, clamped where they are used. Constant time in what is secret.
 * box_start() must have been called. */
#ifndef HD_CRYPTO_X25519_H
#define HD_CRYPTO_X25519_H

#include <stdint.h>

#include "util/assert.h"

#define X25519_SIZE 32

/* As X25519(private_key, 9), at half its price: by way of the Edwards form of
 * the curve, for whose base point libsodium has tables. */
void x25519_public_of(uint8_t public_key[X25519_SIZE], const uint8_t private_key[X25519_SIZE]);

/* By our own ladder where the processor has what that needs, else by libsodium.
 * ERROR_CRYPTO if the secret would be zero: their key is a point of small order
 * (RFC 8446, 7.4.2). `secret` is then untouched. */
HD_MUST_CHECK int x25519_agree(uint8_t secret[X25519_SIZE], const uint8_t private_key[X25519_SIZE],
			       const uint8_t their_public[X25519_SIZE]);

/* Both products of a server that answers a client's share: the public key of
 * private_key, and what it agrees on with their_public; by our own ladder at
 * little more than the price of one. As x25519_agree(), and both untouched on error. */
HD_MUST_CHECK int x25519_encapsulate(uint8_t public_key[X25519_SIZE], uint8_t secret[X25519_SIZE],
				     const uint8_t private_key[X25519_SIZE],
				     const uint8_t their_public[X25519_SIZE]);

#endif
