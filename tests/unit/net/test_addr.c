/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "net/addr.h"
#include "util/error.h"

Suite *test_addr_suite(void);

/* Parses, splits and prints again. */
static const char *round_trip(const char *text, uint16_t port)
{
	static char out[ADDR_TEXT_SIZE];
	struct sockaddr_storage ss;
	socklen_t len = 0;
	uint8_t ip[16];
	uint16_t split_port;

	ck_assert_int_eq(addr_parse(&ss, &len, text, port), 0);
	ck_assert_uint_eq(len, ss.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
	addr_split((struct sockaddr *)&ss, ip, &split_port);
	ck_assert_uint_eq(split_port, port);
	addr_text(out, ip, split_port);
	return out;
}

START_TEST(addr_text_gives_what_was_parsed)
{
	ck_assert_str_eq(round_trip("192.0.2.1", 3340), "192.0.2.1:3340");
	ck_assert_str_eq(round_trip("0.0.0.0", 0), "0.0.0.0:0");
	ck_assert_str_eq(round_trip("2001:db8::1", 3340), "[2001:db8::1]:3340");
	ck_assert_str_eq(round_trip("[2001:db8::1]", 65535), "[2001:db8::1]:65535");
	ck_assert_str_eq(round_trip("::", 1), "[::]:1");
	ck_assert_str_eq(round_trip("::ffff:192.0.2.7", 5), "192.0.2.7:5");
	ck_assert_str_eq(round_trip("2001:db8:1111:2222:3333:4444:5555:6666", 65535),
			 "[2001:db8:1111:2222:3333:4444:5555:6666]:65535");
}
END_TEST

START_TEST(addr_split_maps_v4_into_v6)
{
	const uint8_t want[16] = { [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 9 };
	struct sockaddr_storage ss;
	socklen_t len;
	uint8_t ip[16];
	uint16_t port;

	ck_assert_int_eq(addr_parse(&ss, &len, "192.0.2.9", 7), 0);
	addr_split((struct sockaddr *)&ss, ip, &port);
	ck_assert_mem_eq(ip, want, 16);
	ck_assert_uint_eq(port, 7);
}
END_TEST

START_TEST(addr_split_of_other_families_is_zero)
{
	const uint8_t zero[16] = { 0 };
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/nowhere" };
	uint8_t ip[16];
	uint16_t port = 9;

	memset(ip, 0xee, sizeof(ip));
	addr_split((struct sockaddr *)&un, ip, &port);
	ck_assert_mem_eq(ip, zero, 16);
	ck_assert_uint_eq(port, 0);
}
END_TEST

START_TEST(addr_parse_refuses_what_is_no_numeric_address)
{
	static const char *const bad[] = {
		"", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", " 1.2.3.4", "1.2.3.4 ", "[1.2.3.4]", "[::1",
		"::1]",
		"[]", "[", ":::", "2001:db8::1%eth0", "01.2.3.4:80",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd",
	};
	struct sockaddr_storage ss;
	socklen_t len = 99;

	memset(&ss, 0x5a, sizeof(ss));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(addr_parse(&ss, &len, bad[i], 1) == ERROR_MALFORMED, "'%s'", bad[i]);
	ck_assert_uint_eq(len, 99); /* outputs untouched */
	ck_assert_uint_eq(ss.ss_family, 0x5a5a);
}
END_TEST

Suite *test_addr_suite(void)
{
	Suite *s = suite_create("addr");
	TCase *tc = tcase_create("addr");

	tcase_add_test(tc, addr_text_gives_what_was_parsed);
	tcase_add_test(tc, addr_split_maps_v4_into_v6);
	tcase_add_test(tc, addr_split_of_other_families_is_zero);
	tcase_add_test(tc, addr_parse_refuses_what_is_no_numeric_address);
	suite_add_tcase(s, tc);
	return s;
}
