/* SPDX-License-Identifier: MIT
 * AES-GCM of intel-ipsec-mb. Of that library only three functions for each size
 * of key are used, which keep no state of their own: any thread may call them. */
#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "tls/aead_ops.h"
#include "util/bytes.h"

struct calls { /* for one size of key; NULLs: not to be used */
	aes_gcm_pre_t expand;
	aes_gcm_enc_dec_t seal;
	aes_gcm_enc_dec_t open;
};

/* The library's code, in C and in assembly, may count on 64. */
#define KEY_ALIGNMENT 64

struct key {
	_Alignas(KEY_ALIGNMENT) struct gcm_key_data data;
	const struct calls *calls;
};

static pthread_once_t ipsec_mb_once = PTHREAD_ONCE_INIT;
static struct calls ipsec_mb_calls[SUITE_COUNT];
static char ipsec_mb_name[64];

/* Without AVX2 it gains little. A library that was built to leave keys in
 * registers and on the stack, or that fails its own test, is as good as none. */
static bool usable(const IMB_MGR *m, IMB_ARCH arch)
{
	bool tested = !(m->features & IMB_FEATURE_SELF_TEST) || (m->features & IMB_FEATURE_SELF_TEST_PASS);

	return tested && (m->features & IMB_FEATURE_SAFE_DATA) && (arch == IMB_ARCH_AVX2 || arch == IMB_ARCH_AVX512);
}

static const char *code_text(const IMB_MGR *m, IMB_ARCH arch)
{
	if (m->features & IMB_FEATURE_VAES)
		return arch == IMB_ARCH_AVX512 ? "AVX-512, VAES" : "AVX2, VAES";
	return arch == IMB_ARCH_AVX512 ? "AVX-512" : "AVX2";
}

/* The manager, 200 KB of queues that are not used here, is kept only while it
 * is asked for its functions. */
static void start(void)
{
	IMB_ARCH arch = IMB_ARCH_NONE;
	IMB_MGR *m = alloc_mb_mgr(0);

	if (!m)
		return;
	init_mb_mgr_auto(m, &arch);
	if (usable(m, arch)) {
		ipsec_mb_calls[SUITE_AES_128_GCM] = (struct calls){ m->gcm128_pre, m->gcm128_enc, m->gcm128_dec };
		ipsec_mb_calls[SUITE_AES_256_GCM] = (struct calls){ m->gcm256_pre, m->gcm256_enc, m->gcm256_dec };
		(void)snprintf(ipsec_mb_name, sizeof(ipsec_mb_name), "ipsec-mb %.32s (%s)", imb_get_version_str(),
			       code_text(m, arch));
	}
	free_mb_mgr(m);
}

static bool ipsec_mb_has(enum suite suite)
{
	hd_assert((size_t)suite < SUITE_COUNT);
	pthread_once(&ipsec_mb_once, start);
	return ipsec_mb_calls[suite].seal != NULL;
}

static const char *ipsec_mb_text(void)
{
	return ipsec_mb_name;
}

static bool ipsec_mb_key_set(void *key, const uint8_t *bytes)
{
	struct key *k = key;

	k->calls->expand(bytes, &k->data);
	return true;
}

static void *ipsec_mb_key_new(enum suite suite, enum aead_use use, const uint8_t *key)
{
	struct key *k = aligned_alloc(KEY_ALIGNMENT, sizeof(*k));

	(void)use; /* an expanded key is good for both */
	if (!k)
		return NULL;
	k->calls = &ipsec_mb_calls[suite];
	(void)ipsec_mb_key_set(k, key);
	return k;
}

static void ipsec_mb_key_free(void *key)
{
	bytes_wipe(key, sizeof(struct key));
	free(key);
}

static bool ipsec_mb_seal(void *key, const struct aead_label *label, uint8_t *data, size_t len)
{
	const struct key *k = key;
	struct gcm_context_data work;

	k->calls->seal(&k->data, &work, data, data, len, label->nonce, label->aad, label->aad_len, data + len,
		       SUITE_TAG_SIZE);
	bytes_wipe(&work, sizeof(work));
	return true;
}

static bool ipsec_mb_open(void *key, const struct aead_label *label, uint8_t *data, size_t len)
{
	const struct key *k = key;
	struct gcm_context_data work;
	uint8_t tag[SUITE_TAG_SIZE] = { 0 };
	bool same;

	k->calls->open(&k->data, &work, data, data, len, label->nonce, label->aad, label->aad_len, tag,
		       SUITE_TAG_SIZE);
	same = CRYPTO_memcmp(tag, data + len, SUITE_TAG_SIZE) == 0; /* in constant time */
	bytes_wipe(tag, sizeof(tag)); /* of a forged record it would be the right one */
	bytes_wipe(&work, sizeof(work));
	return same;
}

const struct aead_ops aead_ipsec_mb = {
	.has = ipsec_mb_has,
	.text = ipsec_mb_text,
	.key_new = ipsec_mb_key_new,
	.key_set = ipsec_mb_key_set,
	.key_free = ipsec_mb_key_free,
	.seal = ipsec_mb_seal,
	.open = ipsec_mb_open,
};
