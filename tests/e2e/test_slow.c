/* SPDX-License-Identifier: MIT
 * Clients that do not read: they lose their own packets, and nothing else
 * happens to anybody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_fixture.h"
#include "util/be.h"
#include "util/error.h"
#include "util/mono.h"

#define STUCK 4
#define PACKET 1400
#define QUEUE_BYTES (256 * 1024) /* the default of send_queue_bytes */
#define RECEIVE_KIB 2048 /* a worker's receive buffers: buf_size times buf_ring_size */

static const char *const worker_counts[] = { "1", "2", "4" };

/* One that keeps clients who do not read for as long as a test may take. What it holds
 * of their packets is bounded as it is by default. */
static struct daemon *start_patient(int i)
{
	return daemon_start(DAEMON_ARGS("--workers", worker_counts[i], "--write-timeout-ms", "600000",
					"--tcp-user-timeout-ms", "0", "--send-queue-ms", "0"));
}

/* A small window, so that little hides in the socket of one who does not read. */
static struct derp_client *login_not_reading(struct daemon *d)
{
	struct derp_client_options o = client_options(d);
	struct derp_client *c;

	o.recv_buffer = 4096;
	ck_assert_int_eq(derp_client_open(&c, &o), 0);
	return c;
}

/* `count` numbered packets to each of the stuck ones and to `reads`, which gets
 * every single one, in order. */
static void flood(struct derp_client *from, struct derp_client *const *stuck, struct derp_client *reads,
		  uint32_t first, uint32_t count)
{
	uint8_t packet[PACKET];

	for (uint32_t n = first; n < first + count; n++) {
		client_fill(packet, sizeof(packet), n);
		for (int i = 0; i < STUCK; i++)
			client_send(from, derp_client_key(stuck[i]), packet, sizeof(packet));
		client_send(from, derp_client_key(reads), packet, sizeof(packet));
		client_expect_packet(reads, derp_client_key(from), packet, sizeof(packet));
	}
}

/* Oldest first: head drops, none at the tail. The other shard may still be at
 * it, so the counts are looked at until they agree. */
static void await_only_head_drops(struct daemon *d)
{
	uint64_t deadline_ns = mono_now_ns() + DAEMON_FIXTURE_WAIT_MS * MONO_NS_PER_MS, all, head, total;

	do {
		ck_assert_uint_lt(mono_now_ns(), deadline_ns);
		all = daemon_metric_sum(d, "drops_total{");
		head = daemon_metric(d, "drops_total{reason=\"queue_head\",kind=\"other\"}");
		total = daemon_metric(d, "send_drops_total");
	} while (all != head || all != total || all == 0);
}

/* 16 MiB to each: many times what the relay may hold for it. */
#define FLOOD (16 * 1024 * 1024 / PACKET)

START_TEST(slow_readers_hold_up_nobody_and_take_bounded_memory)
{
	struct daemon *d = start_patient(_i);
	struct derp_client *from = client_login(d), *reads = client_login(d), *stuck[STUCK];
	uint64_t workers = strtoul(worker_counts[_i], NULL, 10), before_kib, grown_kib;

	for (int i = 0; i < STUCK; i++)
		stuck[i] = login_not_reading(d);
	flood(from, stuck, reads, 0, 100); /* whatever is set up at the first packet */
	before_kib = daemon_rss_kib(d);
	flood(from, stuck, reads, 100, FLOOD);
	grown_kib = daemon_rss_kib(d) - before_kib;
	printf("%d stuck readers: %llu KiB more\n", STUCK, (unsigned long long)grown_kib);
	/* Packets are held in blocks, of which the first and the last may be part empty. The
	 * other shards may still be at the last of them. */
	daemon_await_metric_max(d, "held_bytes", STUCK * (QUEUE_BYTES + QUEUE_BYTES / 4));
	/* Pools round up, and a worker that stood still for a moment has used receive buffers
	 * that it had not before; a sanitizer has memory of its own. */
	if (!DAEMON_FIXTURE_SANITIZED)
		ck_assert_uint_le(grown_kib, 2 * STUCK * QUEUE_BYTES / 1024 + 1024 + workers * RECEIVE_KIB);
	await_only_head_drops(d);
	client_sync(from);
	client_sync(reads);
	for (int i = 0; i < STUCK; i++)
		derp_client_free(stuck[i]);
	daemon_await_metric(d, "peers_active", 2);
	daemon_await_metric(d, "held_bytes", 0);
	daemon_await_metric(d, "recv_paused", 0);
	derp_client_free(from);
	derp_client_free(reads);
	daemon_stop(d);
}
END_TEST

