/* SPDX-License-Identifier: MIT
 * Bytes to frames: whatever way they are cut, the same comes out, and no more
 * memory is taken than bytes have come. */
#include <check.h>
#include <string.h>

#include "data/life.h"
#include "data/rx.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"
#include "tests/unit/data/prng.h"

Suite *test_rx_suite(void);

static struct bench bench;
static struct key key_a, key_b;
static struct peer *a, *b;
static uint8_t wire[256 * 1024];

static void setup_with(uint16_t shards, const struct shard_settings *s, uint8_t flags)
{
	bench_init(&bench, shards, s);
	bench_join_two(&bench, flags, &key_a, &a, &key_b, &b);
}

static void setup(void)
{
	setup_with(1, NULL, 0);
}

static void setup_parts(void)
{
	struct shard_settings s = bench_settings();

	s.parts = true;
	setup_with(1, &s, 0);
}

static void teardown(void)
{
	bench_free(&bench);
}

/* In pieces of at most `piece` bytes. Stops when the peer is closed. */
static void receive_in(const uint8_t *data, uint32_t len, uint32_t piece)
{
	for (uint32_t at = 0; at < len && peer_live(a); at += piece) {
		bench_receive(&bench, a, data + at, len - at < piece ? len - at : piece);
		bench_settle(&bench);
	}
}

static void expect_pong(int fd, const void *data)
{
	uint8_t type;
	uint32_t body_len;
	const uint8_t *body = bench_frame(&bench, fd, &type, &body_len);

	ck_assert_ptr_nonnull(body);
	ck_assert_uint_eq(type, FRAME_PONG);
	ck_assert_uint_eq(body_len, FRAME_PING_SIZE);
	ck_assert_int_eq(memcmp(body, data, FRAME_PING_SIZE), 0);
}

/* ---- frames cut in pieces ---- */

/* One of each kind; what comes of it is checked by expect_mixture. */
static uint32_t put_mixture(void)
{
	uint32_t at = 0;

	at += bench_put_send(wire + at, &key_b, "first", 5);
	at += bench_put(wire + at, FRAME_PING, "12345678more", 12);
	at += bench_put(wire + at, 0x77, "unknown", 7);
	at += bench_put_send(wire + at, &key_b, "", 0);
	at += bench_put(wire + at, FRAME_NOTE_PREFERRED, "\1", 1);
	at += bench_put(wire + at, 0x78, NULL, 0);
	at += bench_put(wire + at, FRAME_PONG, "87654321", 8);
	at += bench_put_send(wire + at, &key_b, "second packet", 13);
	at += bench_put_send(wire + at, &key_b, "third", 5);
	at += bench_put(wire + at, FRAME_PING, "abcdefgh", 8);
	return at;
}

static void expect_mixture(uint64_t unknown_before)
{
	bench_expect_packet(&bench, b->fd, &key_a, "first", 5);
	bench_expect_packet(&bench, b->fd, &key_a, "", 0);
	bench_expect_packet(&bench, b->fd, &key_a, "second packet", 13);
	bench_expect_packet(&bench, b->fd, &key_a, "third", 5);
	bench_expect_nothing(&bench, b->fd);
	expect_pong(a->fd, "12345678");
	expect_pong(a->fd, "abcdefgh");
	bench_expect_nothing(&bench, a->fd);
	ck_assert(a->preferred);
	ck_assert_ptr_null(a->partial);
	ck_assert_uint_eq(a->skip, 0);
	ck_assert_uint_eq(bench_stat(&bench, STAT_UNKNOWN_FRAMES), unknown_before + 3);
}

START_TEST(rx_takes_frames_cut_at_every_byte)
{
	uint32_t len = put_mixture();

	for (uint32_t cut = 1; cut < len; cut++) {
		uint64_t unknown = bench_stat(&bench, STAT_UNKNOWN_FRAMES);

		a->preferred = false;
		bench_receive(&bench, a, wire, cut);
		bench_receive(&bench, a, wire + cut, len - cut);
		bench_settle(&bench);
		expect_mixture(unknown);
	}
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
}
END_TEST

