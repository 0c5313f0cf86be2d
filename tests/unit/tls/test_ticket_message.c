/* SPDX-License-Identifier: MIT
 * The form of the message; that clients take it and come again is test_handshake.c's
 * and test_ticket.c's. */
#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "tls/ticket_message.h"
#include "util/be.h"

Suite *test_ticket_message_suite(void);

static const uint8_t secret[SUITE_HASH_MAX] = { 1, 2, 3 };
static struct ticket_keys *keys;

static void begin(void)
{
	ck_assert_int_eq(ticket_keys_new(&keys), 0);
}

static void end(void)
{
	ticket_keys_unref(keys);
}

START_TEST(ticket_message_put_is_as_rfc_8446_has_it)
{
	uint8_t m[TICKET_MESSAGE_MAX];
	int len = ticket_message_put(m, keys, (enum suite)_i, secret, 3);
	size_t ticket_len;

	ck_assert_int_gt(len, 18);
	ck_assert_int_le(len, TICKET_MESSAGE_MAX);
	ck_assert_uint_eq(be_load32(m), 0x04000000U + (unsigned)len - 4);
	ck_assert_uint_eq(be_load32(m + 4), TICKET_LIFETIME_S);
	ck_assert_uint_eq(m[12], 1);
	ck_assert_uint_eq(m[13], 3);
	ticket_len = be_load16(m + 14);
	ck_assert_uint_eq(16 + ticket_len + 2, (unsigned)len);
	ck_assert_uint_eq(be_load16(m + len - 2), 0);
}
END_TEST

/* Equal ones would let clients be told from each other, or be taken for each other. */
START_TEST(ticket_message_put_makes_another_one_each_time)
{
	uint8_t first[TICKET_MESSAGE_MAX], second[TICKET_MESSAGE_MAX];
	int len = ticket_message_put(first, keys, SUITE_AES_128_GCM, secret, 0);
	int again = ticket_message_put(second, keys, SUITE_AES_128_GCM, secret, 0);

	ck_assert_int_gt(len, 0);
	ck_assert_int_gt(again, 0);
	ck_assert_mem_ne(first + 8, second + 8, 4); /* what hides the age */
	ck_assert_mem_eq(first + 16, second + 16, 16); /* the key's name */
	ck_assert_mem_ne(first + 32, second + 32, 16); /* the nonce */
	ck_assert_mem_ne(first + 48, second + 48, 16);
}
END_TEST

static bool contains(const uint8_t *in, size_t len, const uint8_t *what, size_t n)
{
	for (size_t i = 0; i + n <= len; i++)
		if (memcmp(in + i, what, n) == 0)
			return true;
	return false;
}

START_TEST(ticket_message_put_shows_no_secret)
{
	uint8_t m[TICKET_MESSAGE_MAX];
	int len = ticket_message_put(m, keys, SUITE_AES_128_GCM, secret, 0);

	ck_assert_int_gt(len, 0);
	ck_assert(!contains(m, (size_t)len, secret, 8));
	ck_assert(!contains(m, (size_t)len, (const uint8_t *)TICKET_SESSION_CONTEXT, 10)); /* sealed */
}
END_TEST

Suite *test_ticket_message_suite(void)
{
	Suite *s = suite_create("ticket_message");
	TCase *t = tcase_create("ticket_message");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t, ticket_message_put_is_as_rfc_8446_has_it, 0, SUITE_COUNT);
	tcase_add_test(t, ticket_message_put_makes_another_one_each_time);
	tcase_add_test(t, ticket_message_put_shows_no_secret);
	suite_add_tcase(s, t);
	return s;
}
