/* SPDX-License-Identifier: MIT
 * What clients with the region's mesh key may do: watch, close, forward. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/e2e/client_fixture.h"
#include "util/be.h"
#include "util/error.h"

#define WATCHERS 65
#define CROWD 300

static const char *const worker_counts[] = { "1", "2", "4" };
static const uint8_t mesh_key[32] = { 9, 8, 7, 6, 5, 4, 3, 2, 1 };

/* A relay of a region; its mesh key file has white space around the key. */
static struct daemon *start_mesh(int i)
{
	char hex[2 * sizeof(mesh_key) + 1], text[80];
	const char *path = daemon_fixture_path("mesh.key");

	bytes_to_hex(hex, mesh_key, sizeof(mesh_key));
	snprintf(text, sizeof(text), "  %s\n", hex);
	daemon_fixture_write_file(path, text, 0600);
	return daemon_start(DAEMON_ARGS("--mesh-psk-file", path, "--workers", worker_counts[i]));
}

static struct derp_client *watching(struct daemon *d)
{
	struct derp_client *c = client_login_mesh(d, mesh_key);

	client_send_frame(c, FRAME_WATCH_CONNS, NULL, 0);
	return c;
}

static uint16_t local_port(struct derp_client *c)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	ck_assert_int_eq(getsockname(derp_client_stream(c)->fd, (struct sockaddr *)&in, &len), 0);
	return ntohs(in.sin_port);
}

/* The body is about this client, as the relay sees it. */
static void check_present(const struct derp_frame *f, struct derp_client *about, uint8_t flags)
{
	static const uint8_t loopback[16] = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 };

	ck_assert_mem_eq(f->body, derp_client_key(about)->bytes, KEY_SIZE);
	ck_assert_mem_eq(f->body + KEY_SIZE, loopback, sizeof(loopback));
	ck_assert_uint_eq(be_load16(f->body + KEY_SIZE + 16), local_port(about));
	ck_assert_uint_eq(f->body[KEY_SIZE + 18], flags);
}

static void expect_present(struct derp_client *watcher, struct derp_client *about, uint8_t flags)
{
	struct derp_frame f = client_expect(watcher, FRAME_PEER_PRESENT, FRAME_PRESENT_BODY_SIZE);

	check_present(&f, about, flags);
}

/* `count` PeerPresent frames in any order, each about another of these. */
static void expect_all_present(struct derp_client *watcher, struct derp_client *const *clients, unsigned count)
{
	bool seen[CROWD + 1] = { false };

	for (unsigned n = 0; n < count; n++) {
		struct derp_frame f = client_expect(watcher, FRAME_PEER_PRESENT, FRAME_PRESENT_BODY_SIZE);
		unsigned i = 0;

		while (i < count && memcmp(f.body, derp_client_key(clients[i])->bytes, KEY_SIZE) != 0)
			i++;
		ck_assert_uint_lt(i, count);
		ck_assert(!seen[i]);
		seen[i] = true;
	}
}

START_TEST(mesh_watcher_sees_who_is_there_comes_and_goes)
{
	struct daemon *d = start_mesh(_i);
	struct derp_client *there = client_login(d);
	struct derp_client_options prober_options = client_options(d);
	struct derp_client *watcher = client_login_mesh(d, mesh_key);
	struct derp_client *comes, *prober, *mesh;
	struct key gone;

	client_send_frame(watcher, FRAME_WATCH_CONNS, NULL, 0);
	expect_all_present(watcher, (struct derp_client *[]){ there, watcher }, 2);
	comes = client_login(d);
	expect_present(watcher, comes, FRAME_PRESENT_REGULAR);
	prober_options.prober = true;
	ck_assert_int_eq(derp_client_open(&prober, &prober_options), 0);
	expect_present(watcher, prober, FRAME_PRESENT_PROBER);
	mesh = client_login_mesh(d, mesh_key);
	expect_present(watcher, mesh, FRAME_PRESENT_MESH);
	gone = *derp_client_key(there);
	derp_client_free(there);
	client_expect_gone(watcher, &gone, FRAME_GONE_DISCONNECTED);
	gone = *derp_client_key(comes);
	derp_client_free(comes);
	client_expect_gone(watcher, &gone, FRAME_GONE_DISCONNECTED);
	client_sync(watcher);
	daemon_await_metric(d, "watchers", 1);
	derp_client_free(prober);
	derp_client_free(mesh);
	derp_client_free(watcher);
	daemon_await_metric(d, "watchers", 0);
	daemon_stop(d);
}
END_TEST