START_TEST(rx_takes_frames_in_pieces_of_every_size)
{
	uint32_t len = put_mixture();

	for (uint32_t piece = 1; piece <= len; piece++) {
		uint64_t unknown = bench_stat(&bench, STAT_UNKNOWN_FRAMES);

		a->preferred = false;
		receive_in(wire, len, piece);
		expect_mixture(unknown);
	}
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
}
END_TEST

START_TEST(rx_takes_frames_of_every_size_up_to_the_largest)
{
	static const uint32_t sizes[] = { 1, 411, 412, 448, 2011, 2012, 4054, 4055, 16347, 16348, 65535, 65536 };
	static uint8_t packet[FRAME_PACKET_MAX];
	struct prng prng = prng_of(7);

	for (size_t i = 0; i < sizeof(packet); i++)
		packet[i] = (uint8_t)prng_next(&prng);
	for (size_t i = 0; i < HD_ARRAY_LEN(sizes); i++) {
		uint32_t len = bench_put_send(wire, &key_b, packet, sizes[i]);

		for (uint32_t piece = 700; piece <= 4096; piece += 1132) {
			receive_in(wire, len, piece);
			bench_expect_packet(&bench, b->fd, &key_a, packet, sizes[i]);
			bench_expect_nothing(&bench, b->fd);
		}
	}
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
}
END_TEST

START_TEST(rx_holds_no_more_than_a_few_times_what_came)
{
	uint32_t len = bench_put_send(wire, &key_b, wire + 70000, FRAME_PACKET_MAX);

	for (uint32_t at = 0; at < len - 1; at += 97) {
		uint32_t piece = len - 1 - at < 97 ? len - 1 - at : 97;

		bench_receive(&bench, a, wire + at, piece);
		/* A small block whatever comes; then at most eight times the bytes. */
		ck_assert_uint_le(buf_block_bytes(&bench.sh->bufs), BUF_SMALL_SIZE + 128 + 8 * (at + piece));
		ck_assert_uint_le(buf_block_bytes(&bench.sh->bufs), BUF_HUGE_SIZE + 128);
	}
	life_close(bench.sh, a, CLOSE_BY_ADMIN);
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
}
END_TEST

START_TEST(rx_holds_little_for_the_header_of_a_large_frame)
{
	frame_header_store(wire, FRAME_SEND_PACKET, FRAME_SEND_BODY_MAX);
	bench_receive(&bench, a, wire, FRAME_HEADER_SIZE);
	ck_assert_uint_le(buf_block_bytes(&bench.sh->bufs), BUF_SMALL_SIZE + 128);
}
END_TEST

START_TEST(rx_closes_a_client_it_has_no_memory_for)
{
	struct shard_settings s = bench_settings();

	teardown();
	s.reserve_bytes_max = 20000;
	setup_with(1, &s, 0);
	receive_in(wire, bench_put_send(wire, &key_b, wire + 70000, FRAME_PACKET_MAX), 4096);
	ck_assert_uint_eq(a->close_reason, CLOSE_NO_MEMORY);
	ck_assert(!peer_live(a) && peer_live(b));
	bench_expect_nothing(&bench, b->fd);
}
END_TEST

/* ---- unknown frames ---- */

START_TEST(rx_skips_an_unknown_frame_longer_than_any_buffer)
{
	uint32_t len = 100000;

	frame_header_store(wire, 0x99, len);
	memset(wire + FRAME_HEADER_SIZE, FRAME_PING, len); /* looks like frames of its own */
	len += FRAME_HEADER_SIZE;
	len += bench_put(wire + len, FRAME_PING, "12345678", 8);
	for (uint32_t piece = 1024; piece <= 4096; piece += 1024) {
		receive_in(wire, len, piece);
		expect_pong(a->fd, "12345678");
		bench_expect_nothing(&bench, a->fd);
	}
	ck_assert_uint_eq(buf_block_bytes(&bench.sh->bufs), 0);
}
END_TEST

START_TEST(rx_skips_an_unknown_frame_of_the_largest_length)
{
	frame_header_store(wire, 0x99, UINT32_MAX);
	for (int cut = 1; cut <= FRAME_HEADER_SIZE; cut++) {
		bench_receive(&bench, a, wire, (uint32_t)cut);
		bench_receive(&bench, a, wire + cut, 1000);
		ck_assert(peer_live(a));
		ck_assert_uint_eq(a->skip, UINT32_MAX - 1000 + (uint32_t)(FRAME_HEADER_SIZE - cut));
		ck_assert_ptr_null(a->partial);
		a->skip = 0;
	}
	ck_assert_uint_eq(bench_stat(&bench, STAT_UNKNOWN_FRAMES), FRAME_HEADER_SIZE);
}
END_TEST

