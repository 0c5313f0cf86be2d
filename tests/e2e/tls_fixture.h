/* SPDX-License-Identifier: MIT
 * TLS of the daemon under test: a certificate of its own making, and clients
 * that trust it. With HD_E2E_TLS=1.2 or 1.3 in the environment every daemon of
 * a test program serves TLS, with --ktls as HD_E2E_KTLS says, and its clients
 * are of that version at most: the same tests run once more over TLS. A failure
 * in here fails the running test. */
#ifndef HD_TESTS_E2E_TLS_FIXTURE_H
#define HD_TESTS_E2E_TLS_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

struct tls_client;
struct tls_client_options;

struct tls_fixture_pair {
	const char *cert; /* paths */
	const char *key;
	char pin[96];     /* as --make-cert prints it */
};

#define TLS_FIXTURE_HOST "localhost"

/* For main(): as if HD_E2E_TLS had this value. */
void tls_fixture_want(const char *version);
/* Do all daemons of this program serve TLS? */
bool tls_fixture_wanted(void);
/* Is the daemons' TLS the kernel's (HD_E2E_KTLS=require)? */
bool tls_fixture_in_kernel(void);
/* Not so where the kernel's TLS cannot be given a second key, before 6.14: a
 * KeyUpdate ends a connection. */
bool tls_fixture_renews_keys(void);
/* The pair that --make-cert made for localhost; once per test. */
const struct tls_fixture_pair *tls_fixture_pair(void);
/* Its rules are the options; one that trusts the pair where they trust nobody.
 * Lives as long as the test. */
struct tls_client *tls_fixture_client(const struct tls_client_options *options);
/* The one that client_options() gives. */
struct tls_client *tls_fixture_default_client(void);

#endif
