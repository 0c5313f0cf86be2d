/* SPDX-License-Identifier: MIT
 * Start and stop of the plane, and what is left behind. */
#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/accept/caller.h"
#include "tests/unit/accept/relay.h"
#include "util/error.h"

Suite *test_accept_suite(void);

#define BYTES_MAX (1024 * 1024)

static struct relay relay;

static void setup(void)
{
	relay_init(&relay);
}

static int descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* One client of each kind; leaves nothing open on its side. */
static void mixed_clients(void)
{
	struct caller c;
	struct handover h;
	struct bytes b;

	bytes_init(&b, BYTES_MAX);
	caller_connect(&c, &relay);
	caller_put_login(&c, &b);
	ck_assert_int_eq(bytes_append_text(&b, "leftover"), 0);
	caller_send(&c, b.data, b.len);
	h = relay_take(&relay, 0);
	relay_drop(&relay, &h);
	caller_close(&c);
	caller_connect(&c, &relay);
	caller_send_text(&c, "GET / HTTP/1.0\r\n\r\n");
	ck_assert_int_eq(caller_read_response(&c, NULL), 200);
	caller_close(&c);
	caller_connect(&c, &relay);
	caller_send(&c, b.data, b.len / 2);
	caller_close(&c);
	caller_connect(&c, &relay);
	caller_send_text(&c, "nonsense\r\n\r\n");
	ck_assert_int_eq(caller_read_response(&c, NULL), 400);
	caller_close(&c);
	bytes_release(&b);
}

START_TEST(accept_leaves_no_descriptor_behind)
{
	int before = descriptors();

	relay_start(&relay);
	for (int i = 0; i < 20; i++)
		mixed_clients();
	relay_stop(&relay);
	ck_assert_uint_eq(relay_logins_all(&relay), relay_stat(&relay, STAT_ACCEPTS));
	ck_assert_uint_eq(conn_count_total(relay.count), 0);
	relay_release(&relay);
	ck_assert_int_eq(descriptors(), before - 1); /* less the listener, open before */
}
END_TEST

START_TEST(accept_stop_ends_open_logins)
{
	struct caller silent, waiting;
	struct bytes b;

	bytes_init(&b, BYTES_MAX);
	relay_start(&relay);
	caller_connect(&silent, &relay);
	caller_connect(&waiting, &relay);
	caller_put_request(&b, "Upgrade: DERP\r\n");
	caller_send(&waiting, b.data, b.len);
	caller_expect_greeting(&waiting, false); /* accepted after the silent one */
	relay_stop(&relay);
	caller_expect_end(&silent);
	caller_expect_end(&waiting);
	ck_assert_uint_eq(relay_logins(&relay, LOGIN_SHUTDOWN), 2);
	caller_close(&silent);
	caller_close(&waiting);
	relay_release(&relay);
	bytes_release(&b);
}
END_TEST

START_TEST(accept_stop_before_run_ends_at_once)
{
	relay.settings.threads = 2;
	relay_start(&relay);
	relay_stop(&relay); /* most likely before the threads got that far */
	accept_plane_stop(relay.plane);
	accept_plane_run(relay.plane, 0);
	accept_plane_run(relay.plane, 1);
	ck_assert_uint_eq(relay_logins_all(&relay), 0);
	relay_release(&relay);
}
END_TEST

START_TEST(accept_threads_share_the_listener)
{
	enum { CALLERS = 200 };
	static struct caller callers[CALLERS];
	struct handover h;
	struct bytes b;

	bytes_init(&b, BYTES_MAX);
	relay.settings.threads = 4;
	relay.shards = 2;
	relay_start(&relay);
	for (int i = 0; i < CALLERS; i++) {
		caller_connect(&callers[i], &relay);
		bytes_release(&b);
		caller_put_login(&callers[i], &b);
		caller_send(&callers[i], b.data, b.len);
	}
	for (int i = 0; i < CALLERS; i++) {
		h = relay_take(&relay, callers[i].key.bytes[0] % 2);
		relay_drop(&relay, &h);
	}
	for (int i = 0; i < CALLERS; i++)
		caller_close(&callers[i]);
	relay_stop(&relay);
	ck_assert_uint_eq(relay_logins(&relay, LOGIN_OK), CALLERS);
	ck_assert_uint_eq(relay_stat(&relay, STAT_ACCEPTS), CALLERS);
	relay_release(&relay);
	bytes_release(&b);
}
END_TEST

static uint16_t shard_zero(const void *ctx, const struct key *key)
{
	(void)ctx;
	(void)key;
	return 0;
}

START_TEST(accept_plane_new_refuses_a_home_it_cannot_serve)
{
	struct accept_plane *plane = NULL;
	struct stats *stats;
	int before, err;

	relay_start(&relay);
	relay_stop(&relay);
	stats = relay.stats[0];
	before = descriptors();
	relay.settings.home = "gopher://example.com";
	err = accept_plane_new(&plane, &relay.settings, &relay.bus, relay.count, &stats, shard_zero, NULL);
	ck_assert_int_eq(err, ERROR_MALFORMED);
	ck_assert_ptr_null(plane);
	ck_assert_int_eq(descriptors(), before);
	relay_release(&relay);
}
END_TEST

START_TEST(accept_plane_strings_may_go_after_new)
{
	char home[] = "http://example.com/", hostname[] = "relay.example";
	struct caller c;
	struct bytes b;

	bytes_init(&b, BYTES_MAX);
	relay.settings.home = home;
	relay.settings.hostname = hostname;
	relay_start(&relay);
	memset(home, 'x', sizeof(home) - 1);
	caller_connect(&c, &relay);
	caller_send_text(&c, "GET / HTTP/1.0\r\n\r\n");
	ck_assert_int_eq(caller_read_response(&c, &b), 302);
	ck_assert_int_eq(bytes_append(&b, "", 1), 0);
	ck_assert_ptr_nonnull(strstr((char *)b.data, "Location: http://example.com/\r\n"));
	caller_close(&c);
	relay_release(&relay);
	bytes_release(&b);
}
END_TEST

START_TEST(accept_plane_free_takes_null)
{
	accept_plane_free(NULL);
	close(relay.listen_fd);
}
END_TEST

Suite *test_accept_suite(void)
{
	Suite *s = suite_create("accept");
	TCase *tc = tcase_create("accept");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, accept_leaves_no_descriptor_behind);
	tcase_add_test(tc, accept_stop_ends_open_logins);
	tcase_add_test(tc, accept_stop_before_run_ends_at_once);
	tcase_add_test(tc, accept_threads_share_the_listener);
	tcase_add_test(tc, accept_plane_new_refuses_a_home_it_cannot_serve);
	tcase_add_test(tc, accept_plane_strings_may_go_after_new);
	tcase_add_test(tc, accept_plane_free_takes_null);
	suite_add_tcase(s, tc);
	return s;
}
