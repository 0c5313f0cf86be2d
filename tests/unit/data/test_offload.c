/* SPDX-License-Identifier: MIT
 * Peers with TLS in the kernel, whose calls (tls/ktls.h) are stood in for here:
 * records with their type, KeyUpdates, last words. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "data/life.h"
#include "data/offload.h"
#include "data/tx.h"
#include "proto/frame.h"
#include "tests/unit/data/bench.h"
#include "tls/ktls.h"
#include "tls/ktls_conn.h"
#include "util/error.h"

Suite *test_offload_suite(void);

static struct bench bench;
static struct key key_a, key_b;
static struct peer *a, *b; /* a has TLS in the kernel */
static uint8_t wire[4096];

/* ---- the kernel's part ---- */

static struct {
	int rx_result, tx_result, send_result;
	uint32_t rx_rekeys, tx_rekeys, records;
	uint8_t type;         /* of the last record sent */
	uint8_t data[16];
	bool rekeyed_in_flight; /* a send was under way when the key changed */
} kernel;

int ktls_rekey_rx(int fd, struct tls_secrets *s)
{
	(void)s;
	ck_assert_int_eq(fd, a->fd);
	kernel.rx_rekeys += kernel.rx_result == 0;
	return kernel.rx_result;
}

int ktls_rekey_tx(int fd, struct tls_secrets *s)
{
	(void)s;
	ck_assert_int_eq(fd, a->fd);
	kernel.rekeyed_in_flight |= a->send_armed;
	kernel.tx_rekeys += kernel.tx_result == 0;
	return kernel.tx_result;
}

int ktls_send_record(int fd, uint8_t type, const void *data, size_t len)
{
	ck_assert_int_eq(fd, a->fd);
	ck_assert_uint_le(len, sizeof(kernel.data));
	if (kernel.send_result < 0)
		return kernel.send_result;
	kernel.records++;
	kernel.type = type;
	memcpy(kernel.data, data, len);
	return 0;
}

/* ---- fixture ---- */

static void setup(void)
{
	struct tls_secrets s = { .version = TLS_VERSION_1_3, .suite = SUITE_AES_128_GCM };

	memset(&kernel, 0, sizeof(kernel));
	bench_init(&bench, 1, NULL);
	bench_join_two(&bench, 0, &key_a, &a, &key_b, &b);
	ck_assert_int_eq(ktls_conn_new(&a->offload, &s), 0);
	a->transport = PEER_TRANSPORT_KTLS;
}

static void teardown(void)
{
	bench_free(&bench);
}

/* A record of a's, as the ring of these tests hands it over: type, contents. */
static void receive(uint8_t type, const void *data, uint32_t len)
{
	uint8_t record[4000];

	record[0] = type;
	memcpy(record + 1, data, len);
	bench_receive(&bench, a, record, len + 1);
}

static void receive_key_update(uint8_t asks)
{
	const uint8_t body[CONTROL_KEY_UPDATE_SIZE] = { 24, 0, 0, 1, asks };

	receive(TLS_RECORD_HANDSHAKE, body, sizeof(body));
}

static void receive_alert(uint8_t level, uint8_t what)
{
	const uint8_t body[CONTROL_ALERT_SIZE] = { level, what };

	receive(TLS_RECORD_ALERT, body, sizeof(body));
}

static uint32_t packets_of(int fd)
{
	uint32_t n = 0, len;
	uint8_t type;

	while (bench_frame(&bench, fd, &type, &len))
		n += type == FRAME_RECV_PACKET;
	return n;
}

/* ---- receiving ---- */

START_TEST(offload_bytes_of_data_are_frames)
{
	uint32_t len = bench_put_send(wire, &key_b, "one", 3);

	len += bench_put_send(wire + len, &key_b, "two", 3);
	for (uint32_t cut = 1; cut < len; cut++) {
		receive(TLS_RECORD_DATA, wire, cut);
		receive(TLS_RECORD_DATA, wire + cut, len - cut);
		bench_settle(&bench);
		ck_assert_uint_eq(packets_of(b->fd), 2);
	}
	ck_assert_uint_eq(bench.sh->bufs.receive_out, 0);
}
END_TEST

START_TEST(offload_bytes_of_a_key_update_renew_the_key)
{
	receive_key_update(0);
	ck_assert_uint_eq(kernel.rx_rekeys, 1);
	ck_assert(peer_live(a));
	bench_flush(&bench);
	ck_assert_uint_eq(kernel.tx_rekeys, 0); /* it did not ask */
	ck_assert_uint_eq(kernel.records, 0);
}
END_TEST

START_TEST(offload_bytes_of_a_key_update_the_kernel_cannot_take_close)
{
	kernel.rx_result = ERROR_UNSUPPORTED;
	receive_key_update(0);
	ck_assert_uint_eq(a->close_reason, CLOSE_TLS_KEY_LIMIT);
}
END_TEST

START_TEST(offload_bytes_of_close_notify_end_as_end_of_file)
{
	receive_alert(1, TLS_ALERT_CLOSE_NOTIFY);
	ck_assert_uint_eq(a->close_reason, CLOSE_EOF);
}
END_TEST

