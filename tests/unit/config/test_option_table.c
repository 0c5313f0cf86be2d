/* SPDX-License-Identifier: MIT
 * What holds for every row, and the names and defaults that users rely on. */
#include <check.h>
#include <string.h>

#include "config/option.h"
#include "config/option_table.h"
#include "config/rule.h"
#include "config/value.h"
#include "util/error.h"

Suite *test_option_table_suite(void);

#define FOR_EACH_ROW(row) \
	for (const struct option_row *row = option_table; row < option_table + option_table_rows; row++)

START_TEST(option_table_rows_are_complete)
{
	FOR_EACH_ROW(row)
	{
		ck_assert_msg(row->name && row->flag && row->help, "row %zu", option_index(row));
		ck_assert_msg(rule_printable(row->help, strlen(row->help)) && strlen(row->help) <= 80, "%s: help",
			      row->name);
		ck_assert_msg(row->type == OPTION_BOOL || row->argument, "%s: argument", row->name);
		ck_assert_msg((row->type == OPTION_WORD) == (row->words != NULL), "%s: words", row->name);
		ck_assert_msg(row->type != OPTION_NUMBER || (row->min < row->max && row->initial), "%s: range",
			      row->name);
		ck_assert_msg(!row->text_rule || row->wants, "%s: says what it wants", row->name);
		ck_assert_msg(!row->number_rule || row->wants, "%s: says what it wants", row->name);
	}
}
END_TEST

START_TEST(option_table_names_are_unlike)
{
	FOR_EACH_ROW(a)
	{
		ck_assert_uint_lt(a->offset, sizeof(struct settings));
		for (const struct option_row *b = option_table; b < a; b++) {
			ck_assert_str_ne(a->name, b->name);
			ck_assert_str_ne(a->flag, b->flag);
			ck_assert_uint_ne(a->offset, b->offset);
			ck_assert(!a->letter || a->letter != b->letter);
		}
	}
}
END_TEST

static bool same_group(const struct option_row *a, const struct option_row *b)
{
	size_t len = option_group_len(a);

	return option_group_len(b) == len && strncmp(a->name, b->name, len) == 0;
}

/* First row of this row's group. */
static const struct option_row *first_of_group(const struct option_row *row)
{
	FOR_EACH_ROW(first)
	{
		if (same_group(first, row))
			return first;
	}
	return NULL;
}

/* Else the dump would open a group twice. */
START_TEST(option_table_groups_stand_together)
{
	FOR_EACH_ROW(row)
	{
		if (option_group_len(row) == 0 || (row > option_table && same_group(row, row - 1)))
			continue;
		ck_assert_str_eq(first_of_group(row)->name, row->name);
	}
}
END_TEST

START_TEST(option_table_defaults_are_valid)
{
	char reason[VALUE_REASON_MAX] = "";
	struct settings s = { 0 };

	FOR_EACH_ROW(row)
	{
		if (!row->initial)
			continue;
		ck_assert_msg(value_set(&s, row, row->initial, reason) == 0, "%s: %s", row->name, reason);
	}
	settings_release(&s);
}
END_TEST

/* An option without its feature is refused, whatever value is tried, unless
 * that means what the build does anyway. */
START_TEST(option_table_missing_features_are_refused)
{
	static const char *const tries[] = { "1", "true", "require", "/x", "a.example", "::1", "http://a/" };
	char reason[VALUE_REASON_MAX];

	FOR_EACH_ROW(row)
	{
		struct settings s;
		bool refused = false;

		ck_assert_int_eq(settings_init(&s), 0);
		for (size_t i = 0; i < HD_ARRAY_LEN(tries); i++)
			refused |= value_set(&s, row, tries[i], reason) == ERROR_UNSUPPORTED;
		ck_assert_msg(refused == (row->missing != NULL), "%s", row->name);
		settings_release(&s);
	}
}
END_TEST

