/* SPDX-License-Identifier: MIT
 * A sender whose outbox is used again and again: the test takes what it hands
 * out, and looks at every packet. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/hd-bench/payload.h"
#include "tools/hd-bench/receiver.h"
#include "tools/hd-bench/sender.h"
#include "util/error.h"

#define ROUNDS 200
#define WINDOW 20

Suite *test_sender_suite(void);

static struct options options;
static struct conn_identity identities[3];
static struct client clients[3];
static struct plan_client plans[3];
static struct client_run run;
static struct client_log *counts;
static uint64_t next_seq[3];
static unsigned packets, pongs;

static void set_up(void)
{
	int ends[2];

	payload_start();
	counts = calloc(1, sizeof(*counts));
	ck_assert_ptr_nonnull(counts);
	memset(&options, 0, sizeof(options));
	for (uint32_t i = 0; i < 3; i++)
		memset(&identities[i].public_key, (int)i + 1, sizeof(identities[i].public_key));
	plans[0] = (struct plan_client){ .role = PLAN_TRAFFIC, .dest_first = 1, .dest_count = 1 };
	plans[1] = plans[2] = (struct plan_client){ .role = PLAN_TRAFFIC, .source_first = 0, .source_count = 1 };
	run = (struct client_run){
		.options = &options,
		.plan = { .clients = plans, .count = 3, .senders = { 1 } },
		.clients = clients,
		.identities = identities,
		.target = { .rules = { .ops = &transport_plain } },
		.id = 77,
		.measure_ns = 50,
		.end_ns = UINT64_MAX,
	};
	memset(next_seq, 0, sizeof(next_seq));
	packets = pongs = 0;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	close(ends[1]);
	clients[0].conn.transport.fd = ends[0];
}

static void start(const char *sizes, uint32_t dests)
{
	int fd = clients[0].conn.transport.fd;

	ck_assert_int_eq(mix_parse(&options.sizes, sizes, PAYLOAD_HEADER_SIZE, PAYLOAD_SIZE_MAX), 0);
	options.window_bytes = dests == 1 ? WINDOW * mix_mean_milli(&options.sizes) / 1000 : 0;
	plans[0].dest_count = dests;
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_int_eq(client_init(&clients[i], &run, counts, i), 0);
	clients[0].conn.transport = (struct transport){ .rules = &run.target.rules, .fd = fd };
	clients[0].conn.state = CONN_READY;
	clients[0].conn.out_want = dests == 1 ? clients[0].conn.out_want : 4096;
	ck_assert_int_eq(conn_carry(&clients[0].conn), 0);
	sender_start(&clients[0]);
}

static void tear_down(void)
{
	for (uint32_t i = 0; i < 3; i++)
		client_release(&clients[i]);
	free(counts);
}

static void look_at(const uint8_t *frame, size_t len, uint64_t now_ns)
{
	const uint8_t *key = frame + FRAME_HEADER_SIZE;
	struct payload p;

	if (frame[0] == FRAME_PONG) {
		pongs++;
		return;
	}
	ck_assert_uint_eq(frame[0], FRAME_SEND_PACKET);
	ck_assert_int_eq(payload_get(&p, key + KEY_SIZE, (uint32_t)(len - FRAME_HEADER_SIZE - KEY_SIZE)), 0);
	ck_assert_uint_eq(p.run, 77);
	ck_assert_uint_eq(p.from, 0);
	ck_assert_mem_eq(key, identities[p.to].public_key.bytes, KEY_SIZE);
	ck_assert_uint_eq(p.seq, next_seq[p.to]);
	ck_assert_uint_eq(p.intended_ns, now_ns);
	ck_assert(p.measured == (now_ns >= 50));
	next_seq[p.to]++;
	clients[p.to].tracks[0].next = next_seq[p.to];
	packets++;
}

/* What the sender has made of this moment; all is taken. */
static void take_round(uint64_t now_ns)
{
	enum client_verdict verdict;
	const uint8_t *data;
	ssize_t n;

	ck_assert_int_eq(sender_run(&clients[0], now_ns, &verdict), 0);
	n = conn_hand_out(&clients[0].conn, &data);
	ck_assert_int_gt(n, 0);
	for (ssize_t at = 0; at < n;) {
		size_t len = FRAME_HEADER_SIZE + (size_t)frame_header_load(data + at).body_len;

		look_at(data + at, len, now_ns);
		at += (ssize_t)len;
	}
	conn_handed(&clients[0].conn, (size_t)n);
}

