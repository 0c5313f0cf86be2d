/* SPDX-License-Identifier: MIT */
#include "tools/lib/tls_client.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/tls_stream.h"
#include "util/bytes.h"
#include "util/error.h"

#define PIN_PREFIX "sha256-raw:"
#define PIN_SIZE 32
#define READ_AHEAD (64 * 1024)

struct tls_client {
	SSL_CTX *ctx;
	pthread_mutex_t lock; /* of session */
	SSL_SESSION *session; /* the latest, or NULL */
	bool verifies_name;
	bool parts;
	uint8_t pin[PIN_SIZE];
};

/* ---- whom to trust ---- */

/* The certificate itself is what was agreed on: no name, no date, no issuer. */
static int on_pinned(X509_STORE_CTX *store, void *client)
{
	const struct tls_client *c = client;
	const X509 *leaf = X509_STORE_CTX_get0_cert(store);
	uint8_t hash[PIN_SIZE];

	if (leaf && X509_digest(leaf, EVP_sha256(), hash, NULL) == 1 && memcmp(hash, c->pin, PIN_SIZE) == 0)
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}

static bool read_pin(uint8_t pin[PIN_SIZE], const char *text)
{
	if (strncmp(text, PIN_PREFIX, strlen(PIN_PREFIX)) == 0)
		text += strlen(PIN_PREFIX);
	return strlen(text) == (size_t)2 * PIN_SIZE && bytes_from_hex(pin, PIN_SIZE, text);
}

bool tls_client_pin_ok(const char *pin)
{
	uint8_t read[PIN_SIZE];

	return read_pin(read, pin);
}

static int set_trust(struct tls_client *c, const struct tls_client_options *o, const char **option)
{
	hd_assert((o->ca_file != NULL) + (o->pin != NULL) + o->insecure <= 1);
	SSL_CTX_set_verify(c->ctx, o->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	c->verifies_name = !o->pin && !o->insecure;
	*option = "pin";
	if (o->pin && !read_pin(c->pin, o->pin))
		return ERROR_MALFORMED;
	if (o->pin)
		SSL_CTX_set_cert_verify_callback(c->ctx, on_pinned, c);
	*option = "ca_file";
	if (o->ca_file && SSL_CTX_load_verify_file(c->ctx, o->ca_file) != 1)
		return ERROR_NOT_FOUND;
	if (c->verifies_name && !o->ca_file && SSL_CTX_set_default_verify_paths(c->ctx) != 1)
		return ERROR_NOT_FOUND;
	return 0;
}

/* ---- what to offer ---- */

static int set_offer(SSL_CTX *ctx, const struct tls_client_options *o, const char **option)
{
	*option = "version";
	if (SSL_CTX_set_min_proto_version(ctx, o->version_min ? o->version_min : TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, o->version_max ? o->version_max : TLS1_3_VERSION) != 1)
		return ERROR_MALFORMED;
	*option = "suites";
	if (o->suites && SSL_CTX_set_ciphersuites(ctx, o->suites) != 1)
		return ERROR_MALFORMED;
	*option = "ciphers";
	if (o->ciphers && SSL_CTX_set_cipher_list(ctx, o->ciphers) != 1)
		return ERROR_MALFORMED;
	*option = "sigalgs";
	if (o->sigalgs && SSL_CTX_set1_sigalgs_list(ctx, o->sigalgs) != 1)
		return ERROR_MALFORMED;
	return 0;
}

static void set_reading(SSL_CTX *ctx, bool ahead)
{
	if (!ahead)
		return;
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_default_read_buffer_len(ctx, READ_AHEAD);
}

/* ---- sessions ---- */

static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_client *c = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	pthread_mutex_lock(&c->lock);
	SSL_SESSION_free(c->session);
	c->session = session;
	pthread_mutex_unlock(&c->lock);
	return 1; /* the reference is ours now */
}

/* Each connection gets a copy: OpenSSL spoils a TLS 1.2 session for others when
 * the server renews its ticket, and tells nobody of the new one. */
static bool resume_latest(struct tls_client *c, SSL *ssl)
{
	SSL_SESSION *copy;
	bool done = true;

	pthread_mutex_lock(&c->lock);
	if (c->session) {
		copy = SSL_SESSION_dup(c->session);
		done = copy && SSL_set_session(ssl, copy) == 1;
		SSL_SESSION_free(copy);
	}
	pthread_mutex_unlock(&c->lock);
	return done;
}

static void set_sessions(struct tls_client *c, bool resume)
{
	SSL_CTX_set_app_data(c->ctx, c);
	SSL_CTX_set_session_cache_mode(c->ctx, resume ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL :
							SSL_SESS_CACHE_OFF);
	if (resume)
		SSL_CTX_sess_set_new_cb(c->ctx, on_session);
}

/* ---- life ---- */

int tls_client_new(struct tls_client **client, const struct tls_client_options *options, const char **option)
{
	struct tls_client *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return ERROR_NO_MEMORY;
	c->ctx = SSL_CTX_new(TLS_client_method());
	if (!c->ctx) {
		free(c);
		return ERROR_NO_MEMORY;
	}
	pthread_mutex_init(&c->lock, NULL);
	SSL_CTX_set_mode(c->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					 SSL_MODE_RELEASE_BUFFERS);
	err = set_trust(c, options, option);
	if (!err)
		err = set_offer(c->ctx, options, option);
	set_reading(c->ctx, options->read_ahead);
	c->parts = options->parts;
	if (c->parts)
		SSL_CTX_set_keylog_callback(c->ctx, tls_stream_on_secret);
	set_sessions(c, options->resume);
	ERR_clear_error();
	if (err) {
		tls_client_free(c);
		return err;
	}
	*client = c;
	return 0;
}

void tls_client_free(struct tls_client *c)
{
	if (!c)
		return;
	SSL_SESSION_free(c->session);
	SSL_CTX_free(c->ctx);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

bool tls_client_parts(const struct tls_client *c)
{
	return c->parts;
}

static bool is_numeric(const char *name)
{
	uint8_t ip[16];

	return inet_pton(AF_INET, name, ip) == 1 || inet_pton(AF_INET6, name, ip) == 1;
}

/* Addresses have no SNI. */
static bool set_name(const struct tls_client *c, SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (is_numeric(name))
		return !c->verifies_name || X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	return SSL_set_tlsext_host_name(ssl, name) == 1 && (!c->verifies_name || SSL_set1_host(ssl, name) == 1);
}

SSL *tls_client_object(struct tls_client *c, const char *server_name)
{
	SSL *ssl = SSL_new(c->ctx);

	if (!ssl)
		return NULL;
	if (!set_name(c, ssl, server_name) || !resume_latest(c, ssl)) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_connect_state(ssl);
	return ssl;
}