/* NAME, FLAG, DEFAULT: what documents and scripts outside depend on. */
static const struct {
	const char *name;
	const char *flag;
	const char *initial;
} published[] = {
	{ "port", "port", "3340" },
	{ "listen", "listen", NULL },
	{ "workers", "workers", "0" },
	{ "pin_cores", "pin-workers", NULL },
	{ "accept_threads", "accept-threads", "1" },
	{ "sockbuf", "sockbuf", "0" },
	{ "sqpoll", "sqpoll", "false" },
	{ "tls_cert", "tls-cert", NULL },
	{ "tls_key", "tls-key", NULL },
	{ "tls_cert_2", "tls-cert-2", NULL },
	{ "tls_key_2", "tls-key-2", NULL },
	{ "ktls", "ktls", "auto" },
	{ "key_file", "key-file", NULL },
	{ "hostname", "hostname", NULL },
	{ "log_level", "log-level", "info" },
	{ "max_accept_rate", "max-accept-rate", "0" },
	{ "accept_burst", "accept-burst", "0" },
	{ "max_connections", "max-connections", "0" },
	{ "max_connections_per_ip", "max-connections-per-ip", "0" },
	{ "handshake_timeout_ms", "handshake-timeout-ms", "10000" },
	{ "handshake_memory", "handshake-memory", "134217728" },
	{ "write_timeout_ms", "write-timeout-ms", "2000" },
	{ "stop_timeout_ms", "stop-timeout-ms", "12000" },
	{ "tcp_user_timeout_ms", "tcp-user-timeout-ms", "15000" },
	{ "tcp_keepalive_s", "tcp-keepalive-s", "600" },
	{ "keepalive_s", "keepalive-s", "60" },
	{ "buf_size", "buf-size", "16384" },
	{ "buf_ring_size", "buf-ring-size", "128" },
	{ "buf_parts", "buf-parts", "true" },
	{ "client_rate", "client-rate", "0" },
	{ "client_burst", "client-burst", "0" },
	{ "metrics.port", "metrics-port", "0" },
	{ "metrics.address", "metrics-address", "127.0.0.1" },
	{ "metrics.tls_cert", "metrics-tls-cert", NULL },
	{ "metrics.tls_key", "metrics-tls-key", NULL },
	{ "metrics.debug_endpoints", "debug-endpoints", "false" },
	{ "http_port", "http-port", "0" },
	{ "home", "home", "" },
	{ "acme_webroot", "acme-webroot", NULL },
	{ "stun.port", "stun-port", "3478" },
	{ "mesh.psk_file", "mesh-psk-file", NULL },
	{ "mesh.with", "mesh-with", NULL },
	{ "admission.tailscaled_socket", "verify-clients", NULL },
	{ "admission.url", "verify-client-url", NULL },
	{ "admission.fail_open", "verify-client-url-fail-open", "false" },
	{ "bootstrap_dns", "bootstrap-dns-names", NULL },
	{ "control_socket", "control-socket", NULL },
};

START_TEST(option_table_keeps_published_names_and_defaults)
{
	for (size_t i = 0; i < HD_ARRAY_LEN(published); i++) {
		const struct option_row *row = option_by_name(published[i].name);

		ck_assert_msg(row != NULL, "%s is gone", published[i].name);
		ck_assert_str_eq(row->flag, published[i].flag);
		if (published[i].initial)
			ck_assert_str_eq(row->initial, published[i].initial);
		else
			ck_assert_ptr_null(row->initial);
	}
	ck_assert_int_eq(option_by_name("port")->letter, 'p');
	ck_assert_int_eq(option_by_name("workers")->letter, 'w');
	ck_assert_int_eq(option_by_name("workers")->max, 256);
}
END_TEST

START_TEST(option_table_reloads_only_what_a_running_relay_can_change)
{
	static const char *const names[] = { "log_level", "max_accept_rate", "accept_burst", "max_connections",
					     "max_connections_per_ip" };

	FOR_EACH_ROW(row)
	{
		bool listed = false;

		for (size_t i = 0; i < HD_ARRAY_LEN(names); i++)
			listed |= strcmp(names[i], row->name) == 0;
		ck_assert_msg(row->reloadable == listed, "%s", row->name);
	}
}
END_TEST

Suite *test_option_table_suite(void)
{
	Suite *s = suite_create("option_table");
	TCase *tc = tcase_create("rows");

	tcase_add_test(tc, option_table_rows_are_complete);
	tcase_add_test(tc, option_table_names_are_unlike);
	tcase_add_test(tc, option_table_groups_stand_together);
	tcase_add_test(tc, option_table_defaults_are_valid);
	tcase_add_test(tc, option_table_missing_features_are_refused);
	tcase_add_test(tc, option_table_keeps_published_names_and_defaults);
	tcase_add_test(tc, option_table_reloads_only_what_a_running_relay_can_change);
	suite_add_tcase(s, tc);
	return s;
}