/* Bytes of a worker's pools when they have nothing to give back: a slab of each. */
#define POOLS_LEAST (768 * 1024)
#define MANY_STUCK 32

START_TEST(slow_readers_memory_goes_back_when_they_have_left)
{
	struct daemon *d = start_patient(_i);
	struct derp_client *from = client_login(d), *stuck[MANY_STUCK];
	uint64_t workers = strtoul(worker_counts[_i], NULL, 10), held;
	uint8_t packet[PACKET] = { 0 };

	for (int i = 0; i < MANY_STUCK; i++)
		stuck[i] = login_not_reading(d);
	for (int n = 0; n < 3 * QUEUE_BYTES / PACKET || daemon_metric(d, "held_bytes") < QUEUE_BYTES; n++)
		for (int i = 0; i < MANY_STUCK; i++)
			client_send(from, derp_client_key(stuck[i]), packet, sizeof(packet));
	client_sync(from);
	daemon_await_metric_min(d, "pool_bytes", MANY_STUCK * QUEUE_BYTES / 2);
	for (int i = 0; i < MANY_STUCK; i++)
		derp_client_free(stuck[i]);
	daemon_await_metric(d, "peers_active", 1);
	daemon_await_metric(d, "held_bytes", 0);
	held = daemon_metric(d, "pool_bytes");
	daemon_await_metric_max(d, "pool_bytes", workers * POOLS_LEAST);
	printf("pools: %llu KiB when they left, %llu KiB then\n", (unsigned long long)held / 1024,
	       (unsigned long long)daemon_metric(d, "pool_bytes") / 1024);
	client_sync(from);
	derp_client_free(from);
	daemon_stop(d);
}
END_TEST

/* What a slow reader does get is whole and in order, with gaps: frames are
 * dropped, never pieces of one. */
START_TEST(slow_reader_gets_whole_frames_in_order)
{
	struct daemon *d = start_patient(_i);
	struct derp_client *from = client_login(d), *slow = login_not_reading(d);
	static uint8_t packet[FRAME_PACKET_MAX];
	uint64_t state = 11;
	uint32_t next = 0, got = 0;

	for (uint32_t n = 0; n < 3000; n++) {
		uint32_t len = 4 + (uint32_t)(client_random(&state) % (n % 20 ? 3000 : 60000));

		client_fill(packet, len, n);
		be_store32(packet, n);
		client_send(from, derp_client_key(slow), packet, len);
	}
	client_sync(from);
	client_send(from, derp_client_key(slow), "end", 3);
	for (;;) {
		struct derp_frame f = client_next(slow);
		uint32_t n, len = f.len - KEY_SIZE;

		ck_assert_uint_eq(f.type, FRAME_RECV_PACKET);
		ck_assert_mem_eq(f.body, derp_client_key(from)->bytes, KEY_SIZE);
		if (len == 3)
			break;
		n = be_load32(f.body + KEY_SIZE);
		ck_assert_uint_ge(n, next);
		client_fill(packet, len, n);
		be_store32(packet, n);
		ck_assert_mem_eq(f.body + KEY_SIZE, packet, len);
		next = n + 1;
		got++;
	}
	printf("slow reader: %u of 3000 packets\n", got);
	ck_assert_uint_gt(got, 0);
	daemon_await_metric_sum(d, "drops_total{", 3000 - got);
	derp_client_free(from);
	derp_client_free(slow);
	daemon_stop(d);
}
END_TEST

START_TEST(slow_reader_is_closed_by_the_write_timeout)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", worker_counts[_i], "--write-timeout-ms",
						     "200"));
	struct derp_client *from = client_login(d), *slow = login_not_reading(d);
	struct key gone = *derp_client_key(slow);
	uint8_t packet[PACKET] = { 0 };
	uint64_t deadline_ns = mono_now_ns() + DAEMON_FIXTURE_WAIT_MS * MONO_NS_PER_MS;

	/* From it, so that its end is told. */
	client_send(slow, derp_client_key(from), "x", 1);
	client_expect_packet(from, &gone, "x", 1);
	while (daemon_metric(d, "closes_total{reason=\"write_timeout\"}") == 0) {
		ck_assert_uint_lt(mono_now_ns(), deadline_ns);
		for (int i = 0; i < 200; i++)
			client_send(from, &gone, packet, sizeof(packet));
	}
	client_expect_gone(from, &gone, FRAME_GONE_DISCONNECTED);
	client_sync(from);
	daemon_await_metric(d, "peers_active", 1);
	daemon_await_metric(d, "held_bytes", 0);
	client_expect_closed(slow);
	derp_client_free(from);
	derp_client_free(slow);
	daemon_stop(d);
}
END_TEST

