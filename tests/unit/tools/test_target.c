/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "tools/lib/target.h"
#include "util/error.h"

Suite *test_target_suite(void);

START_TEST(target_split_takes_names_and_addresses)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} cases[] = {
		{ "relay.example", "relay.example", 3340 },
		{ "192.0.2.1:443", "192.0.2.1", 443 },
		{ "[2001:db8::1]:443", "2001:db8::1", 443 },
		{ "[::1]", "::1", 3340 },
		{ "::1", "::1", 3340 },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(cases); i++) {
		char host[TARGET_HOST_SIZE];
		uint16_t port = TARGET_PORT_PLAIN;

		ck_assert_int_eq(target_split(host, &port, cases[i].text), 0);
		ck_assert_str_eq(host, cases[i].host);
		ck_assert_uint_eq(port, cases[i].port);
	}
}
END_TEST

START_TEST(target_split_refuses_the_rest)
{
	static const char *const bad[] = { "", ":443", "[::1", "[::1]x", "[]:1", "a:", "a:x", "a:0", "a:65536" };

	for (size_t i = 0; i < HD_ARRAY_LEN(bad); i++) {
		char host[TARGET_HOST_SIZE];
		uint16_t port = TARGET_PORT_PLAIN;

		ck_assert_int_lt(target_split(host, &port, bad[i]), 0);
	}
}
END_TEST

START_TEST(target_resolve_takes_addresses_of_both_kinds)
{
	struct sockaddr_storage ss;
	const struct sockaddr_in *v4 = (const void *)&ss;
	const struct sockaddr_in6 *v6 = (const void *)&ss;
	socklen_t len = 0;

	ck_assert_int_eq(target_resolve(&ss, &len, "192.0.2.1", 443), 0);
	ck_assert_uint_eq(len, sizeof(*v4));
	ck_assert_int_eq(v4->sin_family, AF_INET);
	ck_assert_uint_eq(ntohs(v4->sin_port), 443);
	ck_assert_uint_eq(ntohl(v4->sin_addr.s_addr), 0xc0000201);
	ck_assert_int_eq(target_resolve(&ss, &len, "2001:db8::1", 1), 0);
	ck_assert_uint_eq(len, sizeof(*v6));
	ck_assert_int_eq(v6->sin6_family, AF_INET6);
	ck_assert_uint_eq(ntohs(v6->sin6_port), 1);
}
END_TEST

START_TEST(target_resolve_leaves_the_address_of_nobody_alone)
{
	struct sockaddr_storage ss;
	socklen_t len = 77;
	char host[80] = "";

	memset(host, 'a', 64); /* a label may have 63: nobody is asked */
	ck_assert_int_eq(target_resolve(&ss, &len, host, 443), ERROR_NOT_FOUND);
	ck_assert_uint_eq(len, 77);
}
END_TEST

Suite *test_target_suite(void)
{
	Suite *s = suite_create("target");
	TCase *t = tcase_create("target");

	tcase_add_test(t, target_split_takes_names_and_addresses);
	tcase_add_test(t, target_split_refuses_the_rest);
	tcase_add_test(t, target_resolve_takes_addresses_of_both_kinds);
	tcase_add_test(t, target_resolve_leaves_the_address_of_nobody_alone);
	suite_add_tcase(s, t);
	return s;
}
