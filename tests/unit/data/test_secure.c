/* SPDX-License-Identifier: MIT
 * Peers with TLS in user space: whatever way records are cut on the way in, the
 * same frames come out; whatever the socket takes on the way out, the client
 * can open every record, and frames are whole and in order. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "data/life.h"
#include "data/policy.h"
#include "data/rx.h"
#include "data/secure.h"
#include "data/tx.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"
#include "tls/record.h"

Suite *test_secure_suite(void);

static struct bench bench;
static struct key key_a, key_b;
static struct peer *a, *b;           /* a has TLS */
static struct tls_record_keys *client; /* a's other end */
static uint8_t wire[128 * 1024], plain[128 * 1024];

static void setup_with(const struct shard_settings *s)
{
	bench_init(&bench, 1, s);
	bench_join_two(&bench, 0, &key_a, &a, &key_b, &b);
	a->keys = bench_record_keys(1, 2);
	a->transport = PEER_TRANSPORT_TLS;
	client = bench_record_keys(2, 1);
}

static void setup(void)
{
	setup_with(NULL);
}

static void setup_parts(void)
{
	struct shard_settings s = bench_settings();

	s.parts = true;
	setup_with(&s);
}

static void teardown(void)
{
	record_keys_free(client);
	bench_free(&bench);
}

static void fill(uint8_t *packet, uint32_t len, uint8_t seed)
{
	for (uint32_t i = 0; i < len; i++)
		packet[i] = (uint8_t)(seed + i * 7);
}

/* Plain bytes as the client seals them, in records of at most `piece` bytes. */
static uint32_t seal(uint8_t *out, const uint8_t *data, uint32_t len, uint32_t piece)
{
	uint32_t n = 0;

	for (uint32_t at = 0; at < len; at += piece) {
		uint32_t here = len - at < piece ? len - at : piece;
		struct iovec iov = { (void *)(uintptr_t)(data + at), here };
		ssize_t sealed = record_seal(client, &iov, 1, out + n, sizeof(wire) - n);

		ck_assert_int_gt(sealed, 0);
		n += (uint32_t)sealed;
	}
	return n;
}

static void receive_in(const uint8_t *data, uint32_t len, uint32_t piece)
{
	for (uint32_t at = 0; at < len && peer_live(a); at += piece) {
		bench_receive(&bench, a, data + at, len - at < piece ? len - at : piece);
		bench_settle(&bench);
	}
}

static void expect_packet(int fd, uint32_t len, uint8_t seed)
{
	static uint8_t want[FRAME_PACKET_MAX];
	uint8_t type;
	uint32_t body_len;
	const uint8_t *body = bench_frame(&bench, fd, &type, &body_len);

	fill(want, len, seed);
	ck_assert_ptr_nonnull(body);
	ck_assert_uint_eq(type, FRAME_RECV_PACKET);
	ck_assert_uint_eq(body_len, KEY_SIZE + len);
	ck_assert_mem_eq(body, key_a.bytes, KEY_SIZE);
	ck_assert_int_eq(memcmp(body + KEY_SIZE, want, len), 0);
}

/* Three packets of these lengths from a to b, plain. */
static const uint32_t lengths[] = { 100, 0, 1400 };

static uint32_t put_three(uint8_t *out)
{
	uint8_t packet[2000];
	uint32_t n = 0;

	for (uint8_t i = 0; i < 3; i++) {
		fill(packet, lengths[i], i);
		n += bench_put_send(out + n, &key_b, packet, lengths[i]);
	}
	return n;
}

static void expect_three(void)
{
	for (uint8_t i = 0; i < 3; i++)
		expect_packet(b->fd, lengths[i], i);
}

START_TEST(secure_bytes_come_out_the_same_however_they_are_cut)
{
	static const uint32_t records[] = { 1, 7, 500, 16384 };
	static const uint32_t pieces[] = { 1, 2, 5, 6, 21, 22, 23, 333, 4096 };

	for (size_t r = 0; r < HD_ARRAY_LEN(records); r++)
		for (size_t p = 0; p < HD_ARRAY_LEN(pieces); p++) {
			uint32_t n = seal(wire, plain, put_three(plain), records[r]);

			receive_in(wire, n, pieces[p]);
			ck_assert(peer_live(a));
			expect_three();
		}
	ck_assert_ptr_null(a->sealed);
	ck_assert_ptr_null(a->partial);
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
}
END_TEST

