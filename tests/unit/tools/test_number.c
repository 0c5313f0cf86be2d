/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tools/lib/number.h"
#include "util/error.h"

Suite *test_number_suite(void);

START_TEST(number_duration_takes_fractions_and_suffixes)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {
		{ "10", 10000000000 },	{ "10s", 10000000000 }, { "1.5m", 90000000000 },
		{ "250ms", 250000000 }, { "0.5us", 500 },	{ "0", 0 },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(cases); i++) {
		uint64_t ns = 1;

		ck_assert_int_eq(number_parse_duration(&ns, cases[i].text), 0);
		ck_assert_uint_eq(ns, cases[i].ns);
	}
}
END_TEST

START_TEST(number_rate_tells_packets_from_bits)
{
	bool packets = true;
	uint64_t rate;

	ck_assert_int_eq(number_parse_rate(&rate, &packets, "2.5G"), 0);
	ck_assert_uint_eq(rate, 2500000000);
	ck_assert(!packets);
	ck_assert_int_eq(number_parse_rate(&rate, &packets, "20kpps"), 0);
	ck_assert_uint_eq(rate, 20000);
	ck_assert(packets);
}
END_TEST

START_TEST(number_refuses_what_is_no_number)
{
	static const char *const bad[] = {
		"", "-1", "+1", " 1", "1 ", "x", "1.", ".5", "1e3", "1,5", "1x", "0x10"
	};
	uint64_t n = 77;
	bool packets = false;

	for (size_t i = 0; i < HD_ARRAY_LEN(bad); i++) {
		ck_assert_int_eq(number_parse_duration(&n, bad[i]), ERROR_MALFORMED);
		ck_assert_int_eq(number_parse_rate(&n, &packets, bad[i]), ERROR_MALFORMED);
		ck_assert_int_eq(number_parse_bytes(&n, bad[i]), ERROR_MALFORMED);
		ck_assert_int_eq(number_parse_count(&n, bad[i], 0, 100), ERROR_MALFORMED);
	}
	ck_assert_uint_eq(n, 77);
}
END_TEST

START_TEST(number_refuses_what_does_not_fit)
{
	uint64_t n = 77;
	bool packets;

	ck_assert_int_eq(number_parse_duration(&n, "99999999999999999999"), ERROR_RANGE);
	ck_assert_int_eq(number_parse_duration(&n, "18446744073709551615"), ERROR_RANGE);
	ck_assert_int_eq(number_parse_duration(&n, "0.1234567891"), ERROR_RANGE);
	ck_assert_int_eq(number_parse_rate(&n, &packets, "0"), ERROR_RANGE);
	ck_assert_int_eq(number_parse_count(&n, "9", 10, 20), ERROR_RANGE);
	ck_assert_int_eq(number_parse_count(&n, "21", 10, 20), ERROR_RANGE);
	ck_assert_int_eq(number_parse_count(&n, "18446744073709551616", 0, UINT64_MAX), ERROR_RANGE);
	ck_assert_uint_eq(n, 77);
	ck_assert_int_eq(number_parse_count(&n, "18446744073709551615", 0, UINT64_MAX), 0);
	ck_assert_uint_eq(n, UINT64_MAX);
}
END_TEST

START_TEST(number_percent_is_in_millionths)
{
	uint32_t ppm = 0;

	ck_assert_int_eq(number_parse_percent(&ppm, "0.5"), 0);
	ck_assert_uint_eq(ppm, 5000);
	ck_assert_int_eq(number_parse_percent(&ppm, "100%"), 0);
	ck_assert_uint_eq(ppm, 1000000);
	ck_assert_int_eq(number_parse_percent(&ppm, "100.1"), ERROR_RANGE);
}
END_TEST

START_TEST(number_bytes_are_in_powers_of_1024)
{
	uint64_t n = 0;

	ck_assert_int_eq(number_parse_bytes(&n, "64K"), 0);
	ck_assert_uint_eq(n, 65536);
	ck_assert_int_eq(number_parse_bytes(&n, "1.5m"), 0);
	ck_assert_uint_eq(n, 1572864);
}
END_TEST

Suite *test_number_suite(void)
{
	Suite *s = suite_create("number");
	TCase *t = tcase_create("number");

	tcase_add_test(t, number_duration_takes_fractions_and_suffixes);
	tcase_add_test(t, number_rate_tells_packets_from_bits);
	tcase_add_test(t, number_refuses_what_is_no_number);
	tcase_add_test(t, number_refuses_what_does_not_fit);
	tcase_add_test(t, number_percent_is_in_millionths);
	tcase_add_test(t, number_bytes_are_in_powers_of_1024);
	suite_add_tcase(s, t);
	return s;
}
