/* SPDX-License-Identifier: MIT
 * What a relay sends to a carried connection, cut at every place. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tools/hd-bench/payload.h"
#include "tools/hd-bench/receiver.h"
#include "util/error.h"

#define PACKETS 4
#define STREAM_MAX (PACKETS * 1024)

Suite *test_receiver_suite(void);

static struct options options;
static struct conn_identity identities[2];
static struct client clients[2];
static struct plan_client plans[2];
static struct client_run run;
static struct client_log *counts;
static struct conn_target target = { .rules = { .ops = &transport_plain } };
static uint8_t stream[STREAM_MAX], pieces[STREAM_MAX];
static size_t stream_len;

static void put_packet(uint64_t seq, uint32_t size)
{
	struct payload p = { .run = run.id, .seq = seq, .from = 0, .to = 1, .size = size };

	frame_header_store(stream + stream_len, FRAME_RECV_PACKET, KEY_SIZE + size);
	stream_len += FRAME_HEADER_SIZE;
	memcpy(stream + stream_len, identities[0].public_key.bytes, KEY_SIZE);
	payload_put(stream + stream_len + KEY_SIZE, &p);
	stream_len += KEY_SIZE + size;
}

static void set_up(void)
{
	payload_start();
	memset(&identities[0].public_key, 1, sizeof(identities[0].public_key));
	plans[0] = (struct plan_client){ .role = PLAN_TRAFFIC, .dest_first = 1, .dest_count = 1 };
	plans[1] = (struct plan_client){ .role = PLAN_TRAFFIC, .source_first = 0, .source_count = 1 };
	run = (struct client_run){
		.options = &options,
		.plan = { .clients = plans, .count = 2 },
		.clients = clients,
		.identities = identities,
		.target = target,
		.id = 77,
	};
	stream_len = 0;
	for (uint32_t i = 0; i < PACKETS; i++)
		put_packet(i, i % 2 ? PAYLOAD_HEADER_SIZE : 300);
}

static struct client *receiver(void)
{
	counts = calloc(1, sizeof(*counts));
	ck_assert_ptr_nonnull(counts);
	ck_assert_int_eq(client_init(&clients[1], &run, counts, 1), 0);
	/* Nobody moves its bytes but the test. */
	clients[1].conn.transport.rules = &run.target.rules;
	return &clients[1];
}

static uint64_t count_of(enum count_flow what)
{
	return atomic_load(&counts->count.flow[PLAN_TRAFFIC][what]);
}

static void done(void)
{
	client_release(&clients[1]);
	free(counts);
}

START_TEST(receiver_take_carried_sees_all_packets_however_cut)
{
	for (size_t step = 1; step <= stream_len; step++) {
		struct client *c = receiver();

		memcpy(pieces, stream, stream_len);
		for (size_t at = 0; at < stream_len; at += step) {
			size_t n = stream_len - at < step ? stream_len - at : step;

			ck_assert_int_eq(receiver_take_carried(c, pieces + at, n, 0), 0);
		}
		ck_assert_uint_eq(count_of(COUNT_RECEIVED), PACKETS);
		ck_assert_uint_eq(count_of(COUNT_CORRUPT), 0);
		ck_assert_uint_eq(count_of(COUNT_REORDERED), 0);
		ck_assert_uint_eq(c->conn.rest_len, 0);
		done();
	}
}
END_TEST

START_TEST(receiver_take_carried_sees_a_changed_byte_in_a_frame_that_was_cut)
{
	for (size_t cut = 1; cut < FRAME_HEADER_SIZE + KEY_SIZE + 300; cut++) {
		struct client *c = receiver();

		memcpy(pieces, stream, stream_len);
		pieces[FRAME_HEADER_SIZE + KEY_SIZE + cut % 300] ^= 1;
		ck_assert_int_eq(receiver_take_carried(c, pieces, cut, 0), 0);
		ck_assert_int_eq(receiver_take_carried(c, pieces + cut, stream_len - cut, 0), 0);
		ck_assert_uint_eq(count_of(COUNT_CORRUPT), 1);
		ck_assert_uint_eq(count_of(COUNT_RECEIVED), PACKETS - 1);
		done();
	}
}
END_TEST

START_TEST(receiver_take_carried_refuses_a_frame_that_no_relay_sends)
{
	struct client *c = receiver();

	frame_header_store(pieces, FRAME_RECV_PACKET, CONN_FRAME_MAX);
	ck_assert_int_eq(receiver_take_carried(c, pieces, FRAME_HEADER_SIZE, 0), ERROR_MALFORMED);
	done();
}
END_TEST

/* --- packets that come as a run --- */

#define RUN 8
#define RUN_SIZE 100
#define RUN_FRAME (FRAME_HEADER_SIZE + KEY_SIZE + RUN_SIZE)

static void put_run(void)
{
	stream_len = 0;
	for (uint32_t i = 0; i < RUN; i++)
		put_packet(i, RUN_SIZE);
	memcpy(pieces, stream, stream_len);
}

static void take_all(struct client *c, size_t len)
{
	ck_assert_int_eq(receiver_take_carried(c, pieces, len, 0), 0);
}

START_TEST(receiver_take_counts_a_run_as_its_packets)
{
	struct client *c = receiver();

	put_run();
	take_all(c, stream_len);
	ck_assert_uint_eq(count_of(COUNT_RECEIVED), RUN);
	ck_assert_uint_eq(count_of(COUNT_RECEIVED_BYTES), RUN * RUN_SIZE);
	ck_assert_uint_eq(count_of(COUNT_RECEIVED_MEASURED), 0);
	ck_assert_uint_eq(c->tracks[0].next, RUN);
	done();
}
END_TEST

