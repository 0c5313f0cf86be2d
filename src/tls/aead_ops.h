/* SPDX-License-Identifier: MIT
 * What a library has to do for aead.c, and nobody else. */
#ifndef HD_TLS_AEAD_OPS_H
#define HD_TLS_AEAD_OPS_H

#include "tls/aead.h"

struct aead_ops {
	bool (*has)(enum suite suite); /* on this processor; the first call starts the library */
	const char *(*text)(void);     /* name and version; after has() */
	void *(*key_new)(enum suite suite, enum aead_use use, const uint8_t *key); /* NULL: no memory */
	bool (*key_set)(void *key, const uint8_t *bytes);
	void (*key_free)(void *key);   /* wipes */
	bool (*seal)(void *key, const struct aead_label *label, uint8_t *data, size_t len);
	/* False: what is at `data` is not to be seen by anybody. */
	bool (*open)(void *key, const struct aead_label *label, uint8_t *data, size_t len);
};

extern const struct aead_ops aead_openssl;
extern const struct aead_ops aead_ipsec_mb; /* in builds with HAVE_IPSEC_MB */

#endif