START_TEST(secure_bytes_of_the_largest_packet)
{
	static uint8_t packet[FRAME_PACKET_MAX];
	uint32_t n;

	fill(packet, sizeof(packet), 9);
	n = bench_put_send(plain, &key_b, packet, sizeof(packet));
	receive_in(wire, seal(wire, plain, n, RECORD_PLAIN_MAX), 4096);
	expect_packet(b->fd, sizeof(packet), 9);
}
END_TEST

/* What is held for a record that has only begun is what has come, no more. */
START_TEST(secure_bytes_holds_only_what_has_come)
{
	uint32_t n;

	memset(plain, 0, RECORD_PLAIN_MAX);
	n = seal(wire, plain, RECORD_PLAIN_MAX, RECORD_PLAIN_MAX);
	ck_assert_uint_gt(n, RECORD_PLAIN_MAX);
	receive_in(wire, 6, 6);
	ck_assert(peer_live(a));
	ck_assert_uint_le(buf_block_bytes(&bench.sh->bufs), 1024);
}
END_TEST

START_TEST(secure_bytes_damaged_anywhere_closes_after_what_was_genuine)
{
	uint32_t first = seal(wire, plain, put_three(plain), RECORD_PLAIN_MAX);
	uint32_t n = first + seal(wire + first, plain, put_three(plain), RECORD_PLAIN_MAX);

	wire[n - 1] ^= 1;
	receive_in(wire, n, 4096);
	expect_three();
	ck_assert(!peer_live(a));
	ck_assert_uint_eq(a->close_reason, CLOSE_TLS_BAD_RECORD);
	ck_assert_uint_gt(bench.sh->ring->last_len, 0); /* the alert */
}
END_TEST

START_TEST(secure_bytes_that_are_no_record_close)
{
	static const uint8_t http[] = "GET / HTTP/1.1\r\n\r\n";

	receive_in(http, sizeof(http) - 1, 4096);
	ck_assert(!peer_live(a));
	ck_assert_uint_eq(a->close_reason, CLOSE_TLS_BAD_RECORD);
}
END_TEST

START_TEST(secure_bytes_close_notify_closes_after_the_data_before_it)
{
	uint32_t n = seal(wire, plain, put_three(plain), RECORD_PLAIN_MAX);
	ssize_t alert = record_seal_alert(client, TLS_ALERT_CLOSE_NOTIFY, wire + n);

	ck_assert_int_gt(alert, 0);
	receive_in(wire, n + (uint32_t)alert, 4096);
	expect_three();
	ck_assert(!peer_live(a));
	ck_assert_uint_eq(a->close_reason, CLOSE_EOF);
}
END_TEST

START_TEST(secure_bytes_alert_closes)
{
	ssize_t alert = record_seal_alert(client, TLS_ALERT_INTERNAL_ERROR, wire);

	receive_in(wire, (uint32_t)alert, 4096);
	ck_assert(!peer_live(a));
	ck_assert_uint_eq(a->close_reason, CLOSE_TLS_ALERT);
}
END_TEST

/* ---- sending ---- */

/* Opens what a's client has got; returns the plain bytes. */
static uint32_t open_all(uint8_t *out, size_t from)
{
	struct bench_stream *s = &bench.stream[a->fd - FAKE_RING_FD_FIRST];
	uint32_t n = 0;

	while (from < s->len) {
		int size = record_peek(s->data + from, s->len - from);
		struct record_opened o;

		ck_assert_int_gt(size, 0);
		ck_assert_uint_le((size_t)size, s->len - from);
		ck_assert_int_eq(record_open(client, s->data + from, (size_t)size, &o), 0);
		if (o.type == TLS_RECORD_DATA) {
			memcpy(out + n, o.data, o.len);
			n += o.len;
		} else {
			ck_assert_int_ge(record_control(client, &o), 0);
		}
		from += (size_t)size;
	}
	return n;
}

/* b sends `count` packets of `len` bytes to a. */
static void send_to_a(uint32_t count, uint32_t len)
{
	uint8_t packet[2000];

	for (uint32_t i = 0; i < count; i++) {
		fill(packet, len, (uint8_t)i);
		bench_receive(&bench, b, plain, bench_put_send(plain, &key_a, packet, len));
	}
}