/* A client that only pings and never reads costs its own pongs. */
START_TEST(slow_pinger_does_not_freeze_its_shard)
{
	struct daemon *d = start_patient(_i);
	struct derp_client *pinger = login_not_reading(d), *a = client_login(d), *b = client_login(d);
	uint8_t ping[FRAME_HEADER_SIZE + FRAME_PING_SIZE];
	uint64_t pings = 0;
	struct bytes run;

	bytes_init(&run, 1 << 20);
	frame_header_store(ping, FRAME_PING, FRAME_PING_SIZE);
	memset(ping + FRAME_HEADER_SIZE, 7, FRAME_PING_SIZE);
	while (run.len < 260 * 1000) {
		ck_assert_int_eq(bytes_append(&run, ping, sizeof(ping)), 0);
		pings++;
	}
	for (int round = 1; round <= 20; round++) {
		uint8_t packet[PACKET];

		client_send_raw(pinger, run.data, run.len);
		client_fill(packet, sizeof(packet), (uint64_t)round);
		client_send(a, derp_client_key(b), packet, sizeof(packet));
		client_expect_packet(b, derp_client_key(a), packet, sizeof(packet));
		client_sync(a);
		daemon_await_metric(d, "pings_total", pings * (uint64_t)round + (uint64_t)round);
	}
	daemon_await_metric_min(d, "pongs_dropped_total", 1);
	daemon_await_metric(d, "peers_active", 3);
	bytes_release(&run);
	derp_client_free(pinger);
	derp_client_free(a);
	derp_client_free(b);
	daemon_stop(d);
}
END_TEST

/* Disco finds its way past a queue full of data. */
START_TEST(slow_reader_gets_disco_first)
{
	struct daemon *d = start_patient(_i);
	struct derp_client *from = client_login(d), *slow = login_not_reading(d);
	uint8_t packet[PACKET], disco[100];
	uint32_t data_before = 0, data_after = 0;
	bool found = false;

	client_fill(packet, sizeof(packet), 1);
	client_fill_disco(disco, sizeof(disco));
	for (int i = 0; i < FLOOD; i++)
		client_send(from, derp_client_key(slow), packet, sizeof(packet));
	client_send(from, derp_client_key(slow), disco, sizeof(disco));
	client_sync(from);
	client_send(from, derp_client_key(slow), "end", 3);
	for (;;) {
		struct derp_frame f = client_next(slow);

		if (f.len == KEY_SIZE + 3)
			break;
		if (f.len == KEY_SIZE + sizeof(disco))
			found = true;
		else
			*(found ? &data_after : &data_before) += 1;
	}
	ck_assert(found);
	printf("disco came after %u packets of data and before %u\n", data_before, data_after);
	ck_assert_uint_gt(data_after, 0);
	ck_assert_uint_eq(daemon_metric_sum(d, "drops_total{reason=\"queue_head\",kind=\"disco\"}"), 0);
	derp_client_free(from);
	derp_client_free(slow);
	daemon_stop(d);
}
END_TEST

/* Packets that a derper holds for each client, and the memory of one of the largest. */
#define FEW 32
#define LARGEST_BLOCK (65 * 1024)
#define FEW_BYTES ((uint64_t)FEW * FRAME_PACKET_MAX)

/* The largest packets, until the first is dropped: from then on the slow one's queue
 * is full, and a packet is kept if so many more come that it is not yet the oldest. */
static uint32_t fill_queue(struct daemon *d, struct derp_client *from, const struct key *slow)
{
	static uint8_t packet[FRAME_PACKET_MAX];
	uint32_t n = 0;

	for (; n % 16 != 0 || daemon_metric_sum(d, "drops_total{") == 0; n++) {
		ck_assert_uint_lt(n, 4096);
		client_send(from, slow, packet, sizeof(packet));
	}
	client_sync(from);
	return n;
}