/* What comes with the login is about a peer that control hears of in the same
 * moment: neither may be lost. */
START_TEST(mesh_watch_sent_with_the_login_is_not_lost)
{
	struct daemon *d = start_mesh(_i);
	struct derp_client_options o = client_options(d);
	struct key server = daemon_public_key(d);

	o.mesh_key = mesh_key;
	o.fast_start = true;
	o.server_key = &server;
	for (int i = 0; i < 50; i++) {
		static const uint8_t watch[] = { FRAME_WATCH_CONNS, 0, 0, 0, 0 };
		static const uint8_t ping[] = { FRAME_PING, 0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8 };
		struct derp_client *c;
		struct bytes session;
		bool pong = false, present = false;

		bytes_init(&session, 4096);
		ck_assert_int_eq(derp_client_new(&c, &o), 0);
		ck_assert_int_eq(derp_client_write_request(c, &session), 0);
		ck_assert_int_eq(derp_client_write_client_info(c, &session), 0);
		ck_assert_int_eq(bytes_append(&session, watch, sizeof(watch)), 0);
		ck_assert_int_eq(bytes_append(&session, ping, sizeof(ping)), 0);
		ck_assert_int_eq(derp_client_connect(c), 0);
		client_send_raw(c, session.data, session.len);
		ck_assert_int_eq(derp_client_await_server_key(c), 0);
		ck_assert_int_eq(derp_client_await_server_info(c), 0);
		while (!pong || !present) {
			struct derp_frame f = client_next(c);

			pong = pong || f.type == FRAME_PONG;
			/* Control may not have heard yet that the client before left. */
			if (f.type == FRAME_PEER_PRESENT &&
			    memcmp(f.body, derp_client_key(c)->bytes, KEY_SIZE) == 0) {
				check_present(&f, c, FRAME_PRESENT_MESH);
				present = true;
			}
		}
		bytes_release(&session);
		derp_client_free(c);
		daemon_await_metric(d, "peers_active", 0);
	}
	daemon_stop(d);
}
END_TEST

START_TEST(mesh_watcher_hears_of_each_connection_that_comes_and_of_the_last_that_goes)
{
	struct daemon *d = start_mesh(_i);
	struct derp_client *watcher = watching(d);
	struct derp_client *first, *second;
	struct key same;

	expect_present(watcher, watcher, FRAME_PRESENT_MESH);
	first = client_login(d);
	expect_present(watcher, first, FRAME_PRESENT_REGULAR);
	same = *derp_client_key(first);
	second = client_login_as(d, derp_client_private_key(first));
	expect_present(watcher, second, FRAME_PRESENT_REGULAR);
	daemon_await_metric(d, "peers_active", 3);
	client_sync(watcher);
	derp_client_free(second);
	daemon_await_metric(d, "peers_active", 2);
	client_sync(watcher);
	derp_client_free(first);
	client_expect_gone(watcher, &same, FRAME_GONE_DISCONNECTED);
	derp_client_free(watcher);
	daemon_stop(d);
}
END_TEST

