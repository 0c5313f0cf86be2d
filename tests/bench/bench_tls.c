/* SPDX-License-Identifier: MIT
 * What TLS costs: record layer (nanoseconds per call), handshakes (our side's
 * CPU time only), memory. "bench_tls" prints all of it; no argument. Each
 * figure is the best of many short runs, so that a busy machine shows less. */
#include <fcntl.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "crypto/box.h"
#include "tls/context.h"
#include "tls/handshake.h"
#include "tls/record.h"
#include "tls/ticket.h"
#include "util/error.h"

#define RUNS 400
#define SLICE 1441 /* a packet of 1,400 bytes as a frame of DERP's */

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_tls: %s failed\n", what);
	exit(1);
}

/* ---- records ---- */

static uint8_t plain[RECORD_PLAIN_MAX];

struct ends {
	struct tls_record_keys *left, *right;
};

static struct ends ends_make(enum tls_version version, enum suite suite)
{
	struct tls_secrets s = { .version = (uint16_t)version, .suite = (uint8_t)suite }, other;
	struct ends e;

	memset(s.rx.secret, 1, sizeof(s.rx.secret));
	memset(s.tx.secret, 2, sizeof(s.tx.secret));
	must(secrets_derive(&s.rx, suite) == 0 && secrets_derive(&s.tx, suite) == 0, "secrets_derive");
	other = s;
	other.rx = s.tx;
	other.tx = s.rx;
	must(record_keys_new(&e.left, &s) == 0 && record_keys_new(&e.right, &other) == 0, "record_keys_new");
	return e;
}

/* Slices of SLICE bytes, and what is left. */
static size_t slices_of(struct iovec *slices, size_t len, size_t slice)
{
	size_t n = 0;

	for (size_t at = 0; at < len; at += slices[n++].iov_len)
		slices[n] = (struct iovec){ plain + at, len - at < slice ? len - at : slice };
	return n;
}

static void bench_records(enum tls_version version, enum suite suite, size_t len, size_t slice)
{
	static uint8_t sealed[64][RECORD_MAX];
	struct ends e = ends_make(version, suite);
	struct iovec slices[16];
	size_t count = slices_of(slices, len, slice);
	double best_seal = 1e12, best_open = 1e12;
	ssize_t n = 0;

	for (int run = 0; run < RUNS; run++) {
		uint64_t start = cpu_ns();
		struct record_opened o;

		for (int i = 0; i < 64; i++)
			n = record_seal(e.left, slices, count, sealed[i], sizeof(sealed[i]));
		must(n > 0, "record_seal");
		if ((double)(cpu_ns() - start) / 64 < best_seal)
			best_seal = (double)(cpu_ns() - start) / 64;
		start = cpu_ns();
		for (int i = 0; i < 64; i++)
			must(record_open(e.right, sealed[i], (size_t)n, &o) == 0, "record_open");
		if ((double)(cpu_ns() - start) / 64 < best_open)
			best_open = (double)(cpu_ns() - start) / 64;
	}
	printf("%-18s TLS 1.%d  %5zu bytes, %2zu slices: seal %6.0f ns, open %6.0f ns\n", suite_name(suite),
	       version == TLS_VERSION_1_3 ? 3 : 2, len, count, best_seal, best_open);
	record_keys_free(e.left);
	record_keys_free(e.right);
}

static void bench_memory(enum suite suite)
{
	enum { COUNT = 1000 };
	static struct ends e[COUNT / 2];
	struct ends warm = ends_make(TLS_VERSION_1_3, suite);
	size_t before = mallinfo2().uordblks;

	for (size_t i = 0; i < COUNT / 2; i++)
		e[i] = ends_make(TLS_VERSION_1_3, suite);
	printf("%-18s one connection's keys: %zu bytes\n", suite_name(suite),
	       (mallinfo2().uordblks - before) / COUNT);
	for (size_t i = 0; i < COUNT / 2; i++) {
		record_keys_free(e[i].left);
		record_keys_free(e[i].right);
	}
	record_keys_free(warm.left);
	record_keys_free(warm.right);
}

/* ---- handshakes ---- */

static char cert_path[] = "/tmp/bench_tls-cert-XXXXXX", key_path[] = "/tmp/bench_tls-key-XXXXXX";

static void write_pair(EVP_PKEY *key)
{
	X509 *x = X509_new();
	FILE *f;

	must(x && X509_set_version(x, X509_VERSION_3) == 1 &&
	     X509_time_adj_ex(X509_getm_notBefore(x), -1, 0, NULL) &&
	     X509_time_adj_ex(X509_getm_notAfter(x), 1, 0, NULL) && X509_set_pubkey(x, key) == 1 &&
	     X509_sign(x, key, EVP_sha256()) > 0, "making a certificate");
	f = fopen(cert_path, "w");
	must(f && PEM_write_X509(f, x) == 1 && fclose(f) == 0, cert_path);
	f = fopen(key_path, "w");
	must(f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1 && fclose(f) == 0, key_path);
	X509_free(x);
}

static SSL_SESSION *latest;

static int on_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(latest);
	latest = SSL_SESSION_dup(session);
	return 0;
}

