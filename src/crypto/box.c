/* SPDX-License-Identifier: MIT */
#include "crypto/box.h"

#include <sodium.h>

#include "crypto/x25519.h"
#include "util/bytes.h"
#include "util/error.h"

_Static_assert(BOX_KEY_SIZE == crypto_box_PUBLICKEYBYTES, "NaCl's public key");
_Static_assert(BOX_KEY_SIZE == crypto_box_SECRETKEYBYTES, "NaCl's private key");
_Static_assert(BOX_NONCE_SIZE == crypto_box_NONCEBYTES, "NaCl's nonce");
_Static_assert(BOX_MAC_SIZE == crypto_box_MACBYTES, "NaCl's authenticator");
_Static_assert(sizeof(struct box_shared) == crypto_box_BEFORENMBYTES, "NaCl's shared secret");
_Static_assert(sizeof(struct box_shared) == crypto_core_hsalsa20_OUTPUTBYTES, "what HSalsa20 makes of a point");

int box_start(void)
{
	return sodium_init() < 0 ? ERROR_CRYPTO : 0;
}

void box_random(void *out, size_t len)
{
	randombytes_buf(out, len);
}

void box_new_private(uint8_t private_key[BOX_KEY_SIZE])
{
	box_random(private_key, BOX_KEY_SIZE);
	private_key[0] &= 248;
	private_key[BOX_KEY_SIZE - 1] = (private_key[BOX_KEY_SIZE - 1] & 127) | 64;
}

void box_public_of(uint8_t public_key[BOX_KEY_SIZE], const uint8_t private_key[BOX_KEY_SIZE])
{
	int rc = crypto_scalarmult_base(public_key, private_key);

	hd_assert(rc == 0); /* multiples of the base point are never weak */
}

int box_share(struct box_shared *shared, const uint8_t their_public[BOX_KEY_SIZE],
	      const uint8_t our_private[BOX_KEY_SIZE])
{
	static const uint8_t zero[crypto_core_hsalsa20_INPUTBYTES];
	uint8_t point[X25519_SIZE];
	int rc = x25519_agree(point, our_private, their_public);

	if (rc < 0)
		return rc;
	rc = crypto_core_hsalsa20(shared->bytes, zero, point, NULL); /* as crypto_box_beforenm() does */
	hd_assert(rc == 0);
	bytes_wipe(point, sizeof(point));
	return 0;
}

void box_shared_wipe(struct box_shared *shared)
{
	bytes_wipe(shared, sizeof(*shared));
}

int box_open(uint8_t *plain, const uint8_t *sealed, size_t len, const uint8_t nonce[BOX_NONCE_SIZE],
	     const struct box_shared *shared)
{
	/* libsodium looks at the length, too */
	return crypto_box_open_easy_afternm(plain, sealed, len, nonce, shared->bytes) == 0 ? 0 : ERROR_CRYPTO;
}

void box_seal(uint8_t *sealed, uint8_t nonce[BOX_NONCE_SIZE], const uint8_t *plain, size_t len,
	      const struct box_shared *shared)
{
	int rc;

	box_random(nonce, BOX_NONCE_SIZE);
	rc = crypto_box_easy_afternm(sealed, plain, len, nonce, shared->bytes);
	hd_assert(rc == 0); /* fails only for lengths that no memory holds */
}
