/* SPDX-License-Identifier: MIT
 * Packets, pings, keep-alives, duplicates and PeerGone between logged-in clients. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_fixture.h"
#include "util/be.h"
#include "util/error.h"
#include "util/mono.h"

#define SENDERS 8
#define ORDERED_PACKETS 2000
#define KEYS 16

static const char *const worker_counts[] = { "1", "2", "4" };

static struct daemon *start_workers(int i)
{
	return daemon_start(DAEMON_ARGS("--workers", worker_counts[i]));
}

/* Around the edges of frames, receive buffers and the limit. */
static const uint32_t sizes[] = {
	0,     1,     2,     31,    32,    33,    61,    62,    63,    1280,  1500,  4058,  4059,  4060,  4096,
	8192,  16346, 16347, 16348, 16383, 16384, 16385, 32730, 32731, 32768, 40000, 49152, 65499, 65535, 65536,
};

static void exchange(struct derp_client *from, struct derp_client *to, uint32_t size, uint64_t seed)
{
	static uint8_t packet[FRAME_PACKET_MAX];

	client_fill(packet, size, seed);
	client_send(from, derp_client_key(to), packet, size);
	client_expect_packet(to, derp_client_key(from), packet, size);
}

START_TEST(relay_every_size_in_both_directions)
{
	struct daemon *d = start_workers(_i);
	struct derp_client *a = client_login(d), *b = client_login(d);

	for (size_t i = 0; i < HD_ARRAY_LEN(sizes); i++) {
		exchange(a, b, sizes[i], 2 * i);
		exchange(b, a, sizes[i], 2 * i + 1);
		exchange(a, a, sizes[i], i); /* to itself */
	}
	client_sync(a);
	client_sync(b);
	derp_client_free(a);
	derp_client_free(b);
	daemon_stop(d);
}
END_TEST

START_TEST(relay_reaches_clients_on_every_shard)
{
	struct daemon *d = start_workers(_i);
	struct derp_client *c[KEYS];

	for (int i = 0; i < KEYS; i++)
		c[i] = client_login(d);
	for (int from = 0; from < KEYS; from++)
		for (int to = 0; to < KEYS; to++)
			exchange(c[from], c[to], (uint32_t)(100 * from + to), (uint64_t)from);
	for (int i = 0; i < KEYS; i++)
		derp_client_free(c[i]);
	daemon_stop(d);
}
END_TEST

/* --- order ---------------------------------------------------------------- */

/* Sequence number, then a pattern; the length follows from the number. */
static uint32_t ordered_packet(uint8_t *packet, uint32_t sender, uint32_t number)
{
	uint64_t state = (uint64_t)sender << 32 | (number + 1);
	uint32_t len = 4 + (uint32_t)(client_random(&state) % (number % 50 == 0 ? 60000 : 1400));

	client_fill(packet, len, (uint64_t)sender << 32 | number);
	be_store32(packet, number);
	return len;
}

struct sender {
	struct derp_client *client;
	uint32_t next_out;
	uint32_t next_in; /* what the receiver expects */
};

static void check_ordered(struct sender *senders, const struct derp_frame *f)
{
	static uint8_t want[FRAME_PACKET_MAX];
	uint32_t s, len;

	ck_assert_uint_eq(f->type, FRAME_RECV_PACKET);
	for (s = 0; s < SENDERS; s++)
		if (memcmp(f->body, derp_client_key(senders[s].client)->bytes, KEY_SIZE) == 0)
			break;
	ck_assert_uint_lt(s, SENDERS);
	len = ordered_packet(want, s, senders[s].next_in);
	ck_assert_uint_eq(be_load32(f->body + KEY_SIZE), senders[s].next_in);
	ck_assert_uint_eq(f->len, KEY_SIZE + len);
	ck_assert_mem_eq(f->body + KEY_SIZE, want, len);
	senders[s].next_in++;
}

/* Several senders to one receiver that keeps up: no more is on its way than the
 * relay holds for a client, so nothing may be dropped. */
