/* SPDX-License-Identifier: MIT
 * The input is a private key and a public key, with zeros for what is missing:
 * libsodium and our ways give the same, or both nothing. */
#include <sodium.h>
#include <string.h>

#include "crypto/box.h"
#include "crypto/x25519.h"
#include "tests/fuzz/driver.h"
#include "util/error.h"

static void check_agreement(const uint8_t key[X25519_SIZE], const uint8_t point[X25519_SIZE])
{
	uint8_t ours[X25519_SIZE], theirs[X25519_SIZE], before[X25519_SIZE];
	int rc;

	memset(ours, 0x5a, sizeof(ours));
	memcpy(before, ours, sizeof(ours));
	rc = x25519_agree(ours, key, point);
	if (crypto_scalarmult_curve25519(theirs, key, point) == 0) {
		hd_assert(rc == 0);
		hd_assert(memcmp(ours, theirs, sizeof(ours)) == 0);
	} else {
		hd_assert(rc == ERROR_CRYPTO);
		hd_assert(memcmp(ours, before, sizeof(ours)) == 0);
	}
}

static void check_encapsulation(const uint8_t key[X25519_SIZE], const uint8_t point[X25519_SIZE])
{
	uint8_t ours[2][X25519_SIZE], theirs[2][X25519_SIZE], before[2][X25519_SIZE];
	int rc;

	memset(ours, 0x5a, sizeof(ours));
	memcpy(before, ours, sizeof(ours));
	rc = x25519_encapsulate(ours[0], ours[1], key, point);
	if (crypto_scalarmult_curve25519(theirs[1], key, point) == 0) {
		hd_assert(rc == 0);
		hd_assert(crypto_scalarmult_curve25519_base(theirs[0], key) == 0);
		hd_assert(memcmp(ours, theirs, sizeof(ours)) == 0);
	} else {
		hd_assert(rc == ERROR_CRYPTO);
		hd_assert(memcmp(ours, before, sizeof(ours)) == 0);
	}
}

static void check_public(uint8_t ours[X25519_SIZE], const uint8_t key[X25519_SIZE])
{
	uint8_t theirs[X25519_SIZE];

	x25519_public_of(ours, key);
	hd_assert(crypto_scalarmult_curve25519_base(theirs, key) == 0);
	hd_assert(memcmp(ours, theirs, sizeof(theirs)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t pair[2][X25519_SIZE] = { 0 }, public_key[X25519_SIZE];

	hd_assert(box_start() == 0);
	if (size > 0)
		memcpy(pair, data, size < sizeof(pair) ? size : sizeof(pair));
	check_agreement(pair[0], pair[1]);
	check_agreement(pair[1], pair[0]);
	check_public(public_key, pair[0]);
	check_agreement(pair[1], public_key); /* a point that is on the curve */
	check_encapsulation(pair[0], pair[1]);
	check_encapsulation(pair[1], pair[0]);
	check_encapsulation(pair[1], public_key);
	return 0;
}
