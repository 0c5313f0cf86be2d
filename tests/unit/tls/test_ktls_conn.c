/* SPDX-License-Identifier: MIT
 * With a kernel of the test's (kernel.h): tests/vm has a real one. */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/tls/kernel.h"
#include "tls/ktls.h"
#include "tls/ktls_conn.h"
#include "util/error.h"

Suite *test_ktls_conn_suite(void);

static struct tls_secrets secrets;
static struct ktls_conn *conn;
static int ours, theirs;

static void make(enum tls_version version, uint64_t tx_seq)
{
	memset(&secrets, 0, sizeof(secrets));
	secrets.version = (uint16_t)version;
	secrets.suite = SUITE_AES_128_GCM;
	memset(secrets.rx.secret, 1, sizeof(secrets.rx.secret));
	memset(secrets.tx.secret, 2, sizeof(secrets.tx.secret));
	ck_assert_int_eq(secrets_derive(&secrets.rx, secrets.suite), 0);
	ck_assert_int_eq(secrets_derive(&secrets.tx, secrets.suite), 0);
	secrets.tx.seq = tx_seq;
	ck_assert_int_eq(ktls_conn_new(&conn, &secrets), 0);
}

static void begin(void)
{
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
	ours = fd[0];
	theirs = fd[1];
	kernel_begin();
}

static void end(void)
{
	kernel_end();
	ktls_conn_free(conn);
	conn = NULL;
	close(ours);
	close(theirs);
}

static int take(uint8_t type, const char *data, size_t len)
{
	return ktls_conn_take(conn, ours, type, (const uint8_t *)data, len);
}

/* The n-th call gave the kernel this half's next key. */
static void expect_next(int n, enum kernel_option option, const struct tls_secrets_half *half)
{
	struct tls_secrets_half next = *half;
	uint8_t info[KTLS_INFO_MAX];
	size_t len;

	ck_assert_int_eq(secrets_next(&next, secrets.suite), 0);
	len = ktls_crypto_info(info, &secrets, &next);
	ck_assert_int_ge(kernel.calls, n);
	ck_assert_int_eq(kernel.call[n - 1].option, option);
	ck_assert_uint_eq(kernel.call[n - 1].len, len);
	ck_assert_mem_eq(kernel.call[n - 1].info, info, len);
}

/* ---- ktls_install, which wants the same kernel ---- */

START_TEST(ktls_install_gives_both_keys)
{
	uint8_t info[KTLS_INFO_MAX];
	size_t len;

	make(TLS_VERSION_1_3, 2);
	ck_assert_int_eq(ktls_install(ours, &secrets), 0);
	ck_assert_int_eq(kernel.calls, 3);
	ck_assert_int_eq(kernel.call[0].option, KERNEL_ULP);
	ck_assert_mem_eq(kernel.call[0].info, "tls", 3);
	ck_assert_int_eq(kernel.call[1].option, KERNEL_TX);
	len = ktls_crypto_info(info, &secrets, &secrets.tx);
	ck_assert_mem_eq(kernel.call[1].info, info, len);
	ck_assert_int_eq(kernel.call[2].option, KERNEL_RX);
	len = ktls_crypto_info(info, &secrets, &secrets.rx);
	ck_assert_mem_eq(kernel.call[2].info, info, len);
}
END_TEST

START_TEST(ktls_install_tells_whether_the_socket_is_still_of_use)
{
	static const int results[] = { ERROR_UNSUPPORTED, ERROR_UNSUPPORTED, ERROR_IO };

	make(TLS_VERSION_1_3, 0);
	kernel.fail_at = _i + 1;
	kernel.error = _i == 0 ? ENOENT : EINVAL;
	ck_assert_int_eq(ktls_install(ours, &secrets), results[_i]);
	ck_assert_int_eq(kernel.calls, _i + 1);
}
END_TEST

/* ---- receiving ---- */

START_TEST(ktls_conn_take_passes_data)
{
	make(TLS_VERSION_1_3, 0);
	ck_assert_int_eq(take(TLS_RECORD_DATA, "data", 4), CONTROL_NONE);
	ck_assert_int_eq(kernel.calls, 0);
	ck_assert(!ktls_conn_owes(conn));
}
END_TEST

START_TEST(ktls_conn_take_tells_the_end)
{
	make(TLS_VERSION_1_3, 0);
	ck_assert_int_eq(take(TLS_RECORD_ALERT, "\1\0", 2), CONTROL_CLOSE_NOTIFY);
	ck_assert_int_eq(take(TLS_RECORD_ALERT, "\2\x28", 2), CONTROL_ALERT);
	ck_assert_int_eq(take(TLS_RECORD_HANDSHAKE, "\1\0\0\0", 4), ERROR_MALFORMED);
}
END_TEST

START_TEST(ktls_conn_take_renews_the_receiving_key)
{
	make(TLS_VERSION_1_3, 0);
	ck_assert_int_eq(take(TLS_RECORD_HANDSHAKE, "\x18\0\0\1\0", 5), CONTROL_KEY_UPDATE);
	ck_assert_int_eq(kernel.calls, 1);
	expect_next(1, KERNEL_RX, &secrets.rx);
	ck_assert(ktls_conn_renewed(conn));
	ck_assert(!ktls_conn_renewed(conn)); /* once */
	ck_assert(!ktls_conn_owes(conn));
	ck_assert_int_eq(secrets_next(&secrets.rx, secrets.suite), 0);
	ck_assert_int_eq(take(TLS_RECORD_HANDSHAKE, "\x18\0\0\1\0", 5), CONTROL_KEY_UPDATE);
	expect_next(2, KERNEL_RX, &secrets.rx);
}
END_TEST

