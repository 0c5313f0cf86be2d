/* SPDX-License-Identifier: MIT
 * What needs no kernel with kTLS: the choice, and the structs given to it. */
#include <check.h>
#include <errno.h>
#include <linux/tls.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/control.h"
#include "tls/ktls.h"
#include "util/error.h"

Suite *test_ktls_suite(void);

START_TEST(ktls_kernel_is_fixed_from_the_named_releases_on)
{
	static const struct {
		const char *release;
		bool fixed;
	} rows[] = {
		{ "6.1.191", false }, { "6.1.192", true }, { "6.1.200-custom", true },
		{ "6.12.106", false }, { "6.12.107+deb13-amd64", true }, { "6.12.1070", true },
		{ "7.2.11", false }, { "7.2.12", true }, { "7.2", false },
		/* other series: their number does not tell */
		{ "5.14.0-503.el9.x86_64", false }, { "6.6.999", false }, { "6.8.0-45-generic", false },
		{ "6.18.5", false }, { "7.1.99", false }, { "7.3.9", false },
		/* began after the fixes */
		{ "7.4.0", true }, { "7.4.0-rc1", true }, { "7.10.1", true }, { "8.0.0", true }, { "10.1", true },
		/* no version at all */
		{ "", false }, { "linux", false }, { "6", false }, { "6.", false }, { "6.1.", false },
		{ ".1.200", false },
		{ "99999999999999999999.1.1", false },
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(rows); i++)
		ck_assert_msg(ktls_kernel_is_fixed(rows[i].release, "#1 SMP") == rows[i].fixed, "%s",
			      rows[i].release);
}
END_TEST

START_TEST(ktls_kernel_is_fixed_reads_debian_s_point_release)
{
	static const char release[] = "6.1.0-52-amd64";

	ck_assert(ktls_kernel_is_fixed(release, "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-1 (2026-10-01)"));
	ck_assert(!ktls_kernel_is_fixed(release, "#1 SMP PREEMPT_DYNAMIC Debian 6.1.191-1 (2026-09-01)"));
	ck_assert(!ktls_kernel_is_fixed(release, "#1 SMP PREEMPT_DYNAMIC"));
	ck_assert(!ktls_kernel_is_fixed(release, "#1 SMP Debian unknown"));
	ck_assert(ktls_kernel_is_fixed("6.12.107-cloud", "#1 SMP Debian "));
}
END_TEST

START_TEST(ktls_decide_off_does_not_ask_the_kernel)
{
	struct ktls_status s = { .on = true };

	ck_assert_int_eq(ktls_decide(&s, KTLS_OFF), 0);
	ck_assert(!s.on);
	ck_assert_str_eq(s.text, "kTLS off, as configured");
}
END_TEST

/* Whatever this kernel can: the answers agree with one another. */
START_TEST(ktls_decide_says_what_it_decided)
{
	struct ktls_status automatic, required;
	int rc;

	ck_assert_int_eq(ktls_decide(&automatic, KTLS_AUTO), 0);
	rc = ktls_decide(&required, KTLS_REQUIRE);
	if (rc == 0) {
		ck_assert(required.on);
		ck_assert_ptr_nonnull(strstr(required.text, "kTLS enabled"));
	} else {
		ck_assert_int_eq(rc, ERROR_UNSUPPORTED);
		ck_assert(!required.on && !automatic.on);
		ck_assert_ptr_nonnull(strstr(required.text, "kTLS not available: "));
		ck_assert_str_eq(required.text, automatic.text);
	}
	ck_assert(!automatic.on || required.on);
	ck_assert_int_eq(strstr(automatic.text, "kTLS enabled") != NULL, automatic.on);
}
END_TEST

static struct tls_secrets make(enum tls_version version, enum suite suite)
{
	struct tls_secrets s = {
		.version = (uint16_t)version,
		.suite = (uint8_t)suite,
		.tx.seq = 0x0102030405060708,
	};

	for (uint8_t i = 0; i < sizeof(s.tx.key); i++)
		s.tx.key[i] = (uint8_t)(0x80 + i);
	for (uint8_t i = 0; i < sizeof(s.tx.iv); i++)
		s.tx.iv[i] = (uint8_t)(0x10 + i);
	return s;
}