START_TEST(relay_keeps_the_order_of_each_sender)
{
	struct daemon *d = start_workers(_i);
	struct derp_client *to = client_login(d);
	struct sender senders[SENDERS] = { 0 };
	static uint8_t packet[FRAME_PACKET_MAX];
	uint64_t state = 7;
	uint32_t left = SENDERS * ORDERED_PACKETS, on_the_way = 0;

	for (int i = 0; i < SENDERS; i++)
		senders[i].client = client_login(d);
	while (left > 0 || on_the_way > 0) {
		struct derp_frame f;
		struct sender *s = &senders[client_random(&state) % SENDERS];

		if (s->next_out < ORDERED_PACKETS && on_the_way < 128 * 1024) {
			uint32_t len = ordered_packet(packet, (uint32_t)(s - senders), s->next_out++);

			client_send(s->client, derp_client_key(to), packet, len);
			on_the_way += len;
			left--;
			continue;
		}
		if (on_the_way == 0)
			continue; /* that sender has sent all it had */
		f = client_next(to);
		check_ordered(senders, &f);
		on_the_way -= f.len - KEY_SIZE;
	}
	client_sync(to);
	ck_assert_uint_eq(daemon_metric(d, "send_drops_total"), 0);
	ck_assert_uint_eq(daemon_metric(d, "xfer_drops_total"), 0);
	for (int i = 0; i < SENDERS; i++)
		derp_client_free(senders[i].client);
	derp_client_free(to);
	daemon_stop(d);
}
END_TEST

/* --- ping, keep-alive, what is skipped ------------------------------------ */

START_TEST(relay_answers_pings_with_their_first_eight_bytes)
{
	struct daemon *d = start_workers(_i);
	struct derp_client *c = client_login(d);
	static const uint32_t lengths[] = { 8, 9, 100, 1000 };
	uint8_t ping[1000];

	for (size_t i = 0; i < HD_ARRAY_LEN(lengths); i++) {
		struct derp_frame f;

		client_fill(ping, sizeof(ping), i);
		client_send_frame(c, FRAME_PING, ping, lengths[i]);
		f = client_expect(c, FRAME_PONG, FRAME_PING_SIZE);
		ck_assert_mem_eq(f.body, ping, FRAME_PING_SIZE);
	}
	daemon_await_metric(d, "pings_total", HD_ARRAY_LEN(lengths));
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

START_TEST(relay_keeps_idle_clients_alive)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--keepalive-s", "1"));
	uint64_t start_ns = mono_now_ns(); /* before the relay begins to count */
	struct derp_client *c = client_login(d);

	for (int i = 0; i < 2; i++) {
		struct derp_frame f;

		ck_assert_int_eq(derp_client_recv(c, &f, DAEMON_FIXTURE_WAIT_MS), 0);
		ck_assert_uint_eq(f.type, FRAME_KEEP_ALIVE);
		ck_assert_uint_eq(f.len, 0);
		ck_assert_uint_ge(mono_now_ns() - start_ns, (uint64_t)(i + 1) * MONO_NS_PER_S * 9 / 10);
	}
	daemon_await_metric_min(d, "keep_alives_total", 2);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

/* The loops of a relay that has nothing to do but a KeepAlive now and then
 * stand still in between. */
START_TEST(relay_sleeps_when_idle)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--keepalive-s", "1", "--workers", "2"));
	struct derp_client *c = client_login(d);
	struct derp_frame f;
	uint64_t loops;

	client_sync(c);
	loops = daemon_metric(d, "loops_total");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(derp_client_recv(c, &f, DAEMON_FIXTURE_WAIT_MS), 0);
		ck_assert_uint_eq(f.type, FRAME_KEEP_ALIVE);
	}
	loops = daemon_metric(d, "loops_total") - loops;
	printf("passes of two idle workers during two KeepAlives: %llu\n", (unsigned long long)loops);
	ck_assert_uint_le(loops, 40);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

/* A client that sends faster than its rate is read from more slowly; nothing of
 * it is dropped. The bound is on the fast side only. */
