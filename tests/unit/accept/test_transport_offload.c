/* SPDX-License-Identifier: MIT
 * Logins whose TLS the kernel does. What it would say is said here: the linker
 * puts these in the place of recvmsg(2), sendmsg(2) and setsockopt(2). */
#include <check.h>
#include <errno.h>
#include <linux/tls.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accept/transport.h"
#include "tls/ktls.h"
#include "tls/ktls_conn.h"
#include "util/error.h"

Suite *test_transport_offload_suite(void);

#define SAID_MAX 64
#define LEVEL_TLS 282 /* SOL_TLS */

static struct transport t;
static int far_end;

/* ---- the kernel's part ---- */

struct said {
	ssize_t n;     /* or -errno */
	uint8_t type;  /* 0: no control message */
	const char *data;
};

static struct {
	bool on;
	struct said said[SAID_MAX];
	size_t count, at;
	int key_error; /* what a new key is answered with */
	int send_error; /* what a record of another type than data is answered with */
	unsigned keys;
} kernel;

ssize_t __real_recvmsg(int fd, struct msghdr *m, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *m, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *m, int flags);
int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len);

ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags)
{
	const struct said *s = &kernel.said[kernel.at];
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (!kernel.on)
		return __real_recvmsg(fd, m, flags);
	if (kernel.at == kernel.count || s->n < 0) {
		errno = kernel.at == kernel.count ? EAGAIN : (int)-s->n;
		kernel.at += kernel.at < kernel.count;
		return -1;
	}
	kernel.at++;
	memcpy(m->msg_iov->iov_base, s->data, (size_t)s->n);
	if (s->type == 0) {
		m->msg_controllen = 0;
		return s->n;
	}
	c->cmsg_level = LEVEL_TLS;
	c->cmsg_type = TLS_GET_RECORD_TYPE;
	c->cmsg_len = CMSG_LEN(1);
	*CMSG_DATA(c) = s->type;
	return s->n;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *m, int flags)
{
	if (!kernel.on || kernel.send_error == 0)
		return __real_sendmsg(fd, m, flags);
	errno = kernel.send_error;
	return -1;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	if (!kernel.on || level != LEVEL_TLS)
		return __real_setsockopt(fd, level, name, value, len);
	if (kernel.key_error != 0) {
		errno = kernel.key_error;
		return -1;
	}
	kernel.keys++;
	return 0;
}

static void says(ssize_t n, uint8_t type, const char *data)
{
	ck_assert_uint_lt(kernel.count, SAID_MAX);
	kernel.said[kernel.count++] = (struct said){ n, type, data };
}

/* ---- fixture ---- */

static void setup(void)
{
	struct tls_secrets s = { .version = TLS_VERSION_1_3, .suite = SUITE_AES_128_GCM };
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	transport_init(&t, pair[0]);
	far_end = pair[1];
	ck_assert_int_eq(ktls_conn_new(&t.offload, &s), 0);
	memset(&kernel, 0, sizeof(kernel));
	kernel.on = true;
}

static void teardown(void)
{
	kernel.on = false;
	transport_release(&t);
	if (far_end >= 0)
		close(far_end);
}

static void expect_read(ssize_t result)
{
	char buf[16];

	ck_assert_int_eq(transport_read(&t, buf, sizeof(buf)), result);
}

/* ---- reading ---- */

START_TEST(transport_read_of_the_kernel_s_tls_gives_data)
{
	char buf[16];

	says(3, TLS_RECORD_DATA, "abc");
	ck_assert_int_eq(transport_read(&t, buf, sizeof(buf)), 3);
	ck_assert_mem_eq(buf, "abc", 3);
	expect_read(ERROR_MORE);
}
END_TEST

START_TEST(transport_read_tells_an_empty_record_from_the_end)
{
	says(0, TLS_RECORD_DATA, "");
	says(3, TLS_RECORD_DATA, "abc");
	says(0, TLS_RECORD_DATA, "");
	says(0, 0, "");
	expect_read(3);
	expect_read(ERROR_CLOSED);
}
END_TEST

START_TEST(transport_read_of_a_flood_of_empty_records_ends)
{
	for (size_t i = 0; i < SAID_MAX; i++)
		says(0, TLS_RECORD_DATA, "");
	expect_read(ERROR_CRYPTO);
	ck_assert_uint_lt(kernel.at, SAID_MAX);
}
END_TEST

START_TEST(transport_read_of_a_client_that_gives_up_is_the_end)
{
	says(2, TLS_RECORD_ALERT, "\1\0");
	expect_read(ERROR_CLOSED);
	says(2, TLS_RECORD_ALERT, "\2\50");
	expect_read(ERROR_CLOSED);
}
END_TEST

START_TEST(transport_read_of_what_has_no_place_is_no_record)
{
	says(1, TLS_RECORD_ALERT, "\2");
	expect_read(ERROR_CRYPTO);
	says(0, TLS_RECORD_HANDSHAKE, "");
	expect_read(ERROR_CRYPTO);
	says(1, 99, "x");
	expect_read(ERROR_CRYPTO);
}
END_TEST

static const struct {
	int error;
	int result;
} errors[] = {
	{ EBADMSG, ERROR_CRYPTO },    { EMSGSIZE, ERROR_CRYPTO },   { EINVAL, ERROR_CRYPTO },
	{ EKEYEXPIRED, ERROR_CRYPTO }, { ECONNRESET, ERROR_CLOSED }, { EPIPE, ERROR_CLOSED },
	{ EAGAIN, ERROR_MORE },       { EIO, ERROR_IO },            { ETIMEDOUT, ERROR_IO },
};

