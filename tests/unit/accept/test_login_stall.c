/* SPDX-License-Identifier: MIT
 * Clients that stop in the middle: nobody waits for them, and they not for ever. */
#include <check.h>
#include <poll.h>
#include <string.h>

#include "proto/frame.h"
#include "tests/unit/accept/scene.h"

Suite *test_login_stall_suite(void);

#define SHORT_MS 50

#define BYTES_MAX (1024 * 1024)

/* How far a stalled client went. */
enum stall {
	STALL_SILENT,
	STALL_IN_HEAD,
	STALL_UPGRADED,
	STALL_IN_HEADER,
	STALL_IN_INFO,
	STALL_PAGE,
	STALL_COUNT
};

/* All that the client sends. */
static void put_stalled(struct caller *c, enum stall where, struct bytes *b)
{
	size_t request_len;

	if (where == STALL_SILENT)
		return;
	if (where == STALL_PAGE) {
		ck_assert_int_eq(bytes_append_text(b, "GET /robots.txt HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
		return;
	}
	caller_put_request(b, "Upgrade: DERP\r\n");
	request_len = b->len;
	if (where == STALL_IN_HEAD)
		b->len--;
	if (where == STALL_IN_HEADER || where == STALL_IN_INFO)
		caller_put_client_info(c, b, "{}", 2);
	if (where == STALL_IN_HEADER)
		b->len = request_len + FRAME_HEADER_SIZE - 1;
	if (where == STALL_IN_INFO)
		b->len--;
}

static void stall(struct caller *c, enum stall where)
{
	struct bytes b;

	bytes_init(&b, BYTES_MAX);
	caller_connect(c, &scene.relay);
	put_stalled(c, where, &b);
	caller_send(c, b.data, b.len);
	if (where == STALL_PAGE)
		ck_assert_int_eq(caller_read_response(c, NULL), 200);
	else if (where >= STALL_UPGRADED)
		caller_expect_greeting(c, false);
	bytes_release(&b);
}

START_TEST(login_works_while_others_stall_in_every_step)
{
	enum { EACH = 20 };
	static struct caller stalled[STALL_COUNT][EACH];

	relay_start(&scene.relay);
	for (int where = 0; where < STALL_COUNT; where++)
		for (int i = 0; i < EACH; i++)
			stall(&stalled[where][i], (enum stall)where);
	scene_check_serves();
	ck_assert_uint_eq(conn_count_total(scene.relay.count), STALL_COUNT * EACH);
	relay_stop(&scene.relay);
	for (int where = 0; where < STALL_COUNT; where++)
		for (int i = 0; i < EACH; i++) {
			caller_expect_end(&stalled[where][i]);
			caller_close(&stalled[where][i]);
		}
	/* One that was served a page has had what it came for. */
	ck_assert_uint_eq(relay_logins(&scene.relay, LOGIN_PAGE), EACH);
	scene_check_logins(LOGIN_SHUTDOWN, (STALL_COUNT - 1) * EACH);
	ck_assert_uint_eq(conn_count_total(scene.relay.count), 0);
}
END_TEST

/* On a busy machine the deadline may come even earlier than the stall. */
START_TEST(login_deadline_ends_every_step)
{
	scene.relay.settings.handshake_timeout_ms = SHORT_MS;
	relay_start(&scene.relay);
	for (int where = 0; where < STALL_COUNT; where++) {
		caller_connect(&scene.caller, &scene.relay);
		bytes_release(&scene.sent);
		put_stalled(&scene.caller, (enum stall)where, &scene.sent);
		caller_try_send(&scene.caller, scene.sent.data, scene.sent.len);
		caller_read_end(&scene.caller, &scene.got);
		caller_close(&scene.caller);
		ck_assert_uint_eq(relay_logins_all(&scene.relay), (uint64_t)where + 1);
		if (where != STALL_PAGE)
			ck_assert_uint_eq(relay_logins(&scene.relay, LOGIN_TIMEOUT), (uint64_t)where + 1);
	}
}
END_TEST

/* One byte at a time and never done: progress does not move the deadline. */
START_TEST(login_deadline_is_for_the_whole_login)
{
	struct pollfd p = { .events = POLLIN };
	const char *head = "GET /derp HTTP/1.1\r\nX: ";

	scene.relay.settings.handshake_timeout_ms = SHORT_MS;
	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	p.fd = scene.caller.fd;
	caller_try_send(&scene.caller, head, strlen(head));
	while (poll(&p, 1, 1) == 0) /* a byte each millisecond until the relay closes */
		caller_try_send(&scene.caller, "a", 1);
	caller_close(&scene.caller);
	scene_check_logins(LOGIN_TIMEOUT, 1);
}
END_TEST

/* Most of the largest ClientInfo, and then nothing. */
static void stall_with_much(struct caller *c)
{
	static uint8_t info[200000];

	frame_header_store(info, FRAME_CLIENT_INFO, FRAME_CLIENT_INFO_MAX);
	stall(c, STALL_UPGRADED);
	caller_send(c, info, sizeof(info));
}

START_TEST(login_that_keeps_bytes_longest_makes_room_for_others)
{
	struct caller stalled[4];
	struct handover h;

	scene.relay.settings.handshake_memory = 300000;
	relay_start(&scene.relay);
	for (size_t i = 0; i < HD_ARRAY_LEN(stalled); i++) {
		stall_with_much(&stalled[i]);
		if (i > 0)
			caller_read_end(&stalled[i - 1], &scene.got);
	}
	caller_connect(&scene.caller, &scene.relay);
	caller_put_login(&scene.caller, &scene.sent);
	caller_send_bytewise(&scene.caller, scene.sent.data, scene.sent.len);
	h = relay_take(&scene.relay, 0);
	relay_drop(&scene.relay, &h);
	ck_assert_uint_eq(relay_logins(&scene.relay, LOGIN_STALLED), HD_ARRAY_LEN(stalled) - 1);
	for (size_t i = 0; i < HD_ARRAY_LEN(stalled); i++)
		caller_close(&stalled[i]);
}
END_TEST

/* What a login kept counts no longer when it has gone on, or has ended. */
START_TEST(login_that_kept_bytes_gives_them_back)
{
	scene.relay.settings.handshake_memory = 300000;
	relay_start(&scene.relay);
	for (int i = 0; i < 10; i++) {
		stall_with_much(&scene.caller);
		caller_finish(&scene.caller);
		caller_read_end(&scene.caller, &scene.got);
		caller_close(&scene.caller);
		scene_check_serves();
	}
	ck_assert_uint_eq(relay_logins(&scene.relay, LOGIN_STALLED), 0);
	ck_assert_uint_eq(relay_logins(&scene.relay, LOGIN_EOF), 10);
}
END_TEST

#define CROWD 12

static struct caller crowd[CROWD];

/* Each has left memory in use behind it when the next one comes. */
static void stall_crowd(size_t handshake_memory)
{
	scene.relay.settings.threads = RELAY_THREADS_MAX;
	scene.relay.settings.handshake_memory = handshake_memory;
	relay_start(&scene.relay);
	for (int i = 0; i < CROWD; i++)
		stall(&crowd[i], STALL_IN_INFO);
}

/* Blocks until so many of them have been closed. */
static void await_ends(int count)
{
	struct pollfd p[CROWD];

	for (int i = 0; i < CROWD; i++)
		p[i] = (struct pollfd){ .fd = crowd[i].fd, .events = POLLIN };
	while (count > 0) {
		ck_assert_int_gt(poll(p, CROWD, -1), 0);
		for (int i = 0; i < CROWD; i++) {
			if (!p[i].revents)
				continue;
			p[i].fd = -1;
			count--;
		}
	}
}

static void close_crowd(void)
{
	for (int i = 0; i < CROWD; i++)
		caller_close(&crowd[i]);
}

/* The part of each thread is less than a byte: one keeps its memory, for whoever
 * comes is not put out by himself. */
START_TEST(login_memory_of_less_bytes_than_threads_is_a_bound_all_the_same)
{
	stall_crowd(RELAY_THREADS_MAX - 1);
	await_ends(CROWD - RELAY_THREADS_MAX);
	relay_stop(&scene.relay);
	ck_assert_uint_ge(relay_logins(&scene.relay, LOGIN_STALLED), CROWD - RELAY_THREADS_MAX);
	ck_assert_uint_eq(relay_logins(&scene.relay, LOGIN_STALLED) + relay_logins(&scene.relay, LOGIN_SHUTDOWN),
			  CROWD);
	close_crowd();
}
END_TEST

START_TEST(login_memory_of_zero_is_no_bound)
{
	stall_crowd(0);
	scene_check_serves();
	scene_check_logins(LOGIN_SHUTDOWN, CROWD);
	close_crowd();
}
END_TEST

Suite *test_login_stall_suite(void)
{
	Suite *s = suite_create("login_stall");
	TCase *tc = tcase_create("login_stall");

	tcase_add_checked_fixture(tc, scene_set, scene_clear);
	tcase_add_test(tc, login_works_while_others_stall_in_every_step);
	tcase_add_test(tc, login_deadline_ends_every_step);
	tcase_add_test(tc, login_deadline_is_for_the_whole_login);
	tcase_add_test(tc, login_that_keeps_bytes_longest_makes_room_for_others);
	tcase_add_test(tc, login_that_kept_bytes_gives_them_back);
	tcase_add_test(tc, login_memory_of_less_bytes_than_threads_is_a_bound_all_the_same);
	tcase_add_test(tc, login_memory_of_zero_is_no_bound);
	suite_add_tcase(s, tc);
	return s;
}
