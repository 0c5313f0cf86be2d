/* SPDX-License-Identifier: MIT
 * AES-GCM of intel-ipsec-mb. Of that library only three functions for each size
 * of key are used, which keep no state of their own: any thread may call them. */
#include <intel-ipsec-mb.h>
#include <link.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

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
	const uint64_t wanted = IMB_FEATURE_SAFE_DATA | IMB_FEATURE_SELF_TEST | IMB_FEATURE_SELF_TEST_PASS;

	return (m->features & wanted) == wanted && (arch == IMB_ARCH_AVX2 || arch == IMB_ARCH_AVX512);
}

static const char *code_text(const IMB_MGR *m, IMB_ARCH arch)
{
	if (m->features & IMB_FEATURE_VAES)
		return arch == IMB_ARCH_AVX512 ? "AVX-512, VAES" : "AVX2, VAES";
	return arch == IMB_ARCH_AVX512 ? "AVX-512" : "AVX2";
}

/* The part of the library's file that is mapped there, if it is never written to. */
static void forget_segment(const struct dl_phdr_info *object, const ElfW(Phdr) *segment, uintptr_t page)
{
	uintptr_t begin = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
	uintptr_t end = object->dlpi_addr + segment->p_vaddr + segment->p_memsz;

	if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W))
		(void)madvise((void *)begin, end - begin, MADV_DONTNEED); /* in vain: it only is resident */
}

/* Of the object that `*of` lies in; ends the search there. */
static int forget_object(struct dl_phdr_info *object, size_t size, void *of)
{
	uintptr_t at = *(const uintptr_t *)of - object->dlpi_addr;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	bool here = false;

	(void)size;
	for (int i = 0; i < object->dlpi_phnum; i++)
		here = here || (object->dlpi_phdr[i].p_type == PT_LOAD && at - object->dlpi_phdr[i].p_vaddr <
				object->dlpi_phdr[i].p_memsz);
	for (int i = 0; here && i < object->dlpi_phnum; i++)
		forget_segment(object, &object->dlpi_phdr[i], page);
	return here;
}

/* The library's test of itself has run through all of its code: 3 MB of its file
 * are resident, of which some pages are needed again, and come by themselves. */
static void forget_test(void)
{
	uintptr_t of = (uintptr_t)&init_mb_mgr_auto;

	(void)dl_iterate_phdr(forget_object, &of);
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
	forget_test();
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
