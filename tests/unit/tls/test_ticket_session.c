/* SPDX-License-Identifier: MIT
 * What is put is what OpenSSL takes out. */
#include <check.h>
#include <openssl/ssl.h>
#include <string.h>

#include "tls/ticket_session.h"
#include "util/bytes.h"

Suite *test_ticket_session_suite(void);

static struct ticket_session session_of(enum suite suite)
{
	struct ticket_session s = {
		.suite = suite,
		.made_at = 1763730000,
		.lifetime_s = 43200,
		.age_add = 0x80c0ffee,
	};

	for (size_t i = 0; i < sizeof(s.psk); i++)
		s.psk[i] = (uint8_t)(i + 1);
	return s;
}

START_TEST(ticket_session_put_gives_this)
{
	struct ticket_session s = session_of(SUITE_AES_128_GCM);
	uint8_t out[TICKET_SESSION_MAX];
	char hex[2 * TICKET_SESSION_MAX + 1];

	bytes_to_hex(hex, out, ticket_session_put(out, &s));
	ck_assert_str_eq(hex, "3055" "020101" "02020304" "04021301" "0400"
			      "04200102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
			      "a106020469206250" "a205020300a8c0" "a40c040a68797065722d64657270"
			      "ae0702050080c0ffee");
}
END_TEST

START_TEST(ticket_session_put_is_what_openssl_reads)
{
	struct ticket_session s = session_of((enum suite)_i);
	uint8_t out[TICKET_SESSION_MAX], psk[SUITE_HASH_MAX];
	const unsigned char *at = out, *context;
	size_t len = ticket_session_put(out, &s);
	SSL_SESSION *read = d2i_SSL_SESSION(NULL, &at, (long)len);
	unsigned int context_len;

	ck_assert_ptr_nonnull(read);
	ck_assert_ptr_eq(at, out + len);
	ck_assert_int_eq(SSL_SESSION_get_protocol_version(read), TLS1_3_VERSION);
	ck_assert_uint_eq(SSL_CIPHER_get_protocol_id(SSL_SESSION_get0_cipher(read)), suite_wire_id(s.suite));
	ck_assert_uint_eq(SSL_SESSION_get_master_key(read, psk, sizeof(psk)), suite_hash_size(s.suite));
	ck_assert_mem_eq(psk, s.psk, suite_hash_size(s.suite));
	ck_assert_int_eq(SSL_SESSION_get_time(read), s.made_at);
	ck_assert_int_eq(SSL_SESSION_get_timeout(read), s.lifetime_s);
	context = SSL_SESSION_get0_id_context(read, &context_len);
	ck_assert_uint_eq(context_len, strlen(TICKET_SESSION_CONTEXT));
	ck_assert_mem_eq(context, TICKET_SESSION_CONTEXT, context_len);
	ck_assert_uint_eq(SSL_SESSION_get_max_early_data(read), 0);
	SSL_SESSION_free(read);
}
END_TEST

/* DER has one form for each number: the shortest, and 0 is left out. */
START_TEST(ticket_session_put_writes_numbers_in_their_shortest_form)
{
	static const struct {
		uint32_t value;
		const char *hex; /* at the end */
	} rows[] = {
		{ 0, "7065722d64657270" }, /* the context's */
		{ 1, "ae03020101" },
		{ 0x7f, "ae0302017f" },
		{ 0x80, "ae0402020080" },
		{ 0x7fff, "ae0402027fff" },
		{ 0x8000, "ae050203008000" },
		{ 0x7fffffff, "ae0602047fffffff" },
		{ 0xffffffff, "ae07020500ffffffff" },
	};
	struct ticket_session s = session_of(SUITE_AES_256_GCM);
	uint8_t out[TICKET_SESSION_MAX];
	const unsigned char *at = out;
	char hex[2 * TICKET_SESSION_MAX + 1];
	size_t len;
	SSL_SESSION *read;

	s.age_add = rows[_i].value;
	len = ticket_session_put(out, &s);
	bytes_to_hex(hex, out, len);
	ck_assert_str_eq(hex + 2 * len - strlen(rows[_i].hex), rows[_i].hex);
	read = d2i_SSL_SESSION(NULL, &at, (long)len);
	ck_assert_ptr_nonnull(read);
	ck_assert_ptr_eq(at, out + len);
	SSL_SESSION_free(read);
}
END_TEST

/* The largest numbers, the longest key. */
START_TEST(ticket_session_put_has_room)
{
	struct ticket_session s = session_of(SUITE_AES_256_GCM);
	uint8_t out[TICKET_SESSION_MAX + 1];

	s.made_at = INT64_MAX;
	s.lifetime_s = s.age_add = UINT32_MAX;
	out[TICKET_SESSION_MAX] = 0x5a;
	ck_assert_uint_le(ticket_session_put(out, &s), TICKET_SESSION_MAX);
	ck_assert_uint_eq(out[TICKET_SESSION_MAX], 0x5a);
}
END_TEST

Suite *test_ticket_session_suite(void)
{
	Suite *s = suite_create("ticket_session");
	TCase *t = tcase_create("ticket_session");

	tcase_add_test(t, ticket_session_put_gives_this);
	tcase_add_loop_test(t, ticket_session_put_is_what_openssl_reads, 0, SUITE_COUNT);
	tcase_add_loop_test(t, ticket_session_put_writes_numbers_in_their_shortest_form, 0, 8);
	tcase_add_test(t, ticket_session_put_has_room);
	suite_add_tcase(s, t);
	return s;
}