START_TEST(rx_takes_an_unknown_frame_as_a_sign_of_life)
{
	struct peer *again = bench_join(&bench, &key_a, 0);

	ck_assert(again->active && !a->active);
	bench_receive(&bench, a, wire, bench_put(wire, 0x99, "x", 1));
	ck_assert(a->active && !again->active);
	/* In pieces, too. */
	bench_receive(&bench, again, wire, 3);
	ck_assert(a->active);
	bench_receive(&bench, again, wire + 3, 3);
	ck_assert(again->active && !a->active);
}
END_TEST

/* ---- wrong lengths and permissions ---- */

struct header_case {
	uint8_t type;
	uint32_t len;
	bool mesh; /* sent by a mesh peer */
	enum close_reason reason;
};

static const struct header_case bad_headers[] = {
	{ FRAME_SEND_PACKET, 0, false, CLOSE_BAD_LENGTH },
	{ FRAME_SEND_PACKET, KEY_SIZE - 1, false, CLOSE_BAD_LENGTH },
	{ FRAME_SEND_PACKET, FRAME_SEND_BODY_MAX + 1, false, CLOSE_BAD_LENGTH },
	{ FRAME_SEND_PACKET, UINT32_MAX, false, CLOSE_BAD_LENGTH },
	{ FRAME_NOTE_PREFERRED, 0, false, CLOSE_BAD_LENGTH },
	{ FRAME_NOTE_PREFERRED, 2, false, CLOSE_BAD_LENGTH },
	{ FRAME_PING, 7, false, CLOSE_BAD_LENGTH },
	{ FRAME_PING, 1001, false, CLOSE_BAD_LENGTH },
	{ FRAME_WATCH_CONNS, 1, true, CLOSE_BAD_LENGTH },
	{ FRAME_CLOSE_PEER, KEY_SIZE - 1, true, CLOSE_BAD_LENGTH },
	{ FRAME_CLOSE_PEER, KEY_SIZE + 1, true, CLOSE_BAD_LENGTH },
	{ FRAME_FORWARD_PACKET, 2 * KEY_SIZE - 1, true, CLOSE_BAD_LENGTH },
	{ FRAME_FORWARD_PACKET, FRAME_FORWARD_BODY_MAX + 1, true, CLOSE_BAD_LENGTH },
	{ FRAME_WATCH_CONNS, 0, false, CLOSE_NOT_MESH },
	{ FRAME_CLOSE_PEER, KEY_SIZE, false, CLOSE_NOT_MESH },
	{ FRAME_FORWARD_PACKET, 2 * KEY_SIZE, false, CLOSE_NOT_MESH },
};

/* Behind a good frame, which still arrives; a later one does not. The header
 * alone decides, wherever it is cut. */
START_TEST(rx_closes_on_a_bad_header)
{
	const struct header_case *c = &bad_headers[_i];

	for (uint32_t cut = 0; cut <= FRAME_HEADER_SIZE; cut++) {
		uint32_t at, len;

		teardown();
		setup_with(1, NULL, c->mesh ? PEER_FLAG_MESH : 0);
		at = bench_put_send(wire, &key_b, "good", 4);
		frame_header_store(wire + at, c->type, c->len);
		len = at + FRAME_HEADER_SIZE;
		len += bench_put_send(wire + len, &key_b, "late", 4);
		bench_receive(&bench, a, wire, at + cut);
		if (cut < FRAME_HEADER_SIZE) {
			ck_assert(peer_live(a));
			bench_receive(&bench, a, wire + at + cut, len - at - cut);
		}
		ck_assert(!peer_live(a));
		ck_assert_uint_eq(a->close_reason, c->reason);
		bench_settle(&bench);
		bench_expect_packet(&bench, b->fd, &key_a, "good", 4);
		bench_expect_nothing(&bench, b->fd);
		ck_assert(peer_live(b));
	}
}
END_TEST