START_TEST(transport_read_sorts_what_the_kernel_says)
{
	says(-errors[_i].error, 0, NULL);
	expect_read(errors[_i].result);
}
END_TEST

/* ---- tickets ---- */

START_TEST(transport_put_tickets_sends_them_at_once)
{
	char buf[16];

	ck_assert_int_eq(transport_put_tickets(&t, (const uint8_t *)"tickets", 7), 0);
	ck_assert_int_eq(recv(far_end, buf, sizeof(buf), 0), 7);
	ck_assert_mem_eq(buf, "tickets", 7);
}
END_TEST

/* It is the client's doing, or the socket's, and is counted so. */
START_TEST(transport_put_tickets_sorts_what_the_kernel_says)
{
	int want = errors[_i].result == ERROR_MORE ? 0 : errors[_i].result; /* full: there are none */

	kernel.send_error = errors[_i].error;
	ck_assert_int_eq(transport_put_tickets(&t, (const uint8_t *)"tickets", 7), want);
}
END_TEST

START_TEST(transport_put_tickets_to_a_client_that_left_is_the_end)
{
	close(far_end);
	far_end = -1;
	ck_assert_int_eq(transport_put_tickets(&t, (const uint8_t *)"tickets", 7), ERROR_CLOSED);
}
END_TEST

/* ---- KeyUpdates ---- */

#define KEY_UPDATE "\30\0\0\1\0"
#define KEY_UPDATE_ASKED "\30\0\0\1\1"

START_TEST(transport_read_renews_the_key_and_goes_on)
{
	says(5, TLS_RECORD_HANDSHAKE, KEY_UPDATE);
	says(3, TLS_RECORD_DATA, "abc");
	expect_read(3);
	ck_assert_uint_eq(kernel.keys, 1);
	ck_assert(!ktls_conn_owes(t.offload));
}
END_TEST

START_TEST(transport_read_of_a_key_the_kernel_cannot_take_is_unsupported)
{
	kernel.key_error = EBUSY;
	says(5, TLS_RECORD_HANDSHAKE, KEY_UPDATE);
	expect_read(ERROR_UNSUPPORTED);
}
END_TEST

START_TEST(transport_write_first_answers_a_key_update_that_asked)
{
	char buf[16];

	says(5, TLS_RECORD_HANDSHAKE, KEY_UPDATE_ASKED);
	expect_read(ERROR_MORE);
	ck_assert_int_eq(transport_write(&t, "abc", 3), 3);
	ck_assert_uint_eq(kernel.keys, 2);
	ck_assert_int_eq(recv(far_end, buf, sizeof(buf), 0), 8); /* no kTLS seals it: both as they are */
	ck_assert_mem_eq(buf, KEY_UPDATE "abc", 8);
	ck_assert_int_eq(transport_write(&t, "def", 3), 3);
	ck_assert_uint_eq(kernel.keys, 2);
}
END_TEST

START_TEST(transport_write_without_a_key_of_its_own_sends_nothing)
{
	char buf[16];

	says(5, TLS_RECORD_HANDSHAKE, KEY_UPDATE_ASKED);
	expect_read(ERROR_MORE);
	kernel.key_error = EBUSY;
	ck_assert_int_eq(transport_write(&t, "abc", 3), ERROR_UNSUPPORTED);
	ck_assert_int_eq(recv(far_end, buf, sizeof(buf), 0), 5);
}
END_TEST

START_TEST(transport_hand_over_gives_the_kernel_s_tls_away)
{
	struct handover h = { 0 };

	ck_assert_int_eq(transport_hand_over(&t, &h, NULL, 0), 0);
	ck_assert_int_eq(h.transport, PEER_TRANSPORT_KTLS);
	ck_assert_ptr_nonnull(h.offload);
	ck_assert_ptr_null(t.offload);
	ktls_conn_free(h.offload);
	close(h.fd);
}
END_TEST

Suite *test_transport_offload_suite(void)
{
	Suite *s = suite_create("transport_offload");
	TCase *tc = tcase_create("transport_offload");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, transport_read_of_the_kernel_s_tls_gives_data);
	tcase_add_test(tc, transport_read_tells_an_empty_record_from_the_end);
	tcase_add_test(tc, transport_read_of_a_flood_of_empty_records_ends);
	tcase_add_test(tc, transport_read_of_a_client_that_gives_up_is_the_end);
	tcase_add_test(tc, transport_read_of_what_has_no_place_is_no_record);
	tcase_add_loop_test(tc, transport_read_sorts_what_the_kernel_says, 0, HD_ARRAY_LEN(errors));
	tcase_add_test(tc, transport_put_tickets_sends_them_at_once);
	tcase_add_loop_test(tc, transport_put_tickets_sorts_what_the_kernel_says, 0, HD_ARRAY_LEN(errors));
	tcase_add_test(tc, transport_put_tickets_to_a_client_that_left_is_the_end);
	tcase_add_test(tc, transport_read_renews_the_key_and_goes_on);
	tcase_add_test(tc, transport_read_of_a_key_the_kernel_cannot_take_is_unsupported);
	tcase_add_test(tc, transport_write_first_answers_a_key_update_that_asked);
	tcase_add_test(tc, transport_write_without_a_key_of_its_own_sends_nothing);
	tcase_add_test(tc, transport_hand_over_gives_the_kernel_s_tls_away);
	suite_add_tcase(s, tc);
	return s;
}
