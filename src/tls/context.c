/* SPDX-License-Identifier: MIT */
#include "tls/context.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#include "tls/handshake.h"
#include "tls/meta_cert.h"
#include "tls/pem.h"
#include "tls/provider.h"
#include "tls/ticket.h"
#include "tls/ticket_session.h"
#include "util/error.h"

#define SECONDS_PER_DAY 86400

/* TLS 1.3 has the meta certificate behind its chain, TLS 1.2 has not (there
 * certificates travel in the clear), so there are two of OpenSSL's contexts. A
 * handshake begins with the first and changes to the other for TLS 1.2. */
struct tls_context {
	_Atomic uint32_t refs;
	SSL_CTX *ssl;
	SSL_CTX *ssl_1_2;
	struct ticket_keys *ticket_keys;
	uint32_t ticket_count;
	int64_t not_after;
	int64_t renew_at;
};

/* ---- rules ---- */

#define AES_SUITES "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"
#define CHACHA_SUITE "TLS_CHACHA20_POLY1305_SHA256"
#define AES_CIPHERS                                                           \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"          \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
#define CHACHA_CIPHERS "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

bool context_aes_is_fast(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_cpu_init();
	return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#elif defined(__aarch64__)
	return (getauxval(AT_HWCAP) & (HWCAP_AES | HWCAP_PMULL)) == (HWCAP_AES | HWCAP_PMULL);
#else
	return false;
#endif
}

/* http/1.1 if the client offers it; other offers are passed over in silence. */
static int on_alpn(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len, const unsigned char *offer,
		   unsigned int offer_len, void *unused)
{
	static const char http[] = "http/1.1";

	(void)ssl;
	(void)unused;
	for (unsigned int at = 0; at < offer_len && offer[at] < offer_len - at; at += 1U + offer[at])
		if (offer[at] == sizeof(http) - 1 && memcmp(offer + at + 1, http, sizeof(http) - 1) == 0) {
			*chosen = offer + at + 1;
			*chosen_len = offer[at];
			return SSL_TLSEXT_ERR_OK;
		}
	return SSL_TLSEXT_ERR_NOACK;
}

#define PSK_DHE_KE 1 /* resuming with a new agreement (RFC 8446, 4.2.9), the only way served */

/* A TLS 1.3 client that cannot resume (Go's without a cache, Tailscale's among
 * them) gets no ticket. */
static int on_hello(SSL *ssl, int *alert, void *unused)
{
	const unsigned char *modes; /* their number, then one byte each */
	size_t len;

	(void)alert;
	(void)unused;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_psk_kex_modes, &modes, &len) == 1 && len > 1 &&
	    memchr(modes + 1, PSK_DHE_KE, len - 1))
		handshake_wants_ticket(ssl);
	return SSL_CLIENT_HELLO_SUCCESS;
}

/* The version is agreed on, certificates are not sent yet. */
static int on_certificate(SSL *ssl, void *ctx)
{
	const struct tls_context *c = ctx;

	return SSL_version(ssl) >= TLS1_3_VERSION || SSL_set_SSL_CTX(ssl, c->ssl_1_2) != NULL;
}

/* A client that puts ChaCha20 first has no instructions for AES: it gets that.
 * RELEASE_BUFFERS: a handshake that waits for the client holds no buffers of records. */
