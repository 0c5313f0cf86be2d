/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "tests/unit/crypto/folder.h"
#include "tests/unit/tls/certs.h"
#include "tests/unit/tls/clock.h"
#include "tests/unit/tls/peer.h"
#include "util/mono.h"

Suite *test_ticket_suite(void);

static struct tls_context *ctx;
static struct ticket_keys *tickets;
static struct peer first, second;

static void begin(void)
{
	folder_make();
	certs_write("relay", CERTS_ECDSA, -1, 30);
	ck_assert_int_eq(ticket_keys_new(&tickets), 0);
	ctx = certs_context_with("relay", NULL, tickets, 1, NULL);
}

static void end(void)
{
	peer_close(&first);
	peer_close(&second);
	context_unref(ctx);
	ticket_keys_unref(tickets);
	folder_remove();
}

/* Connects, lets so many seconds pass for our keys, connects with the ticket. */
static bool resumed_after(int version, uint64_t seconds)
{
	struct peer_options o = { .version = version };

	peer_connect(&first, ctx, &o);
	peer_send(&first, "x", 1);
	peer_client_expects(&first, "x", 1);
	ck_assert_ptr_nonnull(first.session);
	clock_ahead_ns += seconds * MONO_NS_PER_S;
	o.session = first.session;
	peer_connect(&second, ctx, &o);
	return second.result.resumed;
}

/* The ticket in the bytes of a session begins with the name of its key. */
static void name_of(uint8_t name[16], const SSL_SESSION *s)
{
	const unsigned char *ticket;
	size_t len;

	SSL_SESSION_get0_ticket(s, &ticket, &len);
	ck_assert_uint_gt(len, 16);
	memcpy(name, ticket, 16);
}

START_TEST(ticket_is_good_at_once)
{
	ck_assert(resumed_after(_i, 0));
}
END_TEST

START_TEST(ticket_of_the_key_before_is_good)
{
	ck_assert(resumed_after(_i, TICKET_LIFETIME_S - 60));
}
END_TEST

START_TEST(ticket_opens_after_its_key_has_stopped_sealing)
{
	uint8_t before[16], after[16];

	ck_assert(resumed_after(TLS1_3_VERSION, TICKET_LIFETIME_S + 60));
	peer_send(&second, "x", 1);
	peer_client_expects(&second, "x", 1);
	name_of(before, first.session);
	name_of(after, second.session);
	ck_assert_mem_ne(before, after, sizeof(before));
}
END_TEST

START_TEST(ticket_of_a_key_too_old_is_refused)
{
	ck_assert(!resumed_after(_i, 2 * TICKET_LIFETIME_S + 60));
}
END_TEST

START_TEST(ticket_of_the_last_key_but_one_is_refused)
{
	struct peer_options o = { .version = TLS1_3_VERSION };

	ck_assert(resumed_after(TLS1_3_VERSION, TICKET_LIFETIME_S + 1)); /* seals: the second key */
	peer_close(&second);
	clock_ahead_ns += (TICKET_LIFETIME_S - 60) * MONO_NS_PER_S;
	o.session = first.session;
	peer_connect(&second, ctx, &o);
	ck_assert(second.result.resumed);
	peer_close(&second);
	clock_ahead_ns += 120 * MONO_NS_PER_S; /* the third */
	peer_connect(&second, ctx, &o);
	ck_assert(!second.result.resumed);
}
END_TEST

/* Name of the key that seals. */
static void seal(uint8_t name[16])
{
	uint8_t out[TICKET_SIZE(1)];

	ck_assert_int_eq(ticket_keys_seal(tickets, out, "x", 1), sizeof(out));
	memcpy(name, out, 16);
}

/* One thread makes the next key while another, which looked at the clock before, waits
 * for the lock: a third key would put out all tickets of the first. */
START_TEST(ticket_key_that_is_newer_than_now_goes_on)
{
	uint8_t fresh[16], name[16];

	clock_ahead_ns += (TICKET_LIFETIME_S + 60) * MONO_NS_PER_S;
	seal(fresh);
	clock_ahead_ns -= MONO_NS_PER_S;
	seal(name);
	ck_assert_mem_eq(name, fresh, sizeof(name));
}
END_TEST