/* More than any compiled-in table of watchers, and a crowd for each to see. */
START_TEST(mesh_has_any_number_of_watchers)
{
	struct daemon *d = start_mesh(_i);
	static struct derp_client *crowd[CROWD + 1], *watchers[WATCHERS];
	struct derp_client *late;
	struct key gone;

	for (int i = 0; i < CROWD; i++)
		crowd[i] = client_login(d);
	for (int i = 0; i < WATCHERS; i++) {
		struct derp_frame f;

		watchers[i] = client_login_mesh(d, mesh_key);
		client_send_frame(watchers[i], FRAME_WATCH_CONNS, NULL, 0);
		for (int n = 0; n < CROWD + i + 1; n++) {
			f = client_expect(watchers[i], FRAME_PEER_PRESENT, FRAME_PRESENT_BODY_SIZE);
			ck_assert_uint_ne(f.body[KEY_SIZE + 18], 0);
		}
		for (int earlier = 0; earlier < i; earlier++)
			expect_present(watchers[earlier], watchers[i], FRAME_PRESENT_MESH);
	}
	daemon_await_metric(d, "watchers", WATCHERS);
	late = client_login(d);
	for (int i = 0; i < WATCHERS; i++)
		expect_present(watchers[i], late, FRAME_PRESENT_REGULAR);
	gone = *derp_client_key(late);
	derp_client_free(late);
	for (int i = 0; i < WATCHERS; i++) {
		client_expect_gone(watchers[i], &gone, FRAME_GONE_DISCONNECTED);
		derp_client_free(watchers[i]);
	}
	for (int i = 0; i < CROWD; i++)
		derp_client_free(crowd[i]);
	daemon_await_metric(d, "peers_active", 0);
	daemon_await_metric(d, "watchers", 0);
	daemon_stop(d);
}
END_TEST

START_TEST(mesh_relay_that_watches_itself_is_told_nothing)
{
	struct daemon *d = start_mesh(_i);
	struct derp_client_options o = client_options(d);
	char *file = daemon_fixture_read_file(daemon_fixture_path("derper.key"));
	uint8_t private_key[KEY_SIZE];
	struct derp_client *self, *other;

	ck_assert_ptr_nonnull(strstr(file, "privkey:"));
	ck_assert(bytes_from_hex(private_key, sizeof(private_key), strstr(file, "privkey:") + strlen("privkey:")));
	o.private_key = private_key;
	o.mesh_key = mesh_key;
	ck_assert_int_eq(derp_client_open(&self, &o), 0);
	client_send_frame(self, FRAME_WATCH_CONNS, NULL, 0);
	other = client_login(d);
	client_sync(self);
	derp_client_free(other);
	daemon_await_metric(d, "peers_active", 1);
	client_sync(self);
	daemon_await_metric(d, "watchers", 0);
	derp_client_free(self);
	free(file);
	daemon_stop(d);
}
END_TEST

START_TEST(mesh_close_peer_ends_all_connections_of_the_key)
{
	struct daemon *d = start_mesh(_i);
	struct derp_client *mesh = client_login_mesh(d, mesh_key);
	struct derp_client *first = client_login(d), *other = client_login(d);
	struct derp_client *second = client_login_as(d, derp_client_private_key(first));
	struct key nobody;

	client_fill(nobody.bytes, KEY_SIZE, 3);
	client_send_frame(mesh, FRAME_CLOSE_PEER, nobody.bytes, KEY_SIZE); /* no such key: nothing happens */
	client_send_frame(mesh, FRAME_CLOSE_PEER, derp_client_key(first)->bytes, KEY_SIZE);
	client_expect_closed(first);
	client_expect_closed(second);
	daemon_await_metric(d, "closes_total{reason=\"by_mesh\"}", 2);
	client_sync(mesh);
	client_sync(other);
	daemon_await_metric(d, "peers_active", 2);
	derp_client_free(first);
	derp_client_free(second);
	derp_client_free(other);
	derp_client_free(mesh);
	daemon_stop(d);
}
END_TEST