START_TEST(offload_bytes_of_an_alert_close)
{
	receive_alert(2, TLS_ALERT_BAD_RECORD_MAC);
	ck_assert_uint_eq(a->close_reason, CLOSE_TLS_ALERT);
}
END_TEST

START_TEST(offload_bytes_of_another_type_close)
{
	receive(20, "x", 1);
	ck_assert_uint_eq(a->close_reason, CLOSE_TLS_BAD_RECORD);
	ck_assert_uint_eq(kernel.type, TLS_RECORD_ALERT);
	ck_assert_uint_eq(kernel.data[1], TLS_ALERT_BAD_RECORD_MAC);
}
END_TEST

/* The kernel gives those alone that another type follows. */
START_TEST(offload_bytes_of_an_empty_record_are_not_the_end)
{
	receive(TLS_RECORD_DATA, "", 0);
	ck_assert(peer_live(a));
	receive_alert(1, TLS_ALERT_USER_CANCELED);
	receive(TLS_RECORD_DATA, "", 0);
	bench_receive_ends(&bench, a, 1);
	ck_assert(peer_live(a));
	ck_assert_ptr_nonnull(fake_ring_find(bench.sh->ring, a->fd, FAKE_RING_RECV));
	for (int i = 0; peer_live(a); i++) {
		ck_assert_int_lt(i, 100);
		receive(TLS_RECORD_DATA, "", 0);
	}
	ck_assert_uint_eq(a->close_reason, CLOSE_TLS_BAD_RECORD);
}
END_TEST

START_TEST(offload_bytes_of_an_empty_message_close)
{
	receive(TLS_RECORD_HANDSHAKE, "", 0);
	ck_assert_uint_eq(a->close_reason, CLOSE_TLS_BAD_RECORD);
}
END_TEST

START_TEST(offload_bytes_of_a_key_update_without_memory_close)
{
	kernel.rx_result = ERROR_CRYPTO;
	receive_key_update(0);
	ck_assert_uint_eq(a->close_reason, CLOSE_NO_MEMORY);
}
END_TEST

START_TEST(offload_bytes_of_a_key_update_the_socket_refuses_close)
{
	kernel.rx_result = ERROR_IO;
	receive_key_update(0);
	ck_assert_uint_eq(a->close_reason, CLOSE_IO_ERROR);
}
END_TEST

static const struct {
	int error;
	enum close_reason with, without; /* TLS in the kernel */
} errors[] = {
	{ EBADMSG, CLOSE_TLS_BAD_RECORD, CLOSE_IO_ERROR },
	{ EMSGSIZE, CLOSE_TLS_BAD_RECORD, CLOSE_IO_ERROR },
	{ EINVAL, CLOSE_TLS_BAD_RECORD, CLOSE_IO_ERROR },
	{ EKEYEXPIRED, CLOSE_TLS_BAD_RECORD, CLOSE_IO_ERROR },
	{ EIO, CLOSE_IO_ERROR, CLOSE_IO_ERROR },
	{ ECONNRESET, CLOSE_RESET, CLOSE_RESET },
	{ EPIPE, CLOSE_RESET, CLOSE_RESET },
	{ ETIMEDOUT, CLOSE_TIMED_OUT, CLOSE_TIMED_OUT },
	{ ENOMEM, CLOSE_NO_MEMORY, CLOSE_NO_MEMORY },
};

START_TEST(offload_reason_of_errno_is_told_by_the_transport)
{
	ck_assert_uint_eq(offload_reason_of_errno(a, errors[_i].error), errors[_i].with);
	ck_assert_uint_eq(offload_reason_of_errno(b, errors[_i].error), errors[_i].without);
}
END_TEST

/* The kernel may tell who sends of a record that came. */
START_TEST(offload_send_that_fails_at_a_record_closes_for_it)
{
	bench_receive(&bench, b, wire, bench_put_send(wire, &key_a, "one", 3));
	bench_flush(&bench);
	bench_send_fails(&bench, a, EBADMSG);
	ck_assert_uint_eq(a->close_reason, CLOSE_TLS_BAD_RECORD);
}
END_TEST

START_TEST(offload_receive_that_ends_at_a_key_update_goes_on)
{
	receive_key_update(0);
	bench_receive_ends(&bench, a, -EKEYEXPIRED);
	ck_assert(peer_live(a));
	ck_assert_ptr_nonnull(fake_ring_find(bench.sh->ring, a->fd, FAKE_RING_RECV));
	/* Without one it is an error. */
	bench_receive_ends(&bench, a, -EKEYEXPIRED);
	ck_assert_uint_eq(a->close_reason, CLOSE_TLS_BAD_RECORD);
}
END_TEST

/* ---- sending ---- */

START_TEST(offload_pays_a_key_update_that_was_asked_for)
{
	receive_key_update(1);
	ck_assert(offload_owes(a));
	bench_flush(&bench);
	ck_assert_uint_eq(kernel.records, 1);
	ck_assert_uint_eq(kernel.type, TLS_RECORD_HANDSHAKE);
	ck_assert_uint_eq(kernel.tx_rekeys, 1);
	ck_assert(!offload_owes(a));
}
END_TEST