static void expect_in(const uint8_t *data, uint32_t n, uint32_t count, uint32_t len)
{
	uint8_t want[2000];

	ck_assert_uint_eq(n, count * (FRAME_HEADER_SIZE + KEY_SIZE + len));
	for (uint32_t i = 0; i < count; i++) {
		ck_assert_uint_eq(data[0], FRAME_RECV_PACKET);
		fill(want, len, (uint8_t)i);
		ck_assert_mem_eq(data + FRAME_HEADER_SIZE, key_b.bytes, KEY_SIZE);
		ck_assert_int_eq(memcmp(data + FRAME_HEADER_SIZE + KEY_SIZE, want, len), 0);
		data += FRAME_HEADER_SIZE + KEY_SIZE + len;
	}
}

START_TEST(secure_seal_whatever_the_socket_takes)
{
	/* Three packets and their records are 3 * 337 bytes and a little. */
	for (size_t cut = 0; cut <= 1030; cut++) {
		size_t from = bench.stream[a->fd - FAKE_RING_FD_FIRST].len;
		uint64_t counted = stats_get(bench.sh->stats, STAT_SEND_BYTES);

		send_to_a(3, 300);
		bench_flush(&bench);
		ck_assert_ptr_nonnull(bench_sending(&bench, a));
		ck_assert_uint_gt(bench_sending(&bench, a)->len, 3 * 337);
		bench_sent(&bench, a, cut < bench_sending(&bench, a)->len ? cut : bench_sending(&bench, a)->len);
		bench_settle(&bench);
		expect_in(plain, open_all(plain, from), 3, 300);
		/* Frames count, not what TLS puts around them. */
		ck_assert_uint_eq(stats_get(bench.sh->stats, STAT_SEND_BYTES) - counted, 3 * 337);
	}
	ck_assert(peer_live(a) && tx_idle(a));
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
}
END_TEST

/* Sealing copies: receive buffers are home before anything is sent. */
START_TEST(secure_seal_lets_receive_buffers_go)
{
	send_to_a(3, 1400);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 3);
	bench_flush(&bench);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
	bench_settle(&bench);
}
END_TEST

/* Fits a small block while it waits, but not sealed. */
#define ODD_PACKET (BUF_SMALL_SIZE - FRAME_HEADER_SIZE - KEY_SIZE - 8)

static void allow_memory(uint64_t waiting, uint64_t leaving)
{
	bench.sh->bufs.account[BUF_WAITING].max = waiting;
	bench.sh->bufs.account[BUF_LEAVING].max = leaving;
}

/* One packet for a waits, because there is no memory to seal it. */
static void dry_out(void)
{
	allow_memory(BUF_SMALL_SIZE + sizeof(struct buf), 0);
	send_to_a(1, ODD_PACKET);
	bench_flush(&bench);
	ck_assert(peer_live(a) && a->blocked && a->dry);
	ck_assert_ptr_null(bench_sending(&bench, a));
}

START_TEST(secure_reader_waits_for_memory_to_seal)
{
	size_t from = bench.stream[a->fd - FAKE_RING_FD_FIRST].len;

	dry_out();
	secure_feed_dry(bench.sh);
	ck_assert(peer_live(a) && a->dry);
	allow_memory(1 << 20, 0);
	secure_feed_dry(bench.sh);
	ck_assert(!a->dry);
	ck_assert_ptr_nonnull(bench_sending(&bench, a));
	bench_settle(&bench);
	expect_in(plain, open_all(plain, from), 1, ODD_PACKET);
	ck_assert(peer_live(a) && tx_idle(a) && !a->blocked);
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
}
END_TEST

START_TEST(secure_reader_waits_for_memory_no_longer_than_a_client_may_take)
{
	dry_out();
	bench_set_time(&bench, bench.sh->now_ms + bench.sh->settings->write_timeout_ms - 1);
	tx_check_timeouts(bench.sh);
	ck_assert(peer_live(a));
	bench_set_time(&bench, bench.sh->now_ms + 1);
	tx_check_timeouts(bench.sh);
	ck_assert(!peer_live(a));
	ck_assert_uint_eq(a->close_reason, CLOSE_NO_MEMORY);
	ck_assert(list_empty(&bench.sh->dry));
}
END_TEST