START_TEST(mesh_forwards_under_the_key_of_the_source)
{
	struct daemon *d = start_mesh(_i);
	struct derp_client *mesh = client_login_mesh(d, mesh_key), *to = client_login(d);
	static uint8_t packet[FRAME_PACKET_MAX];
	static const uint32_t sizes[] = { 0, 1, 1400, 16300, 65536 };
	struct key source;

	client_fill(source.bytes, KEY_SIZE, 5);
	for (size_t i = 0; i < HD_ARRAY_LEN(sizes); i++) {
		client_fill(packet, sizes[i], i);
		ck_assert_int_eq(derp_client_forward_packet(mesh, &source, derp_client_key(to), packet, sizes[i],
							    DAEMON_FIXTURE_WAIT_MS),
				 0);
		client_expect_packet(to, &source, packet, sizes[i]);
	}
	daemon_await_metric(d, "forwarded_in_packets_total", HD_ARRAY_LEN(sizes));
	derp_client_free(to);
	derp_client_free(mesh);
	daemon_stop(d);
}
END_TEST

START_TEST(mesh_forward_to_nobody_is_dropped_and_told_for_disco)
{
	struct daemon *d = start_mesh(_i);
	struct derp_client *mesh = client_login_mesh(d, mesh_key);
	struct key source, nobody;
	uint8_t disco[80];

	client_fill(source.bytes, KEY_SIZE, 5);
	client_fill(nobody.bytes, KEY_SIZE, 6);
	client_fill_disco(disco, sizeof(disco));
	ck_assert_int_eq(derp_client_forward_packet(mesh, &source, &nobody, "x", 1, DAEMON_FIXTURE_WAIT_MS), 0);
	ck_assert_int_eq(derp_client_forward_packet(mesh, &source, &nobody, disco, sizeof(disco),
						    DAEMON_FIXTURE_WAIT_MS),
			 0);
	client_expect_gone(mesh, &nobody, FRAME_GONE_NOT_HERE);
	client_sync(mesh);
	daemon_await_metric(d, "drops_total{reason=\"unknown_dest_on_fwd\",kind=\"other\"}", 1);
	daemon_await_metric(d, "drops_total{reason=\"unknown_dest_on_fwd\",kind=\"disco\"}", 1);
	derp_client_free(mesh);
	daemon_stop(d);
}
END_TEST

START_TEST(mesh_key_of_another_region_gives_no_right)
{
	struct daemon *d = start_mesh(_i);
	static const uint8_t wrong[32] = { 1 };
	struct derp_client *c = client_login_mesh(d, wrong);

	client_sync(c); /* a client like any other */
	client_send_frame(c, FRAME_WATCH_CONNS, NULL, 0);
	client_expect_closed(c);
	daemon_await_metric(d, "closes_total{reason=\"not_mesh\"}", 1);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("mesh");
	TCase *t = daemon_fixture_case(s, "mesh");
	int n = HD_ARRAY_LEN(worker_counts);

	tcase_add_loop_test(t, mesh_watcher_sees_who_is_there_comes_and_goes, 0, n);
	tcase_add_loop_test(t, mesh_watch_sent_with_the_login_is_not_lost, 0, n);
	tcase_add_loop_test(t, mesh_watcher_hears_of_each_connection_that_comes_and_of_the_last_that_goes, 0, n);
	tcase_add_loop_test(t, mesh_has_any_number_of_watchers, 0, n);
	tcase_add_loop_test(t, mesh_relay_that_watches_itself_is_told_nothing, 0, n);
	tcase_add_loop_test(t, mesh_close_peer_ends_all_connections_of_the_key, 0, n);
	tcase_add_loop_test(t, mesh_forwards_under_the_key_of_the_source, 0, n);
	tcase_add_loop_test(t, mesh_forward_to_nobody_is_dropped_and_told_for_disco, 0, n);
	tcase_add_test(t, mesh_key_of_another_region_gives_no_right);
	return s;
}

int main(void)
{
	return daemon_fixture_main(make_suite);
}