START_TEST(ktls_crypto_info_of_aes_in_tls_1_3)
{
	struct tls_secrets s = make(TLS_VERSION_1_3, SUITE_AES_128_GCM);
	struct tls12_crypto_info_aes_gcm_128 a;
	struct tls12_crypto_info_aes_gcm_256 b;
	uint8_t info[KTLS_INFO_MAX];

	ck_assert_uint_eq(ktls_crypto_info(info, &s, &s.tx), sizeof(a));
	memcpy(&a, info, sizeof(a));
	ck_assert_uint_eq(a.info.version, TLS_1_3_VERSION);
	ck_assert_uint_eq(a.info.cipher_type, TLS_CIPHER_AES_GCM_128);
	ck_assert_mem_eq(a.key, s.tx.key, 16);
	ck_assert_mem_eq(a.salt, s.tx.iv, 4);
	ck_assert_mem_eq(a.iv, s.tx.iv + 4, 8);
	ck_assert_mem_eq(a.rec_seq, "\1\2\3\4\5\6\7\10", 8);
	s.suite = SUITE_AES_256_GCM;
	ck_assert_uint_eq(ktls_crypto_info(info, &s, &s.tx), sizeof(b));
	memcpy(&b, info, sizeof(b));
	ck_assert_uint_eq(b.info.cipher_type, TLS_CIPHER_AES_GCM_256);
	ck_assert_mem_eq(b.key, s.tx.key, 32);
	ck_assert_mem_eq(b.salt, s.tx.iv, 4);
	ck_assert_mem_eq(b.iv, s.tx.iv + 4, 8);
	ck_assert_mem_eq(b.rec_seq, "\1\2\3\4\5\6\7\10", 8);
}
END_TEST

START_TEST(ktls_crypto_info_of_aes_in_tls_1_2_counts_the_nonce)
{
	struct tls_secrets s = make(TLS_VERSION_1_2, SUITE_AES_256_GCM);
	struct tls12_crypto_info_aes_gcm_256 b;
	uint8_t info[KTLS_INFO_MAX];

	ck_assert_uint_eq(ktls_crypto_info(info, &s, &s.tx), sizeof(b));
	memcpy(&b, info, sizeof(b));
	ck_assert_uint_eq(b.info.version, TLS_1_2_VERSION);
	ck_assert_mem_eq(b.salt, s.tx.iv, 4);
	ck_assert_mem_eq(b.iv, "\1\2\3\4\5\6\7\10", 8);
	ck_assert_mem_eq(b.rec_seq, "\1\2\3\4\5\6\7\10", 8);
}
END_TEST

START_TEST(ktls_crypto_info_of_chacha20)
{
	static const enum tls_version versions[] = { TLS_VERSION_1_2, TLS_VERSION_1_3 };

	for (size_t i = 0; i < HD_ARRAY_LEN(versions); i++) {
		struct tls_secrets s = make(versions[i], SUITE_CHACHA20_POLY1305);
		struct tls12_crypto_info_chacha20_poly1305 c;
		uint8_t info[KTLS_INFO_MAX];

		ck_assert_uint_eq(ktls_crypto_info(info, &s, &s.tx), sizeof(c));
		memcpy(&c, info, sizeof(c));
		ck_assert_uint_eq(c.info.version, versions[i]);
		ck_assert_uint_eq(c.info.cipher_type, TLS_CIPHER_CHACHA20_POLY1305);
		ck_assert_mem_eq(c.key, s.tx.key, 32);
		ck_assert_mem_eq(c.iv, s.tx.iv, 12);
		ck_assert_mem_eq(c.rec_seq, "\1\2\3\4\5\6\7\10", 8);
	}
}
END_TEST

START_TEST(ktls_install_on_what_is_no_tcp_is_unsupported)
{
	struct tls_secrets s = make(TLS_VERSION_1_3, SUITE_AES_128_GCM);
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	ck_assert_int_eq(ktls_install(fd[0], &s), ERROR_UNSUPPORTED);
	ck_assert_int_eq(send(fd[0], "x", 1, 0), 1); /* as usable as before */
	close(fd[0]);
	close(fd[1]);
	/* ERROR_IO, or where emulated system calls look at the option first, ERROR_UNSUPPORTED. */
	ck_assert_int_lt(ktls_install(-1, &s), 0);
}
END_TEST