static bool set_rules(SSL_CTX *ssl)
{
	bool aes = context_aes_is_fast();
	const char *suites = aes ? AES_SUITES ":" CHACHA_SUITE : CHACHA_SUITE ":" AES_SUITES;
	const char *ciphers = aes ? AES_CIPHERS ":" CHACHA_CIPHERS : CHACHA_CIPHERS ":" AES_CIPHERS;

	SSL_CTX_set_options(ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_read_ahead(ssl, 1); /* for the client's first flight: handshake.c ends it */
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_client_hello_cb(ssl, on_hello, NULL);
	SSL_CTX_set_alpn_select_cb(ssl, on_alpn, NULL);
	return SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set_ciphersuites(ssl, suites) == 1 && SSL_CTX_set_cipher_list(ssl, ciphers) == 1 &&
	       SSL_CTX_set1_groups_list(ssl, "X25519:secp256r1:secp384r1") == 1 &&
	       SSL_CTX_set_session_id_context(ssl, (const unsigned char *)TICKET_SESSION_CONTEXT,
					      sizeof(TICKET_SESSION_CONTEXT) - 1) == 1 &&
	       SSL_CTX_set_num_tickets(ssl, 0) == 1; /* handshake.c makes those of TLS 1.3 */
}

static int make_ssl(SSL_CTX **ssl, OSSL_LIB_CTX *library, const struct context_settings *s)
{
	SSL_CTX *made = library ? SSL_CTX_new_ex(library, NULL, TLS_server_method()) : NULL;

	if (!made)
		return ERROR_NO_MEMORY;
	if (!set_rules(made)) {
		SSL_CTX_free(made);
		return ERROR_CRYPTO;
	}
	if (s->ticket_keys)
		ticket_keys_use(s->ticket_keys, made);
	else /* TLS 1.3 then gives none, TLS 1.2 has none */
		SSL_CTX_set_options(made, SSL_OP_NO_TICKET);
	*ssl = made;
	return 0;
}

/* ---- certificates ---- */

static int64_t seconds_of(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : INT64_MIN;
}

/* Of the certificate itself. What is above it in the file may be older: clients
 * have other ways to a root than an expired cross signature. */
static int check_times(struct tls_context *c, const X509 *leaf, const char *path, int64_t now,
		       struct tls_fault *fault)
{
	int64_t begins = seconds_of(X509_get0_notBefore(leaf));
	int64_t ends = seconds_of(X509_get0_notAfter(leaf));
	time_t wrong = (time_t)(ends < now ? ends : begins);
	char day[sizeof("2026-05-01")];
	struct tm tm;

	if (ends >= now && begins <= now) {
		if (ends < c->not_after)
			c->not_after = ends;
		return 0;
	}
	if (!gmtime_r(&wrong, &tm) || strftime(day, sizeof(day), "%Y-%m-%d", &tm) == 0)
		day[0] = '\0';
	fault_set(fault, "%s: %s %s", path, ends < now ? "expired on" : "not valid before", day);
	return ERROR_RANGE;
}

static int check_key(const struct pem_chain *chain, EVP_PKEY *key, const struct context_pair *pair,
		     struct tls_fault *fault)
{
	if (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "EC")) {
		fault_set(fault, "%s: the key is neither RSA nor ECDSA", pair->key_path);
		return ERROR_UNSUPPORTED;
	}
	if (X509_check_private_key(chain->leaf, key) != 1) {
		ERR_clear_error();
		fault_set(fault, "%s: is not the key of %s", pair->key_path, pair->cert_path);
		return ERROR_CRYPTO;
	}
	return 0;
}

static int use_pair(SSL_CTX *ssl, const struct pem_chain *chain, EVP_PKEY *key, const char *path,
		    struct tls_fault *fault)
{
	ERR_clear_error();
	if (SSL_CTX_use_cert_and_key(ssl, chain->leaf, key, chain->above, 0) == 1)
		return 0;
	if (ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_NOT_REPLACING_CERTIFICATE) {
		ERR_clear_error();
		fault_set(fault, "%s: a second certificate must be of the other kind, RSA or ECDSA", path);
		return ERROR_EXISTS;
	}
	fault_set(fault, "%s: %s", path, fault_openssl());
	return ERROR_CRYPTO;
}

/* One pair into both contexts, the meta certificate behind it in that of TLS 1.3. */
static int add_pair(struct tls_context *c, const struct context_pair *pair, X509 *meta, int64_t now,
		    struct tls_fault *fault)
{
	struct pem_chain chain;
	EVP_PKEY *key = NULL;
	int rc = pem_read_chain(&chain, pair->cert_path, fault);

