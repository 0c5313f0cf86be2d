/* SPDX-License-Identifier: MIT
 * The whole texts are in tests/golden/derp-map. */
#include <check.h>
#include <string.h>

#include "daemon/derp_map.h"
#include "util/error.h"
#include "util/json.h"

Suite *test_derp_map_suite(void);

static struct bytes text;

static void setup(void)
{
	bytes_init(&text, 1 << 16);
}

static void teardown(void)
{
	bytes_release(&text);
}

static bool says(const char *part)
{
	return memmem(text.data, text.len, part, strlen(part)) != NULL;
}

START_TEST(derp_map_of_a_name_leaves_the_addresses_to_dns)
{
	struct derp_map map = { .host = "derp.example.com", .port = 443, .stun_port = -1 };

	ck_assert_int_eq(derp_map_tailscale(&map, &text), 0);
	ck_assert(says("\"HostName\": \"derp.example.com\""));
	ck_assert(says("\"DERPPort\": 443"));
	ck_assert(says("\"STUNPort\": -1"));
	ck_assert(!says("IPv4") && !says("IPv6") && !says("CertName"));
}
END_TEST

START_TEST(derp_map_of_an_address_is_of_one_family)
{
	struct derp_map map = { .host = "192.0.2.1", .port = 443, .stun_port = -1 };

	ck_assert_int_eq(derp_map_tailscale(&map, &text), 0);
	ck_assert(says("\"IPv4\": \"192.0.2.1\"") && says("\"IPv6\": \"none\""));
	map.host = "2001:db8::1";
	ck_assert_int_eq(derp_map_headscale(&map, &text), 0);
	ck_assert(says("ipv4: \"none\"") && says("ipv6: \"2001:db8::1\""));
}
END_TEST

START_TEST(derp_map_names_pin_and_stun_port)
{
	struct derp_map map = { .host = "a", .port = 8443, .stun_port = 3479, .pin = "sha256-raw:00" };

	ck_assert_int_eq(derp_map_headscale(&map, &text), 0);
	ck_assert(says("certname: \"sha256-raw:00\""));
	ck_assert(says("stunport: 3479") && says("derpport: 8443"));
}
END_TEST

START_TEST(derp_map_for_tailscale_is_json)
{
	struct derp_map map = { .host = "2001:db8::1", .port = 1, .stun_port = 3478, .pin = "sha256-raw:00" };

	ck_assert_int_eq(derp_map_tailscale(&map, &text), 0);
	ck_assert(json_valid(text.data, text.len));
}
END_TEST

START_TEST(derp_map_says_when_it_does_not_fit)
{
	struct derp_map map = { .host = "a", .port = 443, .stun_port = -1 };

	for (size_t room = 0; room < 200; room += 20) {
		struct bytes small;

		bytes_init(&small, room);
		ck_assert_int_eq(derp_map_headscale(&map, &small), ERROR_TOO_BIG);
		ck_assert_int_eq(derp_map_tailscale(&map, &small), ERROR_TOO_BIG);
		bytes_release(&small);
	}
}
END_TEST

Suite *test_derp_map_suite(void)
{
	Suite *s = suite_create("derp_map");
	TCase *tc = tcase_create("text");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, derp_map_of_a_name_leaves_the_addresses_to_dns);
	tcase_add_test(tc, derp_map_of_an_address_is_of_one_family);
	tcase_add_test(tc, derp_map_names_pin_and_stun_port);
	tcase_add_test(tc, derp_map_for_tailscale_is_json);
	tcase_add_test(tc, derp_map_says_when_it_does_not_fit);
	suite_add_tcase(s, tc);
	return s;
}