/* One handshake; returns the CPU time of our side, with its record keys. */
static uint64_t handshake_once(SSL_CTX *client_ctx, struct tls_context *ctx, bool resume)
{
	SSL *client = SSL_new(client_ctx);
	SSL_SESSION *copy = resume ? SSL_SESSION_dup(latest) : NULL;
	enum handshake_progress p = HANDSHAKE_WANT_READ;
	uint8_t tickets[HANDSHAKE_TICKETS_MAX], record[HANDSHAKE_TICKETS_MAX + RECORD_OVERHEAD_MAX];
	struct handshake_result result;
	struct tls_record_keys *keys;
	struct handshake *h;
	uint64_t start, sum;
	size_t len;
	uint8_t byte;
	int fd[2];

	must(client && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) == 0, "socketpair");
	SSL_set_fd(client, fd[0]);
	SSL_set_connect_state(client);
	if (resume)
		SSL_set_session(client, copy);
	start = cpu_ns();
	must(handshake_new(&h, ctx, fd[1]) == 0, "handshake_new");
	sum = cpu_ns() - start;
	while (p == HANDSHAKE_WANT_READ) {
		(void)SSL_do_handshake(client);
		start = cpu_ns();
		p = handshake_step(h);
		sum += cpu_ns() - start;
	}
	must(p == HANDSHAKE_DONE, handshake_detail(h));
	start = cpu_ns();
	handshake_take_result(h, &result);
	len = handshake_put_tickets(h, tickets);
	handshake_free(h);
	must(record_keys_new(&keys, &result.secrets) == 0, "record_keys_new");
	secrets_wipe(&result.secrets);
	if (len > 0) {
		ssize_t n = record_seal_handshake(keys, tickets, len, record);

		must(n > 0 && send(fd[1], record, (size_t)n, 0) == n, "sending the ticket");
	}
	sum += cpu_ns() - start;
	must(result.resumed == resume, "resuming");
	(void)SSL_do_handshake(client);
	(void)SSL_read(client, &byte, 1); /* takes the ticket */
	record_keys_free(keys);
	SSL_SESSION_free(copy);
	SSL_free(client);
	close(fd[0]);
	close(fd[1]);
	return sum;
}

static void bench_handshakes(EVP_PKEY *key, const char *name, int version)
{
	enum { COUNT = 200 };
	struct context_settings settings = {
		.pairs = { { cert_path, key_path } },
		.pair_count = 1,
		.ticket_count = 1,
	};
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());
	struct ticket_keys *tickets;
	struct tls_context *ctx;
	struct tls_fault fault;
	uint64_t full = UINT64_MAX, resumed = UINT64_MAX;

	write_pair(key);
	must(ticket_keys_new(&tickets) == 0, "ticket_keys_new");
	settings.ticket_keys = tickets;
	must(context_new(&ctx, &settings, &fault) == 0, fault.text);
	SSL_CTX_set_max_proto_version(client, version);
	SSL_CTX_set_session_cache_mode(client, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(client, on_session);
	for (int i = 0; i < COUNT; i++) {
		uint64_t ns = handshake_once(client, ctx, false);

		full = ns < full ? ns : full;
	}
	for (int i = 0; i < COUNT; i++) {
		uint64_t ns = handshake_once(client, ctx, true);

		resumed = ns < resumed ? ns : resumed;
	}
	printf("handshake, %-11s TLS 1.%d: full %4.0f us, resumed %4.0f us of our CPU\n", name,
	       version == TLS1_3_VERSION ? 3 : 2, (double)full / 1e3, (double)resumed / 1e3);
	SSL_SESSION_free(latest);
	latest = NULL;
	context_unref(ctx);
	ticket_keys_unref(tickets);
	SSL_CTX_free(client);
}

int main(void)
{
	EVP_PKEY *ecdsa = EVP_EC_gen("P-256"), *rsa = EVP_RSA_gen(2048);
	int cert_fd = mkostemp(cert_path, O_CLOEXEC), key_fd = mkostemp(key_path, O_CLOEXEC);

	must(box_start() == 0, "libsodium");
	must(ecdsa && rsa && cert_fd >= 0 && key_fd >= 0, "temporary files");
	close(cert_fd);
	close(key_fd);
	for (int i = 0; i < SUITE_COUNT; i++) {
		bench_records(TLS_VERSION_1_3, (enum suite)i, 64, SLICE);
		bench_records(TLS_VERSION_1_3, (enum suite)i, 1437, SLICE);
		bench_records(TLS_VERSION_1_3, (enum suite)i, RECORD_PLAIN_MAX, SLICE);
		bench_records(TLS_VERSION_1_3, (enum suite)i, RECORD_PLAIN_MAX, RECORD_PLAIN_MAX);
		bench_memory((enum suite)i);
	}
	bench_records(TLS_VERSION_1_2, SUITE_AES_128_GCM, 1437, SLICE);
	bench_handshakes(ecdsa, "ECDSA P-256", TLS1_3_VERSION);
	bench_handshakes(ecdsa, "ECDSA P-256", TLS1_2_VERSION);
	bench_handshakes(rsa, "RSA 2048", TLS1_3_VERSION);
	unlink(cert_path);
	unlink(key_path);
	EVP_PKEY_free(ecdsa);
	EVP_PKEY_free(rsa);
	return 0;
}