START_TEST(ktls_rekey_that_fails_leaves_the_secrets)
{
	struct tls_secrets s = make(TLS_VERSION_1_3, SUITE_AES_128_GCM), before = s;

	ck_assert_int_eq(ktls_rekey_tx(-1, &s), ERROR_IO);
	ck_assert_int_eq(ktls_rekey_rx(-1, &s), ERROR_IO);
	ck_assert_mem_eq(&s, &before, sizeof(s));
}
END_TEST

START_TEST(ktls_record_type_is_that_of_the_control_message)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[KTLS_CONTROL_SIZE];
	} control = { 0 };
	struct msghdr m = { .msg_control = control.bytes, .msg_controllen = CMSG_LEN(1) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = 282; /* SOL_TLS */
	c->cmsg_type = TLS_GET_RECORD_TYPE;
	c->cmsg_len = CMSG_LEN(1);
	*CMSG_DATA(c) = TLS_RECORD_ALERT;
	ck_assert_uint_eq(ktls_record_type(&m), TLS_RECORD_ALERT);
	c->cmsg_level = SOL_SOCKET;
	ck_assert_uint_eq(ktls_record_type(&m), KTLS_NO_RECORD);
	m.msg_controllen = 0;
	ck_assert_uint_eq(ktls_record_type(&m), KTLS_NO_RECORD);
}
END_TEST

START_TEST(ktls_receive_tells_data_from_the_end)
{
	uint8_t data[8], type;
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
	ck_assert_int_eq(ktls_receive(fd[0], data, sizeof(data), &type), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(send(fd[1], "abc", 3, 0), 3);
	ck_assert_int_eq(ktls_receive(fd[0], data, sizeof(data), &type), 3);
	ck_assert_uint_eq(type, TLS_RECORD_DATA);
	close(fd[1]);
	ck_assert_int_eq(ktls_receive(fd[0], data, sizeof(data), &type), 0);
	ck_assert_uint_eq(type, KTLS_NO_RECORD);
	close(fd[0]);
}
END_TEST

START_TEST(ktls_send_record_tells_a_full_socket_from_a_broken_one)
{
	uint8_t junk[4096] = { 0 };
	int fd[2];

	/* Sockets without kTLS ignore the control message of another level. */
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
	ck_assert_int_eq(ktls_send_record(fd[0], TLS_RECORD_ALERT, "\1", 2), 0);
	while (send(fd[0], junk, sizeof(junk), 0) > 0)
		;
	ck_assert_int_eq(ktls_send_record(fd[0], TLS_RECORD_ALERT, "\1", 2), ERROR_MORE);
	close(fd[1]);
	ck_assert_int_eq(ktls_send_record(fd[0], TLS_RECORD_ALERT, "\1", 2), ERROR_IO);
	ck_assert_int_eq(errno, EPIPE);
	close(fd[0]);
}
END_TEST

Suite *test_ktls_suite(void)
{
	Suite *s = suite_create("ktls");
	TCase *c = tcase_create("pure");

	tcase_add_test(c, ktls_kernel_is_fixed_from_the_named_releases_on);
	tcase_add_test(c, ktls_kernel_is_fixed_reads_debian_s_point_release);
	tcase_add_test(c, ktls_decide_off_does_not_ask_the_kernel);
	tcase_add_test(c, ktls_decide_says_what_it_decided);
	tcase_add_test(c, ktls_crypto_info_of_aes_in_tls_1_3);
	tcase_add_test(c, ktls_crypto_info_of_aes_in_tls_1_2_counts_the_nonce);
	tcase_add_test(c, ktls_crypto_info_of_chacha20);
	tcase_add_test(c, ktls_install_on_what_is_no_tcp_is_unsupported);
	tcase_add_test(c, ktls_rekey_that_fails_leaves_the_secrets);
	tcase_add_test(c, ktls_record_type_is_that_of_the_control_message);
	tcase_add_test(c, ktls_receive_tells_data_from_the_end);
	tcase_add_test(c, ktls_send_record_tells_a_full_socket_from_a_broken_one);
	suite_add_tcase(s, c);
	return s;
}
