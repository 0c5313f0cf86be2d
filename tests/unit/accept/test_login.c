/* SPDX-License-Identifier: MIT
 * Logins against a real accept plane on loopback. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bus/messages.h"
#include "proto/frame.h"
#include "tests/unit/accept/scene.h"

Suite *test_login_suite(void);

#define PLAIN_HEAD "Upgrade: DERP\r\nConnection: Upgrade\r\n"

/* Starts the relay; a client connects and sends a whole login with these fields
 * of HTTP and this document, in one segment. */
static void send_login(const char *fields, const char *json)
{
	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	caller_put_request(&scene.sent, fields);
	caller_put_client_info(&scene.caller, &scene.sent, json, strlen(json));
	caller_send(&scene.caller, scene.sent.data, scene.sent.len);
}

START_TEST(login_in_one_segment)
{
	const uint8_t loopback[16] = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 };
	struct server_info info;
	struct sockaddr_in self;
	socklen_t len = sizeof(self);
	struct handover h;

	send_login(PLAIN_HEAD, "{}");
	caller_expect_greeting(&scene.caller, false);
	h = relay_take(&scene.relay, 0);
	ck_assert(key_equal(&h.key, &scene.caller.key));
	ck_assert_mem_eq(h.addr.ip, loopback, 16);
	ck_assert_int_eq(getsockname(scene.caller.fd, (struct sockaddr *)&self, &len), 0);
	ck_assert_uint_eq(h.addr.port, ntohs(self.sin_port));
	ck_assert_ptr_null(h.leftover);
	ck_assert_uint_eq(h.leftover_len, 0);
	ck_assert_uint_eq(h.flags, 0);
	ck_assert_uint_eq(h.transport, PEER_TRANSPORT_PLAIN);
	ck_assert_uint_ne(h.conn_id, 0);
	ck_assert_uint_ne(h.accepted_ns, 0);
	ck_assert(caller_open_server_info(&scene.caller, &h, &info));
	ck_assert_int_eq(info.version, 2);
	ck_assert_int_eq(info.rate_bytes_per_s, 0);
	ck_assert_uint_eq(conn_count_total(scene.relay.count), 1); /* stays taken */
	relay_drop(&scene.relay, &h);
	scene_check_logins(LOGIN_OK, 1);
}
END_TEST

START_TEST(login_byte_by_byte)
{
	struct handover h;

	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	caller_put_login(&scene.caller, &scene.sent);
	caller_send_bytewise(&scene.caller, scene.sent.data, scene.sent.len);
	caller_expect_greeting(&scene.caller, false);
	h = relay_take(&scene.relay, 0);
	ck_assert(key_equal(&h.key, &scene.caller.key));
	ck_assert_uint_eq(h.leftover_len, 0);
	relay_drop(&scene.relay, &h);
	scene_check_logins(LOGIN_OK, 1);
}
END_TEST

START_TEST(login_step_by_step)
{
	struct handover h;

	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	caller_put_request(&scene.sent, PLAIN_HEAD);
	caller_send(&scene.caller, scene.sent.data, scene.sent.len);
	caller_expect_greeting(&scene.caller, false);
	bytes_release(&scene.sent);
	caller_put_client_info(&scene.caller, &scene.sent, "{}", 2);
	caller_send(&scene.caller, scene.sent.data, scene.sent.len);
	h = relay_take(&scene.relay, 0);
	relay_drop(&scene.relay, &h);
	scene_check_logins(LOGIN_OK, 1);
}
END_TEST