	if (rc < 0)
		return rc;
	rc = pem_read_key(&key, pair->key_path, fault);
	if (rc == 0)
		rc = check_times(c, chain.leaf, pair->cert_path, now, fault);
	if (rc == 0)
		rc = check_key(&chain, key, pair, fault);
	if (rc == 0)
		rc = use_pair(c->ssl_1_2, &chain, key, pair->cert_path, fault);
	if (rc == 0 && meta) {
		if (sk_X509_push(chain.above, meta))
			X509_up_ref(meta);
		else
			rc = ERROR_NO_MEMORY;
	}
	if (rc == 0)
		rc = use_pair(c->ssl, &chain, key, pair->cert_path, fault);
	EVP_PKEY_free(key);
	pem_chain_release(&chain);
	return rc;
}

static int add_pairs(struct tls_context *c, const struct context_settings *s, struct tls_fault *fault)
{
	int64_t now = (int64_t)time(NULL);
	X509 *meta = NULL;
	int rc = 0;

	c->not_after = c->renew_at = INT64_MAX;
	if (s->relay_public_key) {
		rc = meta_cert_new(&meta, s->relay_public_key, now);
		if (rc < 0)
			fault_set(fault, "the meta certificate cannot be made: %s", fault_openssl());
		else
			c->renew_at = now + (int64_t)(META_CERT_DAYS - META_CERT_RENEW_DAYS) * SECONDS_PER_DAY;
	}
	for (uint32_t i = 0; i < s->pair_count && rc == 0; i++)
		rc = add_pair(c, &s->pairs[i], meta, now, fault);
	X509_free(meta);
	return rc;
}

int context_new(struct tls_context **ctx, const struct context_settings *settings, struct tls_fault *fault)
{
	struct tls_context *c = calloc(1, sizeof(*c));
	int rc;

	hd_assert(settings->pair_count >= 1 && settings->pair_count <= CONTEXT_PAIRS_MAX);
	hd_assert(settings->ticket_count <= CONTEXT_TICKETS_MAX);
	fault_set(fault, "out of memory");
	if (!c)
		return ERROR_NO_MEMORY;
	atomic_init(&c->refs, 1);
	if (settings->ticket_keys) {
		c->ticket_keys = ticket_keys_ref(settings->ticket_keys);
		c->ticket_count = settings->ticket_count;
	}
	rc = make_ssl(&c->ssl, provider_library(), settings);
	if (rc == 0)
		rc = make_ssl(&c->ssl_1_2, provider_library_1_2(), settings);
	if (rc == ERROR_CRYPTO)
		fault_set(fault, "OpenSSL does not take the rules: %s", fault_openssl());
	if (rc == 0)
		rc = add_pairs(c, settings, fault);
	if (rc < 0) {
		context_unref(c);
		return rc;
	}
	SSL_CTX_set_cert_cb(c->ssl, on_certificate, c);
	*ctx = c;
	return 0;
}

struct tls_context *context_ref(struct tls_context *ctx)
{
	atomic_fetch_add_explicit(&ctx->refs, 1, memory_order_relaxed);
	return ctx;
}

void context_unref(struct tls_context *ctx)
{
	if (!ctx || atomic_fetch_sub_explicit(&ctx->refs, 1, memory_order_acq_rel) != 1)
		return;
	SSL_CTX_free(ctx->ssl);
	SSL_CTX_free(ctx->ssl_1_2);
	ticket_keys_unref(ctx->ticket_keys);
	free(ctx);
}

int64_t context_not_after(const struct tls_context *ctx)
{
	return ctx->not_after;
}

int64_t context_renew_at(const struct tls_context *ctx)
{
	return ctx->renew_at;
}

SSL_CTX *context_ssl(const struct tls_context *ctx)
{
	return ctx->ssl;
}

struct ticket_keys *context_ticket_keys(const struct tls_context *ctx)
{
	return ctx->ticket_keys;
}

uint32_t context_ticket_count(const struct tls_context *ctx)
{
	return ctx->ticket_count;
}