static void ping(void)
{
	uint8_t frame[FRAME_HEADER_SIZE + FRAME_PING_SIZE] = { 0 };

	frame_header_store(frame, FRAME_PING, FRAME_PING_SIZE);
	ck_assert_int_eq(receiver_take_carried(&clients[0], frame, sizeof(frame), 0), 0);
}

START_TEST(sender_run_makes_every_packet_whole)
{
	start("100", 1);
	for (unsigned i = 0; i < ROUNDS; i++)
		take_round(i);
	ck_assert_uint_eq(packets, ROUNDS * WINDOW);
	/* And it was not made anew each time. */
	ck_assert_uint_gt(clients[0].conn.out_laid, 0);
}
END_TEST

/* Nothing but the outbox bounds it. */
START_TEST(sender_run_makes_every_packet_of_a_flood_whole)
{
	_Atomic uint64_t *sent;
	unsigned fit;

	start("100", 1);
	clients[0].sender->window = 0;
	clients[0].conn.out_want = 4096;
	fit = 4096 / (FRAME_HEADER_SIZE + KEY_SIZE + 100);
	for (unsigned i = 0; i < ROUNDS; i++)
		take_round(i);
	ck_assert_uint_eq(packets, ROUNDS * fit);
	sent = counts->count.flow[PLAN_TRAFFIC];
	ck_assert_uint_eq(atomic_load(&sent[COUNT_SENT]), packets);
	ck_assert_uint_eq(atomic_load(&sent[COUNT_SENT_MEASURED]), (ROUNDS - 50) * fit);
}
END_TEST

/* More has been laid than may go, and then less than may. */
START_TEST(sender_run_keeps_to_its_window_wherever_packets_lie)
{
	start("100", 1);
	for (unsigned i = 0; i < ROUNDS; i++) {
		clients[0].sender->window = 1 + i * 7 % WINDOW;
		packets = 0;
		take_round(i);
		ck_assert_uint_eq(packets, 1 + i * 7 % WINDOW);
	}
}
END_TEST

/* A pong moves the packets behind it to other places of the outbox. */
START_TEST(sender_run_makes_every_packet_whole_amid_pongs)
{
	start("100", 1);
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i % 3 == 1)
			ping();
		take_round(i);
	}
	ck_assert_uint_eq(packets, ROUNDS * WINDOW);
	ck_assert_uint_gt(pongs, 0);
}
END_TEST

START_TEST(sender_run_makes_every_packet_of_a_mix_whole)
{
	start("60:10,100:20,300:5", 1);
	for (unsigned i = 0; i < ROUNDS; i++)
		take_round(i);
	ck_assert_uint_gt(packets, ROUNDS);
	ck_assert_uint_eq(clients[0].conn.out_laid, 0);
}
END_TEST

START_TEST(sender_run_makes_every_packet_to_several_whole)
{
	start("100", 2);
	for (unsigned i = 0; i < ROUNDS; i++)
		take_round(i);
	ck_assert_uint_gt(next_seq[1], ROUNDS);
	ck_assert_uint_gt(next_seq[2], ROUNDS);
	ck_assert_uint_eq(clients[0].conn.out_laid, 0);
}
END_TEST

Suite *test_sender_suite(void)
{
	Suite *s = suite_create("sender");
	TCase *t = tcase_create("sender");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, sender_run_makes_every_packet_whole);
	tcase_add_test(t, sender_run_makes_every_packet_of_a_flood_whole);
	tcase_add_test(t, sender_run_keeps_to_its_window_wherever_packets_lie);
	tcase_add_test(t, sender_run_makes_every_packet_whole_amid_pongs);
	tcase_add_test(t, sender_run_makes_every_packet_of_a_mix_whole);
	tcase_add_test(t, sender_run_makes_every_packet_to_several_whole);
	suite_add_tcase(s, t);
	return s;
}
