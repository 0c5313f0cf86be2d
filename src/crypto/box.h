/* SPDX-License-Identifier: MIT
 * NaCl crypto_box (Curve25519, XSalsa20, Poly1305), as DERP's login uses it,
 * and the relay's own key pair. libsodium is used in this room only. */
#ifndef HD_CRYPTO_BOX_H
#define HD_CRYPTO_BOX_H

#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

#define BOX_KEY_SIZE 32
#define BOX_NONCE_SIZE 24
#define BOX_MAC_SIZE 16 /* a sealed text is this much longer than its plain text */

/* Once per process, before anything else here. ERROR_CRYPTO if libsodium cannot start. */
HD_MUST_CHECK int box_start(void);

/* Fresh private key, clamped as Curve25519 wants it. */
void box_new_private(uint8_t private_key[BOX_KEY_SIZE]);
void box_public_of(uint8_t public_key[BOX_KEY_SIZE], const uint8_t private_key[BOX_KEY_SIZE]);

/* Precomputed shared secret of one pair: computing it is the costly part, so a
 * login that opens and seals does it once. ERROR_CRYPTO for weak public keys. */
struct box_shared {
	uint8_t bytes[32];
};
HD_MUST_CHECK int box_share(struct box_shared *shared, const uint8_t their_public[BOX_KEY_SIZE],
			    const uint8_t our_private[BOX_KEY_SIZE]);
void box_shared_wipe(struct box_shared *shared);

/* `plain` holds len - BOX_MAC_SIZE bytes. ERROR_CRYPTO if it does not verify
 * or is shorter than a MAC. plain may equal sealed. */
HD_MUST_CHECK int box_open(uint8_t *plain, const uint8_t *sealed, size_t len, const uint8_t nonce[BOX_NONCE_SIZE],
			   const struct box_shared *shared);
/* `sealed` holds len + BOX_MAC_SIZE bytes. A fresh random nonce is written to `nonce`. */
void box_seal(uint8_t *sealed, uint8_t nonce[BOX_NONCE_SIZE], const uint8_t *plain, size_t len,
	      const struct box_shared *shared);

void box_random(void *out, size_t len);

#endif
