/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accept/page.h"
#include "proto/http_response.h"
#include "util/error.h"

Suite *test_page_suite(void);

#define NOW 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */

static struct page_site site;
static char text[32768]; /* the response, NUL-terminated */
static struct http_response response;
static const char *body;

static void site_up(const char *home, const char *hostname)
{
	ck_assert_int_eq(page_site_init(&site, home, hostname), 0);
	ck_assert_uint_lt(site.size_max, sizeof(text));
}

static void setup(void)
{
	site_up("", NULL);
}

static void teardown(void)
{
	page_site_release(&site);
}

/* The response to a request, parsed; true if the connection stays open. */
static bool ask_if(const char *request, bool may_keep)
{
	struct writer w = writer_over(text, site.size_max);
	struct http_request req;
	size_t scanned = 0;
	bool keep;

	ck_assert_int_eq(http_request_parse(&req, (const uint8_t *)request, strlen(request), &scanned), 0);
	keep = page_answer(&w, &site, &req, NOW, may_keep);
	ck_assert(!w.failed);
	text[writer_len(&w)] = '\0';
	scanned = 0;
	ck_assert_int_eq(http_response_parse(&response, (const uint8_t *)text, writer_len(&w), &scanned), 0);
	body = text + response.head_len;
	return keep;
}

static bool ask(const char *request)
{
	return ask_if(request, true);
}

static void check_field(const char *name, const char *value)
{
	const struct http_text *field = http_response_field_of(&response, name);

	ck_assert_msg(field || !value, "no field %s", name);
	if (value)
		ck_assert_msg(http_text_is(*field, value), "%s: %.*s", name, (int)field->len, field->at);
	else
		ck_assert_ptr_null(field);
}

/* Content-Length is the length of what follows. */
static void check_length(void)
{
	char len[24];

	snprintf(len, sizeof(len), "%zu", strlen(body));
	check_field("Content-Length", len);
}