START_TEST(rx_takes_frames_of_the_extreme_legal_lengths)
{
	static const struct header_case good[] = {
		{ FRAME_SEND_PACKET, KEY_SIZE, false, 0 },
		{ FRAME_SEND_PACKET, FRAME_SEND_BODY_MAX, false, 0 },
		{ FRAME_NOTE_PREFERRED, 1, false, 0 },
		{ FRAME_PING, FRAME_PING_SIZE, false, 0 },
		{ FRAME_PING, FRAME_PING_BODY_MAX, false, 0 },
		{ FRAME_WATCH_CONNS, 0, true, 0 },
		{ FRAME_CLOSE_PEER, KEY_SIZE, true, 0 },
		{ FRAME_FORWARD_PACKET, 2 * KEY_SIZE, true, 0 },
		{ FRAME_FORWARD_PACKET, FRAME_FORWARD_BODY_MAX, true, 0 },
		{ 0x03, UINT32_MAX, false, 0 }, /* a server's frame: unknown from a client */
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(good); i++) {
		uint32_t len = good[i].len < 70000 ? good[i].len : 70000;

		teardown();
		setup_with(1, NULL, good[i].mesh ? PEER_FLAG_MESH : 0);
		memset(wire, 0x42, FRAME_HEADER_SIZE + len);
		frame_header_store(wire, good[i].type, good[i].len);
		receive_in(wire, FRAME_HEADER_SIZE + len, 4096);
		ck_assert(peer_live(a));
	}
}
END_TEST

START_TEST(rx_tells_control_of_a_watcher)
{
	struct event e;

	teardown();
	setup_with(1, NULL, PEER_FLAG_MESH);
	bench_receive(&bench, a, wire, bench_put(wire, FRAME_WATCH_CONNS, NULL, 0));
	ck_assert(a->tell & PEER_TELL_WATCH);
	ck_assert(!bench_event(&bench, 0, &e)); /* with the pass, not at once */
}
END_TEST

START_TEST(rx_tells_control_only_of_a_change_of_preference)
{
	uint32_t len = bench_put(wire, FRAME_NOTE_PREFERRED, "\0", 1);

	a->tell = 0;
	bench_receive(&bench, a, wire, len);
	ck_assert_uint_eq(a->tell, 0);
	wire[FRAME_HEADER_SIZE] = 1;
	bench_receive(&bench, a, wire, len);
	ck_assert_uint_eq(a->tell, PEER_TELL_PREFERRED);
}
END_TEST

Suite *test_rx_suite(void)
{
	Suite *s = suite_create("rx");
	TCase *tc = tcase_create("frames");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rx_takes_frames_cut_at_every_byte);
	tcase_add_test(tc, rx_takes_frames_in_pieces_of_every_size);
	tcase_add_test(tc, rx_takes_frames_of_every_size_up_to_the_largest);
	tcase_add_test(tc, rx_holds_no_more_than_a_few_times_what_came);
	tcase_add_test(tc, rx_holds_little_for_the_header_of_a_large_frame);
	tcase_add_test(tc, rx_closes_a_client_it_has_no_memory_for);
	tcase_add_test(tc, rx_skips_an_unknown_frame_longer_than_any_buffer);
	tcase_add_test(tc, rx_skips_an_unknown_frame_of_the_largest_length);
	tcase_add_test(tc, rx_takes_an_unknown_frame_as_a_sign_of_life);
	tcase_add_loop_test(tc, rx_closes_on_a_bad_header, 0, (int)HD_ARRAY_LEN(bad_headers));
	tcase_add_test(tc, rx_takes_frames_of_the_extreme_legal_lengths);
	tcase_add_test(tc, rx_tells_control_of_a_watcher);
	tcase_add_test(tc, rx_tells_control_only_of_a_change_of_preference);
	suite_add_tcase(s, tc);

	tc = tcase_create("frames, buffers by parts");
	tcase_add_checked_fixture(tc, setup_parts, teardown);
	tcase_add_test(tc, rx_takes_frames_cut_at_every_byte);
	tcase_add_test(tc, rx_takes_frames_in_pieces_of_every_size);
	tcase_add_test(tc, rx_takes_frames_of_every_size_up_to_the_largest);
	suite_add_tcase(s, tc);
	return s;
}