/* Whatever the sockets hold of what came before: the latest 32 are all there. */
START_TEST(slow_reader_is_kept_32_packets_however_large)
{
	struct daemon *d = start_patient(_i);
	struct derp_client *from = client_login(d), *slow = login_not_reading(d);
	static uint8_t packet[FRAME_PACKET_MAX];
	uint32_t before = fill_queue(d, from, derp_client_key(slow)), got = 0;

	for (uint32_t n = 1; n <= FEW; n++) {
		client_fill(packet, sizeof(packet), n);
		client_send(from, derp_client_key(slow), packet, sizeof(packet));
	}
	client_sync(from);
	/* What is in flight, or torn, besides. */
	daemon_await_metric_min(d, "held_bytes", FEW_BYTES);
	daemon_await_metric_max(d, "held_bytes", (FEW + 2) * LARGEST_BLOCK);
	for (uint32_t n = 0; n < FEW;) {
		struct derp_frame f = client_next(slow);

		ck_assert_uint_eq(f.type, FRAME_RECV_PACKET);
		ck_assert_uint_eq(f.len, KEY_SIZE + sizeof(packet));
		client_fill(packet, sizeof(packet), n + 1);
		if (memcmp(f.body + KEY_SIZE, packet, sizeof(packet)) == 0)
			n++;
		else
			ck_assert_uint_eq(n, 0); /* from the first on there is no gap */
		got++;
	}
	printf("slow reader: %u of %u and the latest %u\n", got - FEW, before, FEW);
	daemon_await_metric_sum(d, "drops_total{", before + FEW - got);
	derp_client_free(from);
	derp_client_free(slow);
	daemon_stop(d);
}
END_TEST

#define LARGE_STUCK 40
/* Of what a worker may hold for all: only so much is held because packets are few. */
#define FEW_BYTES_ALL (UINT64_C(32) * 1024 * 1024)

/* 32 packets for each would be 80 MiB. Each has his queue and a packet, if not more, and
 * nobody's packet finds no memory at all. */
START_TEST(slow_readers_of_large_packets_take_bounded_memory)
{
	struct daemon *d = start_patient(_i);
	struct derp_client *from = client_login(d), *stuck[LARGE_STUCK];
	uint64_t workers = strtoul(worker_counts[_i], NULL, 10), before_kib, held_max;
	static uint8_t packet[FRAME_PACKET_MAX];

	for (int i = 0; i < LARGE_STUCK; i++)
		stuck[i] = login_not_reading(d);
	before_kib = daemon_rss_kib(d);
	for (int n = 0; n < 3 * FEW; n++)
		for (int i = 0; i < LARGE_STUCK; i++)
			client_send(from, derp_client_key(stuck[i]), packet, sizeof(packet));
	client_sync(from);
	await_only_head_drops(d);
	held_max = workers * FEW_BYTES_ALL + LARGE_STUCK * (QUEUE_BYTES + 2 * LARGEST_BLOCK);
	daemon_await_metric_max(d, "held_bytes", held_max);
	printf("%d stuck readers of large packets: %llu KiB held, %llu KiB more\n", LARGE_STUCK,
	       (unsigned long long)daemon_metric(d, "held_bytes") / 1024,
	       (unsigned long long)(daemon_rss_kib(d) - before_kib));
	if (!DAEMON_FIXTURE_SANITIZED)
		ck_assert_uint_le(daemon_rss_kib(d) - before_kib,
				  (held_max + held_max / 4) / 1024 + workers * RECEIVE_KIB);
	for (int i = 0; i < LARGE_STUCK; i++)
		derp_client_free(stuck[i]);
	daemon_await_metric(d, "held_bytes", 0);
	client_sync(from);
	derp_client_free(from);
	daemon_stop(d);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("slow");
	TCase *t = daemon_fixture_case(s, "slow");
	int n = HD_ARRAY_LEN(worker_counts);

	tcase_add_loop_test(t, slow_readers_hold_up_nobody_and_take_bounded_memory, 0, n);
	tcase_add_loop_test(t, slow_readers_memory_goes_back_when_they_have_left, 0, n);
	tcase_add_loop_test(t, slow_reader_gets_whole_frames_in_order, 0, n);
	tcase_add_loop_test(t, slow_reader_is_closed_by_the_write_timeout, 0, n);
	tcase_add_loop_test(t, slow_pinger_does_not_freeze_its_shard, 0, n);
	tcase_add_loop_test(t, slow_reader_gets_disco_first, 0, n);
	tcase_add_loop_test(t, slow_reader_is_kept_32_packets_however_large, 0, n);
	tcase_add_loop_test(t, slow_readers_of_large_packets_take_bounded_memory, 0, n);
	return s;
}

int main(void)
{
	return daemon_fixture_main(make_suite);
}