START_TEST(ticket_of_a_key_that_is_newer_than_now_is_good)
{
	struct peer_options o = { .version = _i };
	uint8_t name[16];

	clock_ahead_ns += (TICKET_LIFETIME_S + 60) * MONO_NS_PER_S;
	seal(name);
	peer_connect(&first, ctx, &o);
	peer_send(&first, "x", 1);
	peer_client_expects(&first, "x", 1);
	o.session = first.session;
	clock_ahead_ns -= 30 * MONO_NS_PER_S;
	peer_connect(&second, ctx, &o);
	ck_assert(second.result.resumed);
}
END_TEST

/* The session with one bit of its ticket turned. */
static SSL_SESSION *damaged(SSL_SESSION *session, size_t at)
{
	unsigned char *der = NULL, *to;
	const unsigned char *ticket, *from;
	int len = i2d_SSL_SESSION(session, &der);
	SSL_SESSION *made;
	size_t ticket_len;

	ck_assert_int_gt(len, 0);
	SSL_SESSION_get0_ticket(session, &ticket, &ticket_len);
	ck_assert_uint_lt(at, ticket_len);
	to = memmem(der, (size_t)len, ticket, ticket_len);
	ck_assert_ptr_nonnull(to);
	to[at] ^= 0x10;
	from = der;
	made = d2i_SSL_SESSION(NULL, &from, len);
	ck_assert_ptr_nonnull(made);
	OPENSSL_free(der);
	return made;
}

START_TEST(ticket_that_was_changed_is_refused)
{
	struct peer_options o = { .version = _i };
	const unsigned char *ticket;
	size_t len;

	peer_connect(&first, ctx, &o);
	peer_send(&first, "x", 1);
	peer_client_expects(&first, "x", 1);
	SSL_SESSION_get0_ticket(first.session, &ticket, &len);
	for (size_t at = 0; at < len; at += 7) { /* name, nonce, content, code */
		o.session = damaged(first.session, at);
		peer_connect(&second, ctx, &o);
		ck_assert(!second.result.resumed);
		SSL_SESSION_free(o.session);
		peer_close(&second);
	}
	o.session = first.session;
	peer_connect(&second, ctx, &o);
	ck_assert(second.result.resumed);
}
END_TEST

START_TEST(ticket_keys_seal_says_how_much)
{
	uint8_t content[100] = { 0 }, out[TICKET_SIZE(sizeof(content))];

	for (size_t len = 1; len <= sizeof(content); len++) {
		memset(out, 0, sizeof(out));
		ck_assert_int_eq(ticket_keys_seal(tickets, out, content, len), TICKET_SIZE(len));
	}
}
END_TEST

START_TEST(ticket_holds_no_state_here)
{
	static struct peer third;
	struct peer_options o = { .version = TLS1_3_VERSION };

	ck_assert(resumed_after(TLS1_3_VERSION, 0));
	o.session = first.session; /* the same again: nobody remembers */
	peer_connect(&third, ctx, &o);
	ck_assert(third.result.resumed);
	peer_close(&third);
}
END_TEST

START_TEST(ticket_keys_live_as_long_as_their_users)
{
	ticket_keys_unref(tickets);
	tickets = NULL;
	ck_assert(resumed_after(TLS1_3_VERSION, 0));
	ticket_keys_unref(NULL);
}
END_TEST

Suite *test_ticket_suite(void)
{
	Suite *s = suite_create("ticket");
	TCase *c = tcase_create("keys");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_loop_test(c, ticket_is_good_at_once, TLS1_2_VERSION, TLS1_3_VERSION + 1);
	tcase_add_loop_test(c, ticket_of_the_key_before_is_good, TLS1_2_VERSION, TLS1_3_VERSION + 1);
	tcase_add_test(c, ticket_opens_after_its_key_has_stopped_sealing);
	tcase_add_loop_test(c, ticket_of_a_key_too_old_is_refused, TLS1_2_VERSION, TLS1_3_VERSION + 1);
	tcase_add_test(c, ticket_of_the_last_key_but_one_is_refused);
	tcase_add_test(c, ticket_key_that_is_newer_than_now_goes_on);
	tcase_add_loop_test(c, ticket_of_a_key_that_is_newer_than_now_is_good, TLS1_2_VERSION, TLS1_3_VERSION + 1);
	tcase_add_loop_test(c, ticket_that_was_changed_is_refused, TLS1_2_VERSION, TLS1_3_VERSION + 1);
	tcase_add_test(c, ticket_keys_seal_says_how_much);
	tcase_add_test(c, ticket_holds_no_state_here);
	tcase_add_test(c, ticket_keys_live_as_long_as_their_users);
	suite_add_tcase(s, c);
	return s;
}