/* Memory that came back begins the client's own time. */
START_TEST(secure_reader_has_its_time_after_it_got_memory)
{
	bench.plane->settings.send_queue_ms = 0;
	dry_out();
	bench_set_time(&bench, bench.sh->now_ms + bench.sh->settings->write_timeout_ms - 1);
	allow_memory(1 << 20, 0);
	secure_feed_dry(bench.sh);
	bench_set_time(&bench, bench.sh->now_ms + bench.sh->settings->write_timeout_ms - 1);
	tx_check_timeouts(bench.sh);
	ck_assert(peer_live(a));
	bench_set_time(&bench, bench.sh->now_ms + 1);
	tx_check_timeouts(bench.sh);
	ck_assert_uint_eq(a->close_reason, CLOSE_WRITE_TIMEOUT);
}
END_TEST

/* Nothing could be held: nothing is waited for. */
START_TEST(secure_reader_without_any_memory_loses_packets_only)
{
	size_t from;

	allow_memory(0, 0);
	send_to_a(3, 300);
	bench_flush(&bench);
	ck_assert(peer_live(a) && !a->blocked && !a->dry);
	ck_assert_uint_eq(bench_drops(&bench, DROP_NO_BUFFER), 3);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
	allow_memory(1 << 20, 0);
	from = bench.stream[a->fd - FAKE_RING_FD_FIRST].len;
	send_to_a(3, 300);
	bench_settle(&bench);
	expect_in(plain, open_all(plain, from), 3, 300);
}
END_TEST

/* Memory for one record at a time is enough. */
START_TEST(secure_reader_with_little_memory_gets_slice_by_slice)
{
	size_t from = bench.stream[a->fd - FAKE_RING_FD_FIRST].len;

	allow_memory(0, BUF_MEDIUM_SIZE + sizeof(struct buf));
	send_to_a(1, 1400);
	send_to_a(1, 1400);
	bench_flush(&bench);
	ck_assert(peer_live(a) && !a->blocked);
	bench_settle(&bench);
	ck_assert_uint_gt(open_all(plain, from), 2 * 1400);
	ck_assert(peer_live(a) && tx_idle(a));
}
END_TEST

/* One more than may wait, of which the first is lost, behind one that is sealed. */
START_TEST(secure_reader_is_kept_32_packets_however_large)
{
	static uint8_t frame[FRAME_HEADER_SIZE + KEY_SIZE + FRAME_PACKET_MAX];
	static uint8_t got[(POLICY_LANE_PACKETS + 1) * sizeof(frame)];
	struct bench_stream *s = &bench.stream[a->fd - FAKE_RING_FD_FIRST];
	size_t from = s->len;

	allow_memory(64 << 20, 0);
	for (uint32_t i = 0; i <= POLICY_LANE_PACKETS + 1; i++) {
		bench_put_send(frame, &key_a, got, FRAME_PACKET_MAX);
		frame[FRAME_HEADER_SIZE + KEY_SIZE] = (uint8_t)i;
		for (size_t at = 0; at < sizeof(frame); at += 4096)
			bench_receive(&bench, b, frame + at,
				      (uint32_t)(sizeof(frame) - at < 4096 ? sizeof(frame) - at : 4096));
		bench_flush(&bench);
		if (i == 0)
			bench_send_fails(&bench, a, EAGAIN);
		bench_flush(&bench);
	}
	ck_assert(a->blocked);
	ck_assert_uint_eq(bench_drops(&bench, DROP_QUEUE_HEAD), 1);
	bench_settle(&bench);
	ck_assert_uint_eq(open_all(got, from), sizeof(got));
	for (uint32_t i = 0; i <= POLICY_LANE_PACKETS; i++)
		ck_assert_uint_eq(got[i * sizeof(frame) + FRAME_HEADER_SIZE + KEY_SIZE], i == 0 ? 0 : i + 1);
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
}
END_TEST

