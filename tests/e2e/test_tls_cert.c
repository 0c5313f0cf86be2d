/* SPDX-License-Identifier: MIT
 * The relay's certificates: which one a client gets, how they are renewed under
 * it, what a bad one says, and --make-cert. */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/e2e/client_fixture.h"
#include "tests/e2e/tls_fixture.h"
#include "tests/unit/crypto/folder.h"
#include "tests/unit/tls/certs.h"
#include "tools/lib/tls_client.h"
#include "tools/lib/tls_stream.h"
#include "util/bytes.h"
#include "util/error.h"

#define PIN_PREFIX "sha256-raw:"
#define PIN_TEXT_SIZE (sizeof(PIN_PREFIX) + 64)

/* --- helpers -------------------------------------------------------------- */

static struct daemon *start_with(const char *cert, const char *key)
{
	return daemon_start(DAEMON_ARGS("--tls-cert", cert, "--tls-key", key, "--stun=false"));
}

/* The certificate of a live connection, which the caller frees. */
static X509 *certificate_of(struct derp_client *c)
{
	X509 *x = SSL_get1_peer_certificate(tls_stream_object(derp_client_stream(c)->tls));

	ck_assert_ptr_nonnull(x);
	return x;
}

static struct derp_client *login_by(const struct daemon *d, const struct tls_client_options *rules)
{
	struct derp_client_options o = client_options(d);

	o.tls = tls_fixture_client(rules);
	return client_login_with(&o);
}

/* As a DERP map has it, of the first certificate in a PEM file. */
static void pin_of_file(char pin[PIN_TEXT_SIZE], const char *path)
{
	char hex[2 * 32 + 1];
	uint8_t hash[32];
	BIO *bio = BIO_new_file(path, "r");
	X509 *x;

	ck_assert_ptr_nonnull(bio);
	x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	ck_assert_ptr_nonnull(x);
	ck_assert_int_eq(X509_digest(x, EVP_sha256(), hash, NULL), 1);
	bytes_to_hex(hex, hash, sizeof(hash));
	snprintf(pin, PIN_TEXT_SIZE, PIN_PREFIX "%.64s", hex);
	X509_free(x);
	BIO_free(bio);
}

/* A client that trusts the certificate of this file alone. */
static struct derp_client *login_pinned(const struct daemon *d, const char *path)
{
	char pin[PIN_TEXT_SIZE];

	pin_of_file(pin, path);
	return login_by(d, &(struct tls_client_options){ .pin = pin });
}

/* The daemon ends at once, with this status, and says this. */
static void does_not_start(const char *const args[], int status, const char *text)
{
	ck_assert_int_eq(daemon_wait_saying(daemon_spawn(args, NULL), text), status);
}

/* --- which one ------------------------------------------------------------ */

static const struct {
	uint16_t version;
	const char *sigalgs;
	const char *ciphers; /* of TLS 1.2, where they name the kind, too */
	const char *kind;
} choices[] = {
	{ TLS_CLIENT_TLS_1_3, "ecdsa_secp256r1_sha256", NULL, "EC" },
	{ TLS_CLIENT_TLS_1_3, "rsa_pss_rsae_sha256", NULL, "RSA" },
	{ TLS_CLIENT_TLS_1_3, "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256", NULL, "EC" },
	{ TLS_CLIENT_TLS_1_2, "ecdsa_secp256r1_sha256", NULL, "EC" },
	{ TLS_CLIENT_TLS_1_2, "rsa_pss_rsae_sha256:rsa_pkcs1_sha256", NULL, "RSA" },
	{ TLS_CLIENT_TLS_1_2, NULL, "ECDHE-ECDSA-AES128-GCM-SHA256", "EC" },
	{ TLS_CLIENT_TLS_1_2, NULL, "ECDHE-RSA-AES128-GCM-SHA256", "RSA" },
};