START_TEST(page_home_is_html)
{
	ck_assert(ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
	ck_assert_int_eq(response.status, 200);
	check_field("Content-Type", "text/html; charset=utf-8");
	check_field("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
	check_field("X-Frame-Options", "DENY");
	check_field("Connection", NULL);
	check_length();
	ck_assert_ptr_nonnull(strstr(body, "hyper-derp"));
}
END_TEST

START_TEST(page_unknown_path_is_home)
{
	static const char *const paths[] = { "/nowhere", "/derp/", "/derp/probe/x", "/?a=b", "*" };
	char request[128];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		snprintf(request, sizeof(request), "OPTIONS %s HTTP/1.1\r\nHost: h\r\n\r\n", paths[i]);
		ck_assert(ask(request));
		ck_assert_int_eq(response.status, 200);
		ck_assert_ptr_nonnull(strstr(body, "hyper-derp"));
	}
}
END_TEST

START_TEST(page_head_has_length_and_no_body)
{
	char len[24];

	ck_assert(ask("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"));
	ck_assert_int_eq(response.status, 200);
	ck_assert_str_eq(body, "");
	snprintf(len, sizeof(len), "%zu", strlen(site.home));
	check_field("Content-Length", len);
}
END_TEST

START_TEST(page_home_blank_is_empty)
{
	page_site_release(&site);
	site_up("blank", "relay.example");
	ck_assert(ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
	ck_assert_int_eq(response.status, 200);
	check_field("Content-Type", "text/html; charset=utf-8");
	check_field("Content-Length", "0");
	ck_assert_str_eq(body, "");
}
END_TEST

START_TEST(page_home_url_redirects)
{
	page_site_release(&site);
	site_up("https://example.com/a?b=c", NULL);
	ck_assert(ask("GET /anything HTTP/1.1\r\nHost: h\r\n\r\n"));
	ck_assert_int_eq(response.status, 302);
	check_field("Location", "https://example.com/a?b=c");
	check_length();
	ck_assert(ask("GET /robots.txt HTTP/1.1\r\nHost: h\r\n\r\n"));
	ck_assert_int_eq(response.status, 200);
}
END_TEST

START_TEST(page_home_escapes_hostname)
{
	page_site_release(&site);
	site_up("", "<b>&\"");
	ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(body, "&lt;b&gt;&amp;&quot;"));
	ck_assert_ptr_null(strstr(body, "relay <b>"));
}
END_TEST

START_TEST(page_site_init_refuses_what_cannot_be_served)
{
	char *long_url = malloc(4000), *long_name = malloc(20000);
	struct page_site s = { .size_max = 99 };

	ck_assert_int_eq(page_site_init(&s, "ftp://example.com/", NULL), ERROR_MALFORMED);
	ck_assert_int_eq(page_site_init(&s, "http://example.com/\r\nX: y", NULL), ERROR_MALFORMED);
	ck_assert_int_eq(page_site_init(&s, "http://example.com/a b", NULL), ERROR_MALFORMED);
	ck_assert_int_eq(page_site_init(&s, "http://example.com/\xc3\xa4", NULL), ERROR_MALFORMED);
	snprintf(long_url, 4000, "http://%03500d", 0);
	ck_assert_int_eq(page_site_init(&s, long_url, NULL), ERROR_TOO_BIG);
	memset(long_name, 'a', 19999);
	long_name[19999] = '\0';
	ck_assert_int_eq(page_site_init(&s, "", long_name), ERROR_TOO_BIG);
	ck_assert_uint_eq(s.size_max, 99);
	free(long_url);
	free(long_name);
}
END_TEST

START_TEST(page_longest_redirect_fits)
{
	char url[2049];

	page_site_release(&site);
	memset(url, 'a', sizeof(url) - 1);
	url[sizeof(url) - 1] = '\0';
	memcpy(url, "http://", 7);
	site_up(url, NULL);
	ask_if("GET / HTTP/1.1\r\nHost: h\r\n\r\n", false);
	check_field("Location", url);
}
END_TEST

START_TEST(page_probe_answers_get_and_head_only)
{
	static const char *const paths[] = { "/derp/probe", "/derp/latency-check" };
	char request[128];

	for (int i = 0; i < 2; i++) {
		snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", paths[i]);
		ck_assert(ask(request));
		ck_assert_int_eq(response.status, 200);
		check_field("Access-Control-Allow-Origin", "*");
		check_field("Content-Length", "0");
		snprintf(request, sizeof(request), "HEAD %s HTTP/1.1\r\nHost: h\r\n\r\n", paths[i]);
		ck_assert(ask(request));
		ck_assert_int_eq(response.status, 200);
		check_field("Access-Control-Allow-Origin", "*");
		snprintf(request, sizeof(request), "POST %s HTTP/1.1\r\nHost: h\r\n\r\n", paths[i]);
		ask(request);
		ck_assert_int_eq(response.status, 405);
		check_field("Access-Control-Allow-Origin", NULL);
		check_field("Allow", "GET, HEAD");
		check_length();
	}
}
END_TEST

#define CHALLENGE "GET /generate_204 HTTP/1.1\r\nHost: h\r\nX-Tailscale-Challenge: "

START_TEST(page_generate_204_echoes_good_challenge)
{
	ck_assert(ask(CHALLENGE "ts_host-1.2:3\r\n\r\n"));
	ck_assert_int_eq(response.status, 204);
	check_field("X-Tailscale-Response", "response ts_host-1.2:3");
	check_field("Cache-Control", "no-cache, no-store, must-revalidate, no-transform, max-age=0");
	check_field("Content-Length", NULL);
	ck_assert_str_eq(body, "");
}
END_TEST

START_TEST(page_generate_204_ignores_bad_challenge)
{
	char request[256];

	ask("GET /generate_204 HTTP/1.1\r\nHost: h\r\n\r\n");
	ck_assert_int_eq(response.status, 204);
	check_field("X-Tailscale-Response", NULL);
	ask(CHALLENGE "a b\r\n\r\n");
	check_field("X-Tailscale-Response", NULL);
	snprintf(request, sizeof(request), CHALLENGE "%064d\r\n\r\n", 0);
	ask(request);
	ck_assert_ptr_nonnull(http_response_field_of(&response, "X-Tailscale-Response"));
	snprintf(request, sizeof(request), CHALLENGE "%065d\r\n\r\n", 0);
	ask(request);
	ck_assert_int_eq(response.status, 204);
	check_field("X-Tailscale-Response", NULL);
}
END_TEST

START_TEST(page_robots_disallows_all)
{
	ck_assert(ask("GET /robots.txt HTTP/1.1\r\nHost: h\r\n\r\n"));
	ck_assert_int_eq(response.status, 200);
	ck_assert_str_eq(body, "User-agent: *\nDisallow: /\n");
}
END_TEST

START_TEST(page_bootstrap_dns_without_names_is_empty_and_closes)
{
	ck_assert(!ask("GET /bootstrap-dns?q=example.com HTTP/1.1\r\nHost: h\r\n\r\n"));
	ck_assert_int_eq(response.status, 200);
	check_field("Content-Type", "application/json");
	check_field("Connection", "close");
	check_field("Content-Length", "0");
}
END_TEST

START_TEST(page_connect_is_refused)
{
	ck_assert(!ask("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n"));
	ck_assert_int_eq(response.status, 405);
	check_length();
}
END_TEST

START_TEST(page_connection_closes_when_it_must)
{
	static const char *const closing[] = {
		"GET / HTTP/1.0\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: h\r\nConnection: foo, CLOSE\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(closing) / sizeof(closing[0]); i++) {
		ck_assert_msg(!ask(closing[i]), "%s", closing[i]);
		check_field("Connection", "close");
	}
	ck_assert(!ask_if("GET / HTTP/1.1\r\nHost: h\r\n\r\n", false));
	check_field("Connection", "close");
	ck_assert(ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"));
	check_field("Connection", NULL);
}
END_TEST

START_TEST(page_error_closes_with_a_line_of_text)
{
	struct writer w = writer_over(text, site.size_max);
	size_t scanned = 0;

	page_error(&w, 426, "DERP requires connection upgrade", false, NOW);
	ck_assert(!w.failed);
	text[writer_len(&w)] = '\0';
	ck_assert_int_eq(http_response_parse(&response, (const uint8_t *)text, writer_len(&w), &scanned), 0);
	body = text + response.head_len;
	ck_assert_int_eq(response.status, 426);
	ck_assert_str_eq(body, "DERP requires connection upgrade\n");
	check_field("Upgrade", "DERP");
	check_field("Connection", "close");
	check_length();
}
END_TEST

Suite *test_page_suite(void)
{
	Suite *s = suite_create("page");
	TCase *tc = tcase_create("page");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, page_home_is_html);
	tcase_add_test(tc, page_unknown_path_is_home);
	tcase_add_test(tc, page_head_has_length_and_no_body);
	tcase_add_test(tc, page_home_blank_is_empty);
	tcase_add_test(tc, page_home_url_redirects);
	tcase_add_test(tc, page_home_escapes_hostname);
	tcase_add_test(tc, page_site_init_refuses_what_cannot_be_served);
	tcase_add_test(tc, page_longest_redirect_fits);
	tcase_add_test(tc, page_probe_answers_get_and_head_only);
	tcase_add_test(tc, page_generate_204_echoes_good_challenge);
	tcase_add_test(tc, page_generate_204_ignores_bad_challenge);
	tcase_add_test(tc, page_robots_disallows_all);
	tcase_add_test(tc, page_bootstrap_dns_without_names_is_empty_and_closes);
	tcase_add_test(tc, page_connect_is_refused);
	tcase_add_test(tc, page_connection_closes_when_it_must);
	tcase_add_test(tc, page_error_closes_with_a_line_of_text);
	suite_add_tcase(s, tc);
	return s;
}