START_TEST(secure_seal_gathers_into_full_records)
{
	size_t from = bench.stream[a->fd - FAKE_RING_FD_FIRST].len;
	struct bench_stream *s = &bench.stream[a->fd - FAKE_RING_FD_FIRST];

	for (int i = 0; i < 7; i++) {
		uint32_t n = bench_put_send(plain, &key_a, wire, 1900);

		n += bench_put_send(plain + n, &key_a, wire, 1900);
		bench_receive(&bench, b, plain, n);
	}
	bench_settle(&bench);
	ck_assert_int_eq(record_peek(s->data + from, s->len - from), RECORD_HEADER_SIZE + RECORD_PLAIN_MAX + 17);
}
END_TEST

START_TEST(secure_seal_answers_a_key_update_before_the_next_data)
{
	size_t from = bench.stream[a->fd - FAKE_RING_FD_FIRST].len;
	ssize_t n;

	record_want_key_update(client, true);
	n = record_seal(client, NULL, 0, wire, sizeof(wire));
	ck_assert_int_gt(n, 0);
	receive_in(wire, (uint32_t)n, 4096);
	ck_assert(peer_live(a));
	ck_assert_uint_gt(bench.stream[a->fd - FAKE_RING_FD_FIRST].len, from);
	send_to_a(2, 200);
	bench_settle(&bench);
	expect_in(plain, open_all(plain, from), 2, 200);
	receive_in(wire, seal(wire, plain, put_three(plain), 100), 4096);
	expect_three();
}
END_TEST

START_TEST(secure_goodbye_says_nothing_inside_a_record)
{
	send_to_a(1, 500);
	bench_flush(&bench);
	bench_sent(&bench, a, 10);
	life_close(bench.sh, a, CLOSE_BY_ADMIN);
	ck_assert_uint_eq(bench.sh->ring->last_len, 0);
}
END_TEST

START_TEST(secure_goodbye_is_close_notify)
{
	struct record_opened o;
	uint8_t last[64];
	size_t len;

	life_close(bench.sh, a, CLOSE_BY_ADMIN);
	len = bench.sh->ring->last_len;
	ck_assert_uint_gt(len, 0);
	memcpy(last, bench.sh->ring->last, len);
	ck_assert_int_eq(record_open(client, last, len, &o), 0);
	ck_assert_int_eq(record_control(client, &o), CONTROL_CLOSE_NOTIFY);
}
END_TEST

Suite *test_secure_suite(void)
{
	Suite *s = suite_create("secure");
	TCase *tc = tcase_create("secure");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, secure_bytes_come_out_the_same_however_they_are_cut);
	tcase_add_test(tc, secure_bytes_of_the_largest_packet);
	tcase_add_test(tc, secure_bytes_holds_only_what_has_come);
	tcase_add_test(tc, secure_bytes_damaged_anywhere_closes_after_what_was_genuine);
	tcase_add_test(tc, secure_bytes_that_are_no_record_close);
	tcase_add_test(tc, secure_bytes_close_notify_closes_after_the_data_before_it);
	tcase_add_test(tc, secure_bytes_alert_closes);
	tcase_add_test(tc, secure_seal_whatever_the_socket_takes);
	tcase_add_test(tc, secure_seal_lets_receive_buffers_go);
	tcase_add_test(tc, secure_reader_waits_for_memory_to_seal);
	tcase_add_test(tc, secure_reader_waits_for_memory_no_longer_than_a_client_may_take);
	tcase_add_test(tc, secure_reader_has_its_time_after_it_got_memory);
	tcase_add_test(tc, secure_reader_without_any_memory_loses_packets_only);
	tcase_add_test(tc, secure_reader_with_little_memory_gets_slice_by_slice);
	tcase_add_test(tc, secure_reader_is_kept_32_packets_however_large);
	tcase_add_test(tc, secure_seal_gathers_into_full_records);
	tcase_add_test(tc, secure_seal_answers_a_key_update_before_the_next_data);
	tcase_add_test(tc, secure_goodbye_says_nothing_inside_a_record);
	tcase_add_test(tc, secure_goodbye_is_close_notify);
	suite_add_tcase(s, tc);

	tc = tcase_create("secure, buffers by parts");
	tcase_add_checked_fixture(tc, setup_parts, teardown);
	tcase_add_test(tc, secure_bytes_come_out_the_same_however_they_are_cut);
	tcase_add_test(tc, secure_bytes_of_the_largest_packet);
	tcase_add_test(tc, secure_bytes_damaged_anywhere_closes_after_what_was_genuine);
	suite_add_tcase(s, tc);
	return s;
}
