/* SPDX-License-Identifier: MIT */
#include "tests/e2e/tls_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "tests/e2e/daemon_fixture.h"
#include "tools/lib/tls_client.h"

#define CLIENTS_MAX 64 /* of one test */
#define PIN_LABEL "CertName"

static const char *wanted_version(void)
{
	const char *version = getenv("HD_E2E_TLS");

	return version && version[0] ? version : NULL;
}

void tls_fixture_want(const char *version)
{
	if (setenv("HD_E2E_TLS", version, 1) != 0)
		abort();
}

bool tls_fixture_wanted(void)
{
	return wanted_version() != NULL;
}

bool tls_fixture_in_kernel(void)
{
	const char *wish = getenv("HD_E2E_KTLS");

	return wish && strcmp(wish, "require") == 0;
}

bool tls_fixture_renews_keys(void)
{
	struct utsname u;
	char *end;
	long major, minor;

	ck_assert_int_eq(uname(&u), 0);
	major = strtol(u.release, &end, 10);
	ck_assert_msg(*end == '.', "release %s", u.release);
	minor = strtol(end + 1, NULL, 10);
	return !tls_fixture_in_kernel() || major > 6 || (major == 6 && minor >= 14);
}

/* The word behind `label` in what --make-cert prints. */
static void take_word(char *to, size_t cap, const char *text, const char *label)
{
	const char *at = strstr(text, label);

	ck_assert_msg(at != NULL, "no %s in:\n%s", label, text);
	at += strlen(label);
	at += strspn(at, " ");
	ck_assert_uint_lt((unsigned)snprintf(to, cap, "%.*s", (int)strcspn(at, " \n"), at), cap);
}

const struct tls_fixture_pair *tls_fixture_pair(void)
{
	static struct tls_fixture_pair pair;
	struct daemon_surroundings around = { .directory = daemon_fixture_dir() };
	char *text;

	if (pair.cert)
		return &pair;
	ck_assert_int_eq(daemon_wait_text(daemon_spawn(DAEMON_ARGS("--bare", "--make-cert", TLS_FIXTURE_HOST),
						       &around), &text), 0);
	take_word(pair.pin, sizeof(pair.pin), text, PIN_LABEL);
	free(text);
	pair.cert = daemon_fixture_path(TLS_FIXTURE_HOST ".crt");
	pair.key = daemon_fixture_path(TLS_FIXTURE_HOST ".key");
	return &pair;
}

struct tls_client *tls_fixture_client(const struct tls_client_options *options)
{
	static struct tls_client *clients[CLIENTS_MAX]; /* so that they are not leaks */
	static size_t used;
	struct tls_client_options o = *options;
	const char *option = "none";

	if (!o.ca_file && !o.pin && !o.insecure)
		o.ca_file = tls_fixture_pair()->cert;
	ck_assert_uint_lt(used, CLIENTS_MAX);
	ck_assert_msg(tls_client_new(&clients[used], &o, &option) == 0, "TLS client: bad %s", option);
	return clients[used++];
}

struct tls_client *tls_fixture_default_client(void)
{
	static struct tls_client *client;
	struct tls_client_options o = { 0 };

	if (client)
		return client;
	if (tls_fixture_wanted() && strcmp(wanted_version(), "1.2") == 0)
		o.version_max = TLS_CLIENT_TLS_1_2;
	client = tls_fixture_client(&o);
	return client;
}