START_TEST(tls_client_s_algorithms_choose_the_certificate)
{
	struct tls_client_options o = {
		.insecure = true,
		.version_min = choices[_i].version,
		.version_max = choices[_i].version,
		.sigalgs = choices[_i].sigalgs,
		.ciphers = choices[_i].ciphers,
	};
	struct derp_client *c;
	struct daemon *d;
	X509 *x;

	certs_write("one", CERTS_ECDSA, -1, 100);
	certs_write("two", CERTS_RSA, -1, 100);
	d = daemon_start(DAEMON_ARGS("--tls-cert", folder_file("one.crt"), "--tls-key", folder_file("one.key"),
				     "--tls-cert-2", folder_file("two.crt"), "--tls-key-2",
				     folder_file("two.key"), "--stun=false"));
	c = login_by(d, &o);
	x = certificate_of(c);
	ck_assert(EVP_PKEY_is_a(X509_get0_pubkey(x), choices[_i].kind));
	client_expect_alive(c);
	X509_free(x);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

START_TEST(tls_client_without_the_only_kind_is_refused)
{
	struct tls_client_options rules = { .sigalgs = "rsa_pss_rsae_sha256" };
	struct derp_client_options o;
	struct derp_client *c;
	struct daemon *d = daemon_start(DAEMON_ARGS("--stun=false"));

	o = client_options(d);
	o.tls = tls_fixture_client(&rules);
	ck_assert_int_eq(derp_client_new(&c, &o), 0);
	ck_assert_int_eq(derp_client_connect(c), ERROR_CRYPTO);
	daemon_await_metric(d, "logins_total{result=\"tls_no_shared\"}", 1);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

START_TEST(tls_chain_is_sent_whole)
{
	struct daemon *d;
	struct derp_client *c;
	STACK_OF(X509) *chain;

	certs_write("relay", CERTS_ECDSA, -1, 100);
	certs_append("relay", "intermediate");
	certs_append("relay", "root");
	d = start_with(folder_file("relay.crt"), folder_file("relay.key"));
	c = login_by(d, &(struct tls_client_options){ .insecure = true });
	chain = SSL_get_peer_cert_chain(tls_stream_object(derp_client_stream(c)->tls));
	ck_assert_int_eq(sk_X509_num(chain), 4); /* and the meta certificate */
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

/* --- renewal -------------------------------------------------------------- */

START_TEST(tls_sighup_takes_a_new_certificate)
{
	struct daemon *d;
	struct derp_client *before, *after;

	certs_write("relay", CERTS_ECDSA, -1, 100);
	certs_write("next", CERTS_RSA, -1, 100);
	d = start_with(folder_file("relay.crt"), folder_file("relay.key"));
	before = login_pinned(d, folder_file("relay.crt"));
	certs_move("next", "relay");
	daemon_signal(d, SIGHUP);
	daemon_await_metric_min(d, "tls_reloads_total", 1);
	after = login_pinned(d, folder_file("relay.crt"));
	client_send(before, derp_client_key(after), "across", 6);
	client_expect_packet(after, derp_client_key(before), "across", 6);
	derp_client_free(before);
	derp_client_free(after);
	daemon_stop(d);
}
END_TEST

/* Half of it may be seen first: that is refused, and the whole taken after. */
START_TEST(tls_changed_files_are_taken_unasked)
{
	struct derp_client *c;
	struct daemon *d;

	certs_write("relay", CERTS_ECDSA, -1, 100);
	certs_write("next", CERTS_ECDSA, -1, 200);
	d = start_with(folder_file("relay.crt"), folder_file("relay.key"));
	certs_move("next", "relay");
	daemon_await_metric(d, "tls_reloads_total", 1);
	daemon_await_log(d, "the certificate files have changed");
	c = login_pinned(d, folder_file("relay.crt"));
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

START_TEST(tls_bad_pair_is_refused_and_the_old_one_stays)
{
	struct derp_client *c;
	struct daemon *d;
	char pin[PIN_TEXT_SIZE];

	certs_write("relay", CERTS_ECDSA, -1, 100);
	certs_write("other", CERTS_ECDSA, -1, 100);
	d = start_with(folder_file("relay.crt"), folder_file("relay.key"));
	pin_of_file(pin, folder_file("relay.crt"));
	ck_assert_int_eq(rename(folder_file("other.crt"), folder_file("relay.crt")), 0);
	daemon_signal(d, SIGHUP);
	daemon_await_log(d, "the old certificates stay: ");
	ck_assert(daemon_logged(d, "relay.key: is not the key of "));
	daemon_await_metric_min(d, "tls_reload_failures_total", 1);
	ck_assert_uint_eq(daemon_metric(d, "tls_reloads_total"), 0);
	c = login_by(d, &(struct tls_client_options){ .pin = pin });
	client_expect_alive(c);
	derp_client_free(c);
	ck_assert_int_eq(rename(folder_file("other.key"), folder_file("relay.key")), 0);
	daemon_await_metric(d, "tls_reloads_total", 1); /* now it is whole */
	derp_client_free(login_pinned(d, folder_file("relay.crt")));
	daemon_stop(d);
}
END_TEST

/* Tickets outlive certificates: a reload costs no storm of full handshakes. */
START_TEST(tls_reload_keeps_sessions)
{
	struct tls_client_options rules = { .insecure = true, .resume = true };
	struct derp_client_options o;
	struct derp_client *c;
	struct daemon *d;

	certs_write("relay", CERTS_ECDSA, -1, 100);
	certs_write("next", CERTS_ECDSA, -1, 200);
	d = start_with(folder_file("relay.crt"), folder_file("relay.key"));
	o = client_options(d);
	o.tls = tls_fixture_client(&rules);
	c = client_login_with(&o);
	client_sync(c);
	derp_client_free(c);
	certs_move("next", "relay");
	daemon_signal(d, SIGHUP);
	daemon_await_metric_min(d, "tls_reloads_total", 1);
	c = client_login_with(&o);
	ck_assert(tls_stream_resumed(derp_client_stream(c)->tls));
	client_expect_alive(c);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

START_TEST(tls_expiry_is_a_metric_and_a_warning)
{
	struct daemon *d;
	uint64_t now = (uint64_t)time(NULL), expiry;

	certs_write("relay", CERTS_ECDSA, -1, 10);
	d = start_with(folder_file("relay.crt"), folder_file("relay.key"));
	ck_assert(daemon_logged(d, "the certificate expires in 10 days"));
	expiry = daemon_metric(d, "tls_certificate_expiry_seconds");
	ck_assert_uint_ge(expiry, now + 10 * 86400 - 600);
	ck_assert_uint_le(expiry, now + 10 * 86400 + 600);
	daemon_stop(d);
}
END_TEST

START_TEST(tls_certificate_with_time_left_is_no_warning)
{
	struct daemon *d;

	certs_write("relay", CERTS_ECDSA, -1, 16);
	d = start_with(folder_file("relay.crt"), folder_file("relay.key"));
	ck_assert(!daemon_logged(d, "expires in"));
	daemon_stop(d);
}
END_TEST

/* --- those it does not start with ----------------------------------------- */

static const struct {
	const char *cert;
	const char *key;
	const char *says;
} bad[] = {
	{ "old.crt", "old.key", "old.crt: expired on " },
	{ "early.crt", "early.key", "early.crt: not valid before " },
	{ "good.crt", "old.key", "old.key: is not the key of " },
	{ "odd.crt", "odd.key", "odd.key: the key is neither RSA nor ECDSA" },
	{ "empty", "good.key", "empty: holds no certificate in PEM form" },
	{ "good.crt", "empty", "empty: " },
	{ "none.crt", "good.key", "none.crt: No such file or directory (\"hyper-derp --make-cert HOST\" makes " },
	{ "locked.crt", "locked.key", "locked.key: the key is encrypted" },
};

START_TEST(tls_bad_certificate_is_named_at_the_start)
{
	certs_write("old", CERTS_ECDSA, -20, -10);
	certs_write("early", CERTS_ECDSA, 10, 20);
	certs_write("good", CERTS_ECDSA, -1, 20);
	certs_write("odd", CERTS_ED25519, -1, 20);
	certs_write("locked", CERTS_ECDSA, -1, 20);
	certs_write_encrypted_key("locked");
	folder_write("empty", "");
	does_not_start(DAEMON_ARGS("--tls-cert", folder_file(bad[_i].cert), "--tls-key",
				   folder_file(bad[_i].key)), 1, bad[_i].says);
}
END_TEST

START_TEST(tls_two_certificates_of_one_kind_are_refused)
{
	certs_write("one", CERTS_ECDSA, -1, 20);
	certs_write("two", CERTS_ECDSA, -1, 20);
	does_not_start(DAEMON_ARGS("--tls-cert", folder_file("one.crt"), "--tls-key", folder_file("one.key"),
				   "--tls-cert-2", folder_file("two.crt"), "--tls-key-2", folder_file("two.key")),
		       1, "two.crt: a second certificate must be of the other kind, RSA or ECDSA");
}
END_TEST

/* --- kTLS ----------------------------------------------------------------- */

START_TEST(tls_ktls_required_of_a_kernel_without_it_ends_the_start)
{
	const struct tls_fixture_pair *pair = tls_fixture_pair();
	struct daemon_surroundings around = { .ulp_errno = ENOENT };
	const char *const args[] = { "--tls-cert", pair->cert, "--tls-key", pair->key, "--ktls", "require",
				     "--stun=false", NULL };

	ck_assert_int_eq(daemon_wait_saying(daemon_spawn(args, &around),
					    "kTLS not available: module tls not loaded: modprobe tls"), 1);
}
END_TEST

START_TEST(tls_ktls_auto_on_a_kernel_without_it_serves)
{
	const struct tls_fixture_pair *pair = tls_fixture_pair();
	struct daemon_surroundings around = { .ulp_errno = ENOENT };
	const char *const args[] = { "--tls-cert", pair->cert, "--tls-key", pair->key, "--stun=false", NULL };
	struct daemon *d = daemon_spawn(args, &around);
	struct derp_client *c;

	daemon_await_serving(d);
	ck_assert(daemon_logged(d, "kTLS not available: module tls not loaded"));
	c = client_login(d);
	client_expect_alive(c);
	ck_assert_uint_eq(daemon_metric(d, "peers{transport=\"tls\"}"), 1);
	ck_assert_uint_eq(daemon_metric(d, "peers{transport=\"ktls\"}"), 0);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

/* --- --make-cert ---------------------------------------------------------- */

START_TEST(make_cert_prints_the_pin_that_clients_trust)
{
	const struct tls_fixture_pair *pair = tls_fixture_pair();
	struct daemon *d = start_with(pair->cert, pair->key);
	char pin[PIN_TEXT_SIZE];

	pin_of_file(pin, pair->cert);
	ck_assert_str_eq(pair->pin, pin);
	derp_client_free(login_by(d, &(struct tls_client_options){ .pin = pair->pin }));
	derp_client_free(login_by(d, &(struct tls_client_options){ .ca_file = pair->cert })); /* by its name */
	daemon_stop(d);
}
END_TEST

START_TEST(make_cert_overwrites_nothing)
{
	struct daemon_surroundings around = { .directory = daemon_fixture_dir() };
	char *before = daemon_fixture_read_file(tls_fixture_pair()->key), *after;
	struct daemon *d = daemon_spawn(DAEMON_ARGS("--bare", "--make-cert", TLS_FIXTURE_HOST), &around);

	ck_assert_int_eq(daemon_wait_saying(d, "is there already and stays as it is"), 1);
	after = daemon_fixture_read_file(tls_fixture_pair()->key);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}
END_TEST

START_TEST(make_cert_refuses_what_is_no_host)
{
	struct daemon_surroundings around = { .directory = daemon_fixture_dir() };
	struct daemon *d = daemon_spawn(DAEMON_ARGS("--bare", "--make-cert", "no host/../here"), &around);

	ck_assert_int_eq(daemon_wait_saying(d, "no host/../here"), 2);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("tls_cert");
	TCase *t = daemon_fixture_case(s, "tls_cert");

	tcase_add_unchecked_fixture(t, certs_start, certs_end);
	tcase_add_checked_fixture(t, folder_make, folder_remove);
	tcase_add_loop_test(t, tls_client_s_algorithms_choose_the_certificate, 0, HD_ARRAY_LEN(choices));
	tcase_add_test(t, tls_client_without_the_only_kind_is_refused);
	tcase_add_test(t, tls_chain_is_sent_whole);
	tcase_add_test(t, tls_sighup_takes_a_new_certificate);
	tcase_add_test(t, tls_changed_files_are_taken_unasked);
	tcase_add_test(t, tls_bad_pair_is_refused_and_the_old_one_stays);
	tcase_add_test(t, tls_reload_keeps_sessions);
	tcase_add_test(t, tls_expiry_is_a_metric_and_a_warning);
	tcase_add_test(t, tls_certificate_with_time_left_is_no_warning);
	tcase_add_loop_test(t, tls_bad_certificate_is_named_at_the_start, 0, HD_ARRAY_LEN(bad));
	tcase_add_test(t, tls_two_certificates_of_one_kind_are_refused);
	tcase_add_test(t, tls_ktls_required_of_a_kernel_without_it_ends_the_start);
	tcase_add_test(t, tls_ktls_auto_on_a_kernel_without_it_serves);
	tcase_add_test(t, make_cert_prints_the_pin_that_clients_trust);
	tcase_add_test(t, make_cert_overwrites_nothing);
	tcase_add_test(t, make_cert_refuses_what_is_no_host);
	return s;
}

int main(void)
{
	tls_fixture_want("1.3");
	return daemon_fixture_main(make_suite);
}
