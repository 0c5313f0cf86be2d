/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tls/aead.h"

#include "tls/aead_ops.h"
#include "util/bytes.h"
#include "util/error.h"

static const struct aead_ops *const aead_libraries[AEAD_LIBRARIES] = {
	[AEAD_OPENSSL] = &aead_openssl,
#ifdef HAVE_IPSEC_MB
	[AEAD_IPSEC_MB] = &aead_ipsec_mb,
#endif
};

static enum aead_library aead_wish = AEAD_IPSEC_MB;

static const struct aead_ops *ops_for(enum suite suite)
{
	const struct aead_ops *ops = aead_libraries[aead_wish];

	return ops && ops->has(suite) ? ops : aead_libraries[AEAD_OPENSSL];
}

int aead_init(struct aead *a, enum suite suite, enum aead_use use, const uint8_t *key)
{
	const struct aead_ops *ops = ops_for(suite);

	*a = (struct aead){ .ops = ops, .key = ops->key_new(suite, use, key) };
	return a->key ? 0 : ERROR_NO_MEMORY;
}

int aead_rekey(struct aead *a, const uint8_t *key)
{
	return a->ops->key_set(a->key, key) ? 0 : ERROR_CRYPTO;
}

void aead_release(struct aead *a)
{
	if (a->key)
		a->ops->key_free(a->key);
	*a = (struct aead){ 0 };
}

bool aead_seal(struct aead *a, const struct aead_label *label, uint8_t *data, size_t len)
{
	return a->ops->seal(a->key, label, data, len);
}

bool aead_open(struct aead *a, const struct aead_label *label, uint8_t *data, size_t len)
{
	if (hd_likely(a->ops->open(a->key, label, data, len)))
		return true;
	/* Both libraries decrypt before they know whether they should have. */
	bytes_wipe(data, len);
	return false;
}

const char *aead_text(enum suite suite)
{
	return ops_for(suite)->text();
}

bool aead_choose(enum aead_library library)
{
	const struct aead_ops *ops = aead_libraries[library];

	if (!ops || !ops->has(SUITE_AES_128_GCM))
		return false;
	aead_wish = library;
	return true;
}