START_TEST(ktls_conn_take_on_a_kernel_that_cannot_renew_is_unsupported)
{
	make(TLS_VERSION_1_3, 0);
	kernel.fail_at = 1;
	kernel.error = EBUSY;
	ck_assert_int_eq(take(TLS_RECORD_HANDSHAKE, "\x18\0\0\1\1", 5), ERROR_UNSUPPORTED);
	ck_assert(!ktls_conn_renewed(conn));
}
END_TEST

/* ---- sending ---- */

START_TEST(ktls_conn_pay_sends_a_key_update_and_renews)
{
	uint8_t body[16];

	make(TLS_VERSION_1_3, 0);
	ck_assert_int_eq(take(TLS_RECORD_HANDSHAKE, "\x18\0\0\1\1", 5), CONTROL_KEY_UPDATE_ASKED);
	ck_assert(ktls_conn_owes(conn));
	ck_assert_int_eq(ktls_conn_pay(conn, ours), 0);
	ck_assert(!ktls_conn_owes(conn));
	expect_next(2, KERNEL_TX, &secrets.tx);
	ck_assert_int_eq(recv(theirs, body, sizeof(body), 0), CONTROL_KEY_UPDATE_SIZE);
	ck_assert_mem_eq(body, "\x18\0\0\1\0", 5);
}
END_TEST

START_TEST(ktls_conn_owes_when_the_key_has_sealed_enough)
{
	uint64_t limit = suite_record_limit(SUITE_AES_128_GCM);

	make(TLS_VERSION_1_3, limit - 5);
	ck_assert(!ktls_conn_owes(conn));
	ktls_conn_sent(conn, 3 * 16384 + 1); /* four records */
	ck_assert(!ktls_conn_owes(conn));
	ktls_conn_sent(conn, 1);
	ck_assert(ktls_conn_owes(conn));
	ck_assert_int_eq(ktls_conn_pay(conn, ours), 0);
	ck_assert(!ktls_conn_owes(conn));
	ktls_conn_sent(conn, 1000);
	ck_assert(!ktls_conn_owes(conn));
}
END_TEST

START_TEST(ktls_conn_pay_waits_for_a_full_socket)
{
	uint8_t junk[4096] = { 0 };

	make(TLS_VERSION_1_3, 0);
	ck_assert_int_eq(take(TLS_RECORD_HANDSHAKE, "\x18\0\0\1\1", 5), CONTROL_KEY_UPDATE_ASKED);
	while (send(ours, junk, sizeof(junk), 0) > 0)
		;
	ck_assert_int_eq(ktls_conn_pay(conn, ours), ERROR_MORE);
	ck_assert(ktls_conn_owes(conn));
	ck_assert_int_eq(kernel.calls, 1); /* the key is as it was */
	while (recv(theirs, junk, sizeof(junk), 0) > 0)
		;
	ck_assert_int_eq(ktls_conn_pay(conn, ours), 0);
}
END_TEST

START_TEST(ktls_conn_pay_in_tls_1_2_is_unsupported)
{
	uint8_t byte;

	make(TLS_VERSION_1_2, suite_record_limit(SUITE_AES_128_GCM));
	ck_assert(ktls_conn_owes(conn));
	ck_assert_int_eq(ktls_conn_pay(conn, ours), ERROR_UNSUPPORTED);
	ck_assert_int_eq(recv(theirs, &byte, 1, 0), -1);
}
END_TEST

START_TEST(ktls_conn_pay_on_a_kernel_that_cannot_renew_is_unsupported)
{
	make(TLS_VERSION_1_3, suite_record_limit(SUITE_AES_128_GCM));
	kernel.fail_at = 1;
	kernel.error = EBUSY;
	ck_assert_int_eq(ktls_conn_pay(conn, ours), ERROR_UNSUPPORTED);
}
END_TEST

START_TEST(ktls_conn_goodbye_is_an_alert)
{
	uint8_t body[16], junk[4096] = { 0 };

	make(TLS_VERSION_1_3, 0);
	ktls_conn_goodbye(conn, ours, TLS_ALERT_CLOSE_NOTIFY);
	ck_assert_int_eq(recv(theirs, body, sizeof(body), 0), CONTROL_ALERT_SIZE);
	ck_assert_mem_eq(body, "\1\0", 2);
	while (send(ours, junk, sizeof(junk), 0) > 0)
		;
	ktls_conn_goodbye(conn, ours, TLS_ALERT_CLOSE_NOTIFY); /* a full socket does not hold it up */
	ktls_conn_free(NULL);
}
END_TEST

Suite *test_ktls_conn_suite(void)
{
	Suite *s = suite_create("ktls_conn");
	TCase *c = tcase_create("kernel of the test's");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, ktls_install_gives_both_keys);
	tcase_add_loop_test(c, ktls_install_tells_whether_the_socket_is_still_of_use, 0, 3);
	tcase_add_test(c, ktls_conn_take_passes_data);
	tcase_add_test(c, ktls_conn_take_tells_the_end);
	tcase_add_test(c, ktls_conn_take_renews_the_receiving_key);
	tcase_add_test(c, ktls_conn_take_on_a_kernel_that_cannot_renew_is_unsupported);
	tcase_add_test(c, ktls_conn_pay_sends_a_key_update_and_renews);
	tcase_add_test(c, ktls_conn_owes_when_the_key_has_sealed_enough);
	tcase_add_test(c, ktls_conn_pay_waits_for_a_full_socket);
	tcase_add_test(c, ktls_conn_pay_in_tls_1_2_is_unsupported);
	tcase_add_test(c, ktls_conn_pay_on_a_kernel_that_cannot_renew_is_unsupported);
	tcase_add_test(c, ktls_conn_goodbye_is_an_alert);
	suite_add_tcase(s, c);
	return s;
}