/* The first half of the measured ones was meant for 10, the rest for 30 each on its own. */
START_TEST(receiver_take_tells_the_delay_of_each_packet_of_a_run)
{
	struct client *c = receiver();
	const struct hist *h = &counts->latency[PLAN_TRAFFIC];

	stream_len = 0;
	for (uint32_t i = 0; i < RUN; i++) {
		struct payload p = { .run = run.id, .seq = i, .to = 1, .size = RUN_SIZE, .measured = i > 1 };

		p.intended_ns = i < 5 ? 10 : 20 + i;
		put_packet(i, RUN_SIZE);
		payload_put(stream + stream_len - RUN_SIZE, &p);
	}
	memcpy(pieces, stream, stream_len);
	ck_assert_int_eq(receiver_take_carried(c, pieces, stream_len, 40), 0);
	ck_assert_uint_eq(count_of(COUNT_RECEIVED), RUN);
	ck_assert_uint_eq(count_of(COUNT_RECEIVED_MEASURED), RUN - 2);
	ck_assert_uint_eq(h->count, RUN - 2);
	ck_assert_uint_eq(h->buckets[30], 3);
	for (uint32_t i = 5; i < RUN; i++)
		ck_assert_uint_eq(h->buckets[20 - i], 1);
	done();
}
END_TEST

START_TEST(receiver_take_sees_any_changed_bit_in_a_run)
{
	for (size_t bit = 0; bit < RUN * RUN_FRAME * 8; bit++) {
		struct client *c;

		/* A frame of another type or length is something else than a packet that was changed. */
		if (bit / 8 % RUN_FRAME < FRAME_HEADER_SIZE)
			continue;
		c = receiver();
		put_run();
		pieces[bit / 8] ^= (uint8_t)(1 << bit % 8);
		take_all(c, stream_len);
		ck_assert_uint_eq(count_of(COUNT_CORRUPT), 1);
		ck_assert_uint_eq(count_of(COUNT_RECEIVED), RUN - 1);
		ck_assert_uint_eq(count_of(COUNT_REORDERED), 0);
		done();
	}
}
END_TEST

START_TEST(receiver_take_sees_a_lost_packet_in_a_run)
{
	for (size_t lost = 0; lost < RUN; lost++) {
		struct client *c = receiver();

		put_run();
		memmove(pieces + lost * RUN_FRAME, pieces + (lost + 1) * RUN_FRAME, (RUN - 1 - lost) * RUN_FRAME);
		take_all(c, stream_len - RUN_FRAME);
		ck_assert_uint_eq(count_of(COUNT_RECEIVED), RUN - 1);
		ck_assert_uint_eq(count_of(COUNT_REORDERED) + count_of(COUNT_CORRUPT), 0);
		done();
	}
}
END_TEST

START_TEST(receiver_take_sees_a_packet_twice_in_a_run)
{
	for (size_t twice = 0; twice + 1 < RUN; twice++) {
		struct client *c = receiver();

		put_run();
		memcpy(pieces + (twice + 1) * RUN_FRAME, stream + twice * RUN_FRAME, RUN_FRAME);
		take_all(c, stream_len);
		ck_assert_uint_eq(count_of(COUNT_DUPLICATE), 1);
		ck_assert_uint_eq(count_of(COUNT_RECEIVED), RUN - 1);
		done();
	}
}
END_TEST

START_TEST(receiver_take_sees_two_that_change_places_in_a_run)
{
	for (size_t late = 0; late + 1 < RUN; late++) {
		struct client *c = receiver();

		put_run();
		memcpy(pieces + (late + 1) * RUN_FRAME, stream + late * RUN_FRAME, RUN_FRAME);
		memcpy(pieces + late * RUN_FRAME, stream + (late + 1) * RUN_FRAME, RUN_FRAME);
		take_all(c, stream_len);
		ck_assert_uint_eq(count_of(COUNT_REORDERED), 1);
		ck_assert_uint_eq(count_of(COUNT_RECEIVED), RUN);
		done();
	}
}
END_TEST

START_TEST(receiver_take_sees_another_frame_amid_a_run)
{
	struct client *c = receiver();

	put_run();
	frame_header_store(pieces + 3 * RUN_FRAME, FRAME_SEND_PACKET, KEY_SIZE + RUN_SIZE);
	take_all(c, stream_len);
	ck_assert_uint_eq(atomic_load(&counts->count.other[COUNT_PROTOCOL]), 1);
	ck_assert_uint_eq(count_of(COUNT_RECEIVED), RUN - 1);
	done();
}
END_TEST

Suite *test_receiver_suite(void)
{
	Suite *s = suite_create("receiver");
	TCase *t = tcase_create("receiver");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, receiver_take_carried_sees_all_packets_however_cut);
	tcase_add_test(t, receiver_take_carried_sees_a_changed_byte_in_a_frame_that_was_cut);
	tcase_add_test(t, receiver_take_carried_refuses_a_frame_that_no_relay_sends);
	tcase_add_test(t, receiver_take_counts_a_run_as_its_packets);
	tcase_add_test(t, receiver_take_tells_the_delay_of_each_packet_of_a_run);
	tcase_add_test(t, receiver_take_sees_any_changed_bit_in_a_run);
	tcase_add_test(t, receiver_take_sees_a_lost_packet_in_a_run);
	tcase_add_test(t, receiver_take_sees_a_packet_twice_in_a_run);
	tcase_add_test(t, receiver_take_sees_two_that_change_places_in_a_run);
	tcase_add_test(t, receiver_take_sees_another_frame_amid_a_run);
	suite_add_tcase(s, t);
	return s;
}