START_TEST(relay_holds_a_client_to_its_rate)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--client-rate", "2000000", "--client-burst", "100000",
						    "--workers", worker_counts[_i]));
	struct derp_client *a = client_login(d), *b = client_login(d);
	uint64_t start_ns = mono_now_ns(), elapsed_ms, sent = 0;
	static uint8_t packet[20000];

	while (sent < 3000000) {
		client_fill(packet, sizeof(packet), sent);
		client_send(a, derp_client_key(b), packet, sizeof(packet));
		client_expect_packet(b, derp_client_key(a), packet, sizeof(packet));
		sent += sizeof(packet);
	}
	elapsed_ms = (mono_now_ns() - start_ns) / MONO_NS_PER_MS;
	/* Up to one receive buffer may be read ahead of the tokens. */
	ck_assert_uint_ge(elapsed_ms, (sent - 100000 - 65536) * 1000 / 2000000 - 100);
	ck_assert_uint_eq(daemon_metric(d, "send_drops_total"), 0);
	derp_client_free(a);
	derp_client_free(b);
	daemon_stop(d);
}
END_TEST

START_TEST(relay_skips_unknown_frames_whole)
{
	struct daemon *d = daemon_start((const char *const[]){ NULL });
	struct derp_client *c = client_login(d);
	static uint8_t body[300000];
	static const uint8_t types[] = {
		0x00, FRAME_SERVER_KEY, FRAME_SERVER_INFO, FRAME_RECV_PACKET, FRAME_PEER_GONE, FRAME_PEER_PRESENT,
		FRAME_HEALTH, FRAME_RESTARTING, 0x16, 0x7f, 0xff,
	};

	/* Inside there is what would be a SendPacket to ourselves, were it read. */
	memset(body, FRAME_SEND_PACKET, sizeof(body));
	for (size_t i = 0; i < HD_ARRAY_LEN(types); i++) {
		client_send_frame(c, types[i], body, i * 1000);
		client_send_frame(c, types[i], body, sizeof(body));
		client_send_frame(c, types[i], NULL, 0);
	}
	client_sync(c);
	daemon_await_metric(d, "unknown_frames_total", 3 * HD_ARRAY_LEN(types));
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

START_TEST(relay_knows_whose_home_it_is)
{
	struct daemon *d = daemon_start((const char *const[]){ NULL });
	uint64_t start_ns = mono_now_ns();
	struct derp_client *c = client_login(d);

	client_send_frame(c, FRAME_NOTE_PREFERRED, "\1", 1);
	client_send_frame(c, FRAME_NOTE_PREFERRED, "\1", 1); /* no change */
	daemon_await_metric(d, "peers_home", 1);
	client_send_frame(c, FRAME_NOTE_PREFERRED, "\0", 1);
	daemon_await_metric(d, "peers_home", 0);
	client_send_frame(c, FRAME_NOTE_PREFERRED, "\1", 1);
	daemon_await_metric(d, "peers_home", 1);
	/* What a client says in its first five seconds is no move. */
	if (mono_now_ns() - start_ns < 5 * MONO_NS_PER_S)
		ck_assert_uint_eq(daemon_metric(d, "home_moves_in_total"), 0);
	derp_client_free(c);
	daemon_await_metric(d, "peers_home", 0);
	daemon_stop(d);
}
END_TEST

/* --- PeerGone ------------------------------------------------------------- */

START_TEST(relay_tells_once_that_a_sender_left)
{
	struct daemon *d = start_workers(_i);
	struct derp_client *from = client_login(d), *to = client_login(d), *other = client_login(d);
	struct key gone = *derp_client_key(from);

	for (int i = 0; i < 3; i++)
		exchange(from, to, 100, (uint64_t)i);
	derp_client_free(from);
	client_expect_gone(to, &gone, FRAME_GONE_DISCONNECTED);
	daemon_await_metric(d, "peers_active", 2);
	client_sync(to);
	client_sync(other); /* got nothing from it, hears nothing of it */
	daemon_await_metric(d, "peer_gone_disconnected_total", 1);
	derp_client_free(to);
	derp_client_free(other);
	daemon_stop(d);
}
END_TEST

START_TEST(relay_tells_again_when_a_sender_came_back_and_left_again)
{
	struct daemon *d = start_workers(_i);
	struct derp_client *to = client_login(d);
	struct derp_client_options o = client_options(d);
	struct derp_client *from;

	ck_assert_int_eq(derp_client_new(&from, &o), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(derp_client_connect(from), 0);
		ck_assert_int_eq(derp_client_upgrade(from), 0);
		ck_assert_int_eq(derp_client_login(from), 0);
		exchange(from, to, 10, (uint64_t)i);
		derp_client_disconnect(from);
		client_expect_gone(to, derp_client_key(from), FRAME_GONE_DISCONNECTED);
	}
	derp_client_free(from);
	derp_client_free(to);
	daemon_stop(d);
}
END_TEST

/* One packet for each of `count` keys that nobody has, in one write. */
static void send_to_nobodies(struct derp_client *c, unsigned count, const void *packet, size_t len)
{
	uint8_t header[FRAME_HEADER_SIZE], nobody[KEY_SIZE];
	struct bytes run;

	bytes_init(&run, 1 << 20);
	frame_header_store(header, FRAME_SEND_PACKET, (uint32_t)(KEY_SIZE + len));
	for (unsigned i = 0; i < count; i++) {
		client_fill(nobody, sizeof(nobody), i);
		ck_assert_int_eq(bytes_append(&run, header, sizeof(header)), 0);
		ck_assert_int_eq(bytes_append(&run, nobody, KEY_SIZE), 0);
		ck_assert_int_eq(bytes_append(&run, packet, len), 0);
	}
	client_send_raw(c, run.data, run.len);
	bytes_release(&run);
}

START_TEST(relay_says_not_here_for_disco_only)
{
	struct daemon *d = start_workers(_i);
	struct derp_client *c = client_login(d);
	uint8_t disco[100], almost[61];
	struct key nobody;

	client_fill(nobody.bytes, KEY_SIZE, 0);
	client_fill_disco(disco, sizeof(disco));
	memcpy(almost, disco, sizeof(almost));
	send_to_nobodies(c, 10, almost, sizeof(almost)); /* one byte short of disco */
	send_to_nobodies(c, 10, disco + 1, sizeof(disco) - 1);
	client_sync(c);
	send_to_nobodies(c, 1, disco, sizeof(disco));
	client_expect_gone(c, &nobody, FRAME_GONE_NOT_HERE);
	client_sync(c);
	daemon_await_metric(d, "drops_total{reason=\"unknown_dest\",kind=\"disco\"}", 1);
	/* Another shard may count after the pong has come. */
	daemon_await_metric(d, "drops_total{reason=\"unknown_dest\",kind=\"other\"}", 20);
	daemon_await_metric(d, "peer_gone_not_here_total", 1);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

/* Three at once, then one a second. */
START_TEST(relay_says_not_here_at_its_rate)
{
	struct daemon *d = start_workers(_i);
	struct derp_client *c = client_login(d);
	uint64_t start_ns = mono_now_ns();
	uint8_t disco[100];
	uint64_t told;

	client_fill_disco(disco, sizeof(disco));
	send_to_nobodies(c, 20, disco, sizeof(disco));
	for (told = 0; told < 3; told++)
		client_expect(c, FRAME_PEER_GONE, KEY_SIZE + 1);
	/* The answer for a key of another shard can come after the pong. */
	daemon_await_metric(d, "drops_total{reason=\"unknown_dest\",kind=\"disco\"}", 20);
	told = daemon_metric(d, "peer_gone_not_here_total");
	ck_assert_uint_ge(told, 3);
	ck_assert_uint_le(told, 3 + (mono_now_ns() - start_ns) / MONO_NS_PER_S + 1);
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

/* --- the same key more than once ------------------------------------------ */

START_TEST(relay_sends_to_the_duplicate_that_spoke_last)
{
	struct daemon *d = start_workers(_i);
	struct derp_client *first = client_login(d), *peer = client_login(d);
	struct derp_client *second = client_login_as(d, derp_client_private_key(first));
	struct derp_client *third = client_login_as(d, derp_client_private_key(first));

	daemon_await_metric(d, "peers_active", 4);
	for (int i = 0; i < 2; i++) {
		client_sync(first);
		exchange(peer, first, 50, 1);
		client_sync(second);
		exchange(peer, second, 50, 2);
		client_sync(third);
		exchange(peer, third, 50, 3);
	}
	client_sync(first);
	client_sync(second);
	derp_client_free(first);
	derp_client_free(second);
	derp_client_free(third);
	derp_client_free(peer);
	daemon_stop(d);
}
END_TEST

/* Each connection has a place of its own in the middle of a frame, same key or
 * not: halves of two frames, sent in turn, stay apart. */
START_TEST(relay_never_mixes_frames_of_duplicates)
{
	struct daemon *d = start_workers(_i);
	struct derp_client *to = client_login(d), *dup[2] = { client_login(d) };
	uint8_t frame[2][FRAME_HEADER_SIZE + KEY_SIZE + 5000];
	size_t len = sizeof(frame[0]);

	dup[1] = client_login_as(d, derp_client_private_key(dup[0]));
	for (int i = 0; i < 2; i++) {
		frame_header_store(frame[i], FRAME_SEND_PACKET, (uint32_t)(len - FRAME_HEADER_SIZE));
		memcpy(frame[i] + FRAME_HEADER_SIZE, derp_client_key(to)->bytes, KEY_SIZE);
		memset(frame[i] + FRAME_HEADER_SIZE + KEY_SIZE, 'a' + i, 5000);
	}
	for (size_t at = 0; at < len; at += 100)
		for (int i = 0; i < 2; i++)
			client_send_raw(dup[i], frame[i] + at, len - at < 100 ? len - at : 100);
	for (int n = 0; n < 2; n++) {
		struct derp_frame f = client_expect(to, FRAME_RECV_PACKET, KEY_SIZE + 5000);
		int i = f.body[KEY_SIZE] == 'a' ? 0 : 1;

		ck_assert_mem_eq(f.body, derp_client_key(dup[0])->bytes, KEY_SIZE);
		ck_assert_mem_eq(f.body + KEY_SIZE, frame[i] + FRAME_HEADER_SIZE + KEY_SIZE, 5000);
		memset(frame[i], 0xff, len); /* not a second time */
	}
	derp_client_free(dup[0]);
	derp_client_free(dup[1]);
	derp_client_free(to);
	daemon_stop(d);
}
END_TEST

START_TEST(relay_lets_the_former_speaker_take_over)
{
	struct daemon *d = start_workers(_i);
	struct derp_client *first = client_login(d), *peer = client_login(d);
	struct derp_client *second = client_login_as(d, derp_client_private_key(first));
	struct derp_client *third = client_login_as(d, derp_client_private_key(first));
	struct key same = *derp_client_key(first);

	client_sync(third);
	client_sync(first);
	client_sync(second);
	exchange(second, peer, 10, 1);
	derp_client_free(second);
	daemon_await_metric(d, "peers_active", 3);
	client_sync(peer); /* the key is still there: no PeerGone */
	exchange(peer, first, 50, 2);
	derp_client_free(first);
	daemon_await_metric(d, "peers_active", 2);
	exchange(peer, third, 50, 3);
	derp_client_free(third);
	client_expect_gone(peer, &same, FRAME_GONE_DISCONNECTED);
	derp_client_free(peer);
	daemon_stop(d);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("relay");
	TCase *t = daemon_fixture_case(s, "relay");
	int n = HD_ARRAY_LEN(worker_counts);

	tcase_add_loop_test(t, relay_every_size_in_both_directions, 0, n);
	tcase_add_loop_test(t, relay_reaches_clients_on_every_shard, 0, n);
	tcase_add_loop_test(t, relay_keeps_the_order_of_each_sender, 0, n);
	tcase_add_loop_test(t, relay_answers_pings_with_their_first_eight_bytes, 0, n);
	tcase_add_test(t, relay_keeps_idle_clients_alive);
	tcase_add_test(t, relay_sleeps_when_idle);
	tcase_add_loop_test(t, relay_holds_a_client_to_its_rate, 0, n);
	tcase_add_test(t, relay_skips_unknown_frames_whole);
	tcase_add_test(t, relay_knows_whose_home_it_is);
	tcase_add_loop_test(t, relay_tells_once_that_a_sender_left, 0, n);
	tcase_add_loop_test(t, relay_tells_again_when_a_sender_came_back_and_left_again, 0, n);
	tcase_add_loop_test(t, relay_says_not_here_for_disco_only, 0, n);
	tcase_add_loop_test(t, relay_says_not_here_at_its_rate, 0, n);
	tcase_add_loop_test(t, relay_sends_to_the_duplicate_that_spoke_last, 0, n);
	tcase_add_loop_test(t, relay_never_mixes_frames_of_duplicates, 0, n);
	tcase_add_loop_test(t, relay_lets_the_former_speaker_take_over, 0, n);
	return s;
}

int main(void)
{
	return daemon_fixture_main(make_suite);
}