START_TEST(offload_pays_only_between_sends)
{
	bench_receive(&bench, b, wire, bench_put_send(wire, &key_a, "one", 3));
	bench_flush(&bench);
	receive_key_update(1);
	bench_receive(&bench, b, wire, bench_put_send(wire, &key_a, "two", 3));
	bench_flush(&bench);
	ck_assert_uint_eq(kernel.tx_rekeys, 0);
	bench_sent(&bench, a, 3); /* short: the rest waits behind the KeyUpdate */
	bench_flush(&bench);
	ck_assert_uint_eq(kernel.tx_rekeys, 1);
	ck_assert(!kernel.rekeyed_in_flight);
	bench_settle(&bench);
	ck_assert_uint_eq(packets_of(a->fd), 2);
}
END_TEST

START_TEST(offload_pays_when_its_key_is_used_up)
{
	for (uint64_t i = 0; !offload_owes(a); i++) {
		ck_assert_uint_lt(i, UINT64_C(1) << 26);
		ktls_conn_sent(a->offload, 16384 * 100);
	}
	bench_receive(&bench, b, wire, bench_put_send(wire, &key_a, "one", 3));
	bench_flush(&bench);
	ck_assert_uint_eq(kernel.tx_rekeys, 1);
	bench_settle(&bench);
	ck_assert_uint_eq(packets_of(a->fd), 1);
}
END_TEST

START_TEST(offload_tries_again_when_the_socket_was_full)
{
	kernel.send_result = ERROR_MORE;
	receive_key_update(1);
	bench_flush(&bench);
	ck_assert(peer_live(a) && offload_owes(a));
	kernel.send_result = 0;
	bench_receive(&bench, b, wire, bench_put_send(wire, &key_a, "one", 3));
	bench_flush(&bench);
	ck_assert(!offload_owes(a));
	ck_assert_uint_eq(kernel.tx_rekeys, 1);
}
END_TEST

START_TEST(offload_closes_when_the_kernel_has_no_new_key)
{
	kernel.tx_result = ERROR_UNSUPPORTED;
	receive_key_update(1);
	bench_flush(&bench);
	ck_assert_uint_eq(a->close_reason, CLOSE_TLS_KEY_LIMIT);
}
END_TEST

START_TEST(offload_goodbye_is_close_notify)
{
	life_close(bench.sh, a, CLOSE_BY_ADMIN);
	ck_assert_uint_eq(kernel.records, 1);
	ck_assert_uint_eq(kernel.type, TLS_RECORD_ALERT);
	ck_assert_uint_eq(kernel.data[1], TLS_ALERT_CLOSE_NOTIFY);
}
END_TEST

START_TEST(offload_goodbye_says_nothing_while_a_send_is_under_way)
{
	bench_receive(&bench, b, wire, bench_put_send(wire, &key_a, "one", 3));
	bench_flush(&bench);
	life_close(bench.sh, a, CLOSE_BY_ADMIN);
	ck_assert_uint_eq(kernel.records, 0);
}
END_TEST

Suite *test_offload_suite(void)
{
	Suite *s = suite_create("offload");
	TCase *tc = tcase_create("offload");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, offload_bytes_of_data_are_frames);
	tcase_add_test(tc, offload_bytes_of_a_key_update_renew_the_key);
	tcase_add_test(tc, offload_bytes_of_a_key_update_the_kernel_cannot_take_close);
	tcase_add_test(tc, offload_bytes_of_close_notify_end_as_end_of_file);
	tcase_add_test(tc, offload_bytes_of_an_alert_close);
	tcase_add_test(tc, offload_bytes_of_another_type_close);
	tcase_add_test(tc, offload_bytes_of_an_empty_record_are_not_the_end);
	tcase_add_test(tc, offload_bytes_of_an_empty_message_close);
	tcase_add_test(tc, offload_bytes_of_a_key_update_without_memory_close);
	tcase_add_test(tc, offload_bytes_of_a_key_update_the_socket_refuses_close);
	tcase_add_loop_test(tc, offload_reason_of_errno_is_told_by_the_transport, 0, HD_ARRAY_LEN(errors));
	tcase_add_test(tc, offload_send_that_fails_at_a_record_closes_for_it);
	tcase_add_test(tc, offload_receive_that_ends_at_a_key_update_goes_on);
	tcase_add_test(tc, offload_pays_a_key_update_that_was_asked_for);
	tcase_add_test(tc, offload_pays_only_between_sends);
	tcase_add_test(tc, offload_pays_when_its_key_is_used_up);
	tcase_add_test(tc, offload_tries_again_when_the_socket_was_full);
	tcase_add_test(tc, offload_closes_when_the_kernel_has_no_new_key);
	tcase_add_test(tc, offload_goodbye_is_close_notify);
	tcase_add_test(tc, offload_goodbye_says_nothing_while_a_send_is_under_way);
	suite_add_tcase(s, tc);
	return s;
}
