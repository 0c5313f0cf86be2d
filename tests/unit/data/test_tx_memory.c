/* SPDX-License-Identifier: MIT
 * Sending when a pool has nothing left. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "data/life.h"
#include "data/tx.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"

Suite *test_tx_memory_suite(void);

static struct bench bench;
static struct key key_a, key_b;
static struct peer *a, *b; /* b receives */

static void setup(void)
{
	bench_init(&bench, 1, NULL);
	bench_join_two(&bench, 0, &key_a, &a, &key_b, &b);
}

static void teardown(void)
{
	bench_free(&bench);
}

/* All objects that a pool may have from now on, chained. */
static void *use_up(struct pool *p)
{
	void *chain = NULL, *object;

	p->objects_max = p->objects > 0 ? p->objects : 1;
	while ((object = pool_get(p)) != NULL) {
		memcpy(object, &chain, sizeof(chain));
		chain = object;
	}
	return chain;
}

static void give_back(struct pool *p, void *chain)
{
	while (chain) {
		void *object = chain;

		memcpy(&chain, object, sizeof(chain));
		pool_put(p, object);
	}
	p->objects_max = 0;
}

/* A watcher that missed some of it would be wrong for ever. */
START_TEST(tx_push_block_without_memory_closes)
{
	uint8_t *block = malloc(FRAME_KEEP_ALIVE_SIZE);
	void *taken = use_up(&bench.sh->slices);

	ck_assert_ptr_nonnull(block);
	tx_push_block(bench.sh, b, block, (uint32_t)frame_put_keep_alive(block));
	ck_assert(!peer_live(b));
	ck_assert_uint_eq(b->close_reason, CLOSE_NO_MEMORY);
	ck_assert(b->tell & PEER_TELL_BLOCK_DONE);
	give_back(&bench.sh->slices, taken);
}
END_TEST

START_TEST(tx_flush_without_memory_for_a_vector_sends_one_by_one)
{
	void *taken = use_up(&bench.sh->gathers);
	uint8_t packet[100] = { 0 }, wire[200], type;
	uint32_t len;

	for (int i = 0; i < 4; i++)
		bench_receive(&bench, a, wire, bench_put_send(wire, &key_b, packet, sizeof(packet)));
	bench_flush(&bench);
	ck_assert_uint_eq(bench_sending(&bench, b)->count, 1);
	bench_settle(&bench);
	ck_assert(peer_live(b) && tx_idle(b));
	for (int i = 0; i < 4; i++) {
		ck_assert_ptr_nonnull(bench_frame(&bench, b->fd, &type, &len));
		ck_assert_uint_eq(type, FRAME_RECV_PACKET);
	}
	ck_assert_ptr_null(bench_frame(&bench, b->fd, &type, &len));
	give_back(&bench.sh->gathers, taken);
}
END_TEST

START_TEST(tx_slices_without_memory_are_drops)
{
	void *taken = use_up(&bench.sh->slices);
	uint8_t packet[100] = { 0 }, wire[200];

	bench_receive(&bench, a, wire, bench_put_send(wire, &key_b, packet, sizeof(packet)));
	ck_assert(peer_live(a) && peer_live(b));
	ck_assert_uint_eq(bench_drops(&bench, DROP_NO_BUFFER), 1);
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
	give_back(&bench.sh->slices, taken);
}
END_TEST

Suite *test_tx_memory_suite(void)
{
	Suite *s = suite_create("tx_memory");
	TCase *tc = tcase_create("tx_memory");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, tx_push_block_without_memory_closes);
	tcase_add_test(tc, tx_flush_without_memory_for_a_vector_sends_one_by_one);
	tcase_add_test(tc, tx_slices_without_memory_are_drops);
	suite_add_tcase(s, tc);
	return s;
}