START_TEST(login_socket_is_tuned_and_does_not_block)
{
	struct handover h;
	int value;
	socklen_t len = sizeof(value);
	char byte;

	send_login(PLAIN_HEAD, "{}");
	h = relay_take(&scene.relay, 0);
	ck_assert_int_eq(recv(h.fd, &byte, 1, 0), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(getsockopt(h.fd, IPPROTO_TCP, TCP_NODELAY, &value, &len), 0);
	ck_assert_int_eq(value, 1);
	ck_assert_int_eq(getsockopt(h.fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, &len), 0);
	ck_assert_int_eq(value, 128 * 1024);
	ck_assert_int_eq(getsockopt(h.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &len), 0);
	ck_assert_int_eq(value, 15000);
	relay_drop(&scene.relay, &h);
}
END_TEST

START_TEST(login_fast_start_gets_no_http)
{
	struct handover h;

	send_login("Upgrade: DERP\r\nConnection: Upgrade\r\nDerp-Fast-Start: 1\r\n", "{}");
	caller_expect_greeting(&scene.caller, true);
	h = relay_take(&scene.relay, 0);
	relay_drop(&scene.relay, &h);
	scene_check_logins(LOGIN_OK, 1);
}
END_TEST

START_TEST(login_fast_start_means_1_only)
{
	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	caller_put_request(&scene.sent, "Upgrade: DERP\r\nDerp-Fast-Start: 0\r\n");
	caller_send(&scene.caller, scene.sent.data, scene.sent.len);
	caller_expect_greeting(&scene.caller, false);
}
END_TEST

static void fill_pattern(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(i * 31 + (i >> 8));
}

/* What follows ClientInfo at once must reach the shard, in the hand-over or in
 * the socket, whole and in order. */
static void check_pipelined(size_t len, bool bytewise)
{
	uint8_t *tail = malloc(len), *arrived = malloc(len);
	struct handover h;
	size_t have;

	ck_assert(tail && arrived);
	fill_pattern(tail, len);
	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	caller_put_login(&scene.caller, &scene.sent);
	ck_assert_int_eq(bytes_append(&scene.sent, tail, len), 0);
	if (bytewise)
		caller_send_bytewise(&scene.caller, scene.sent.data, scene.sent.len);
	else
		caller_send(&scene.caller, scene.sent.data, scene.sent.len);
	h = relay_take(&scene.relay, 0);
	ck_assert_uint_le(h.leftover_len, len);
	if (h.leftover_len > 0)
		memcpy(arrived, h.leftover, h.leftover_len);
	have = h.leftover_len;
	while (have < len) {
		ssize_t n = recv(h.fd, arrived + have, len - have, 0);

		ck_assert(n > 0 || (n < 0 && errno == EAGAIN));
		have += n > 0 ? (size_t)n : 0;
	}
	ck_assert_mem_eq(arrived, tail, len);
	relay_drop(&scene.relay, &h);
	free(tail);
	free(arrived);
	scene_check_logins(LOGIN_OK, 1);
}

START_TEST(login_pipelined_bytes_are_handed_over)
{
	check_pipelined(1, false);
}
END_TEST

START_TEST(login_pipelined_bytes_one_by_one_are_handed_over)
{
	check_pipelined(300, true);
}
END_TEST

START_TEST(login_many_pipelined_bytes_are_not_lost)
{
	check_pipelined(150000, false);
}
END_TEST

START_TEST(login_longest_client_info)
{
	size_t len = FRAME_CLIENT_INFO_MAX - KEY_SIZE - FRAME_NONCE_SIZE - BOX_MAC_SIZE;
	char *json = malloc(len);
	struct handover h;

	ck_assert_ptr_nonnull(json);
	memset(json, ' ', len);
	json[0] = '{';
	json[len - 1] = '}';
	relay_start(&scene.relay);
	caller_connect(&scene.caller, &scene.relay);
	caller_put_request(&scene.sent, "Upgrade: DERP\r\n");
	caller_put_client_info(&scene.caller, &scene.sent, json, len);
	caller_send(&scene.caller, scene.sent.data, scene.sent.len);
	h = relay_take(&scene.relay, 0);
	ck_assert_uint_eq(h.leftover_len, 0);
	relay_drop(&scene.relay, &h);
	free(json);
	scene_check_logins(LOGIN_OK, 1);
}
END_TEST

START_TEST(login_old_websocket_upgrade_is_derp)
{
	struct handover h;

	send_login("Upgrade: WebSocket\r\nConnection: Upgrade\r\n", "null");
	caller_expect_greeting(&scene.caller, false);
	h = relay_take(&scene.relay, 0);
	ck_assert_uint_eq(h.flags & PEER_FLAG_WEBSOCKET, 0);
	relay_drop(&scene.relay, &h);
}
END_TEST

START_TEST(login_flags_come_from_info_and_head)
{
	struct handover h;

	send_login("Upgrade: DERP\r\nIdeal-Node: derp9\r\n", "{\"CanAckPings\":true}");
	h = relay_take(&scene.relay, 0);
	ck_assert_uint_eq(h.flags, PEER_FLAG_NOT_IDEAL | PEER_FLAG_CAN_ACK_PINGS);
	relay_drop(&scene.relay, &h);
}
END_TEST

START_TEST(login_empty_ideal_node_is_none)
{
	struct handover h;

	send_login("Upgrade: DERP\r\nIdeal-Node: \r\n", "{}");
	h = relay_take(&scene.relay, 0);
	ck_assert_uint_eq(h.flags, 0);
	relay_drop(&scene.relay, &h);
}
END_TEST

/* Logs in with a mesh key of bytes `fill`. */
static struct handover login_with_mesh_key(uint8_t fill)
{
	uint8_t mesh_key[32];
	char json[128], hex[65];
	struct handover h;

	memset(mesh_key, fill, sizeof(mesh_key));
	bytes_to_hex(hex, mesh_key, sizeof(mesh_key));
	bytes_release(&scene.sent);
	caller_connect(&scene.caller, &scene.relay);
	caller_put_request(&scene.sent, "Upgrade: DERP\r\n");
	snprintf(json, sizeof(json), "{\"meshKey\":\"%s\"}", hex);
	caller_put_client_info(&scene.caller, &scene.sent, json, strlen(json));
	caller_send(&scene.caller, scene.sent.data, scene.sent.len);
	h = relay_take(&scene.relay, 0);
	return h;
}

START_TEST(login_rate_is_told_to_clients_but_not_to_the_mesh)
{
	struct server_info info;
	struct handover h;

	scene.relay.settings.client_rate = INT64_MAX;
	scene.relay.settings.client_burst = INT64_MAX;
	scene.relay.settings.has_mesh_key = true;
	memset(scene.relay.settings.mesh_key, 7, sizeof(scene.relay.settings.mesh_key));
	relay_start(&scene.relay);
	h = login_with_mesh_key(8); /* not this region's: an ordinary client */
	ck_assert_uint_eq(h.flags & PEER_FLAG_MESH, 0);
	ck_assert(caller_open_server_info(&scene.caller, &h, &info));
	ck_assert_int_eq(info.rate_bytes_per_s, INT64_MAX);
	ck_assert_int_eq(info.burst_bytes, INT64_MAX);
	relay_drop(&scene.relay, &h);
	caller_close(&scene.caller);
	h = login_with_mesh_key(7);
	ck_assert_uint_ne(h.flags & PEER_FLAG_MESH, 0);
	ck_assert(caller_open_server_info(&scene.caller, &h, &info));
	ck_assert_int_eq(info.rate_bytes_per_s, 0);
	relay_drop(&scene.relay, &h);
	scene_check_logins(LOGIN_OK, 2);
}
END_TEST

START_TEST(login_goes_to_the_shard_of_its_key)
{
	enum { LOGINS = 12 };

	scene.relay.shards = 3;
	relay_start(&scene.relay);
	for (int i = 0; i < LOGINS; i++) {
		struct handover h;

		caller_connect(&scene.caller, &scene.relay);
		bytes_release(&scene.sent);
		caller_put_login(&scene.caller, &scene.sent);
		caller_send(&scene.caller, scene.sent.data, scene.sent.len);
		h = relay_take(&scene.relay, scene.caller.key.bytes[0] % 3);
		ck_assert(key_equal(&h.key, &scene.caller.key));
		relay_drop(&scene.relay, &h);
		caller_close(&scene.caller);
	}
	scene_check_logins(LOGIN_OK, LOGINS);
}
END_TEST

START_TEST(login_ids_are_unique_and_rise)
{
	uint64_t last = 0;

	relay_start(&scene.relay);
	for (int i = 0; i < 5; i++) {
		struct handover h;

		caller_connect(&scene.caller, &scene.relay);
		bytes_release(&scene.sent);
		caller_put_login(&scene.caller, &scene.sent);
		caller_send(&scene.caller, scene.sent.data, scene.sent.len);
		h = relay_take(&scene.relay, 0);
		ck_assert_uint_gt(h.conn_id, last);
		last = h.conn_id;
		relay_drop(&scene.relay, &h);
		caller_close(&scene.caller);
	}
}
END_TEST

/* Fills the ring to the shard; nobody takes anything. */
static void fill_ring(struct caller *callers)
{
	for (int i = 0; i < BUS_HANDOVERS; i++) {
		bytes_release(&scene.sent);
		caller_connect(&callers[i], &scene.relay);
		caller_put_login(&callers[i], &scene.sent);
		caller_send(&callers[i], scene.sent.data, scene.sent.len);
		caller_expect_greeting(&callers[i], false);
	}
}

START_TEST(login_waits_for_a_full_ring_and_loses_nothing)
{
	static struct caller callers[BUS_HANDOVERS];
	struct handover h;

	relay_start(&scene.relay);
	fill_ring(callers);
	bytes_release(&scene.sent);
	caller_connect(&scene.caller, &scene.relay);
	caller_put_login(&scene.caller, &scene.sent);
	ck_assert_int_eq(bytes_append_text(&scene.sent, "behind"), 0);
	caller_send(&scene.caller, scene.sent.data, scene.sent.len);
	caller_expect_greeting(&scene.caller, false);
	for (int i = 0; i < BUS_HANDOVERS; i++) {
		h = relay_take(&scene.relay, 0);
		relay_drop(&scene.relay, &h);
		caller_close(&callers[i]);
	}
	h = relay_take(&scene.relay, 0);
	ck_assert(key_equal(&h.key, &scene.caller.key));
	ck_assert_uint_eq(h.leftover_len, 6);
	ck_assert_mem_eq(h.leftover, "behind", 6);
	relay_drop(&scene.relay, &h);
	scene_check_logins(LOGIN_OK, BUS_HANDOVERS + 1);
}
END_TEST

START_TEST(login_ring_full_until_the_deadline_is_overload)
{
	static struct caller callers[BUS_HANDOVERS];
	uint64_t over;

	scene.relay.settings.handshake_timeout_ms = 3000; /* enough for those before it, or they count as well */
	relay_start(&scene.relay);
	fill_ring(callers);
	bytes_release(&scene.sent);
	caller_connect(&scene.caller, &scene.relay);
	caller_put_login(&scene.caller, &scene.sent);
	caller_send(&scene.caller, scene.sent.data, scene.sent.len);
	caller_expect_greeting(&scene.caller, false);
	caller_expect_end(&scene.caller);
	over = relay_logins(&scene.relay, LOGIN_OVERLOAD);
	ck_assert_uint_ge(over, 1);
	for (int i = 0; i < BUS_HANDOVERS; i++)
		caller_close(&callers[i]);
	scene_check_logins(LOGIN_OK, BUS_HANDOVERS + 1 - over);
	/* What nobody took is freed with the bus. */
}
END_TEST

START_TEST(login_client_gone_while_the_ring_is_full)
{
	static struct caller callers[BUS_HANDOVERS];
	const struct linger hard = { .l_onoff = 1 };

	relay_start(&scene.relay);
	fill_ring(callers);
	bytes_release(&scene.sent);
	caller_connect(&scene.caller, &scene.relay);
	caller_put_login(&scene.caller, &scene.sent);
	caller_send(&scene.caller, scene.sent.data, scene.sent.len);
	caller_expect_greeting(&scene.caller, false);
	ck_assert_int_eq(setsockopt(scene.caller.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), 0);
	caller_close(&scene.caller);
	while (relay_logins(&scene.relay, LOGIN_EOF) == 0)
		continue;
	for (int i = 0; i < BUS_HANDOVERS; i++)
		caller_close(&callers[i]);
	scene_check_logins(LOGIN_OK, BUS_HANDOVERS);
}
END_TEST

Suite *test_login_suite(void)
{
	Suite *s = suite_create("login");
	TCase *tc = tcase_create("login");

	tcase_add_checked_fixture(tc, scene_set, scene_clear);
	tcase_add_test(tc, login_in_one_segment);
	tcase_add_test(tc, login_byte_by_byte);
	tcase_add_test(tc, login_step_by_step);
	tcase_add_test(tc, login_socket_is_tuned_and_does_not_block);
	tcase_add_test(tc, login_fast_start_gets_no_http);
	tcase_add_test(tc, login_fast_start_means_1_only);
	tcase_add_test(tc, login_pipelined_bytes_are_handed_over);
	tcase_add_test(tc, login_pipelined_bytes_one_by_one_are_handed_over);
	tcase_add_test(tc, login_many_pipelined_bytes_are_not_lost);
	tcase_add_test(tc, login_longest_client_info);
	tcase_add_test(tc, login_old_websocket_upgrade_is_derp);
	tcase_add_test(tc, login_flags_come_from_info_and_head);
	tcase_add_test(tc, login_empty_ideal_node_is_none);
	tcase_add_test(tc, login_rate_is_told_to_clients_but_not_to_the_mesh);
	tcase_add_test(tc, login_goes_to_the_shard_of_its_key);
	tcase_add_test(tc, login_ids_are_unique_and_rise);
	tcase_add_test(tc, login_waits_for_a_full_ring_and_loses_nothing);
	tcase_add_test(tc, login_ring_full_until_the_deadline_is_overload);
	tcase_add_test(tc, login_client_gone_while_the_ring_is_full);
	suite_add_tcase(s, tc);
	return s;
}
