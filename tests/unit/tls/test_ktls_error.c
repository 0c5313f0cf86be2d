/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>

#include "tls/ktls_error.h"
#include "util/assert.h"

Suite *test_ktls_error_suite(void);

START_TEST(ktls_error_of_record_is_what_the_kernel_says_of_records)
{
	static const int errors[] = { EBADMSG, EMSGSIZE, EINVAL, EKEYEXPIRED };

	for (size_t i = 0; i < HD_ARRAY_LEN(errors); i++)
		ck_assert_msg(ktls_error_of_record(errors[i]), "errno %d", errors[i]);
}
END_TEST

START_TEST(ktls_error_of_record_is_nothing_else)
{
	static const int errors[] = { 0, EIO, ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENOMEM, ENOBUFS,
				      EAGAIN, EINTR, EBUSY, EOPNOTSUPP, EBADF, ENOTCONN, -EBADMSG };

	for (size_t i = 0; i < HD_ARRAY_LEN(errors); i++)
		ck_assert_msg(!ktls_error_of_record(errors[i]), "errno %d", errors[i]);
}
END_TEST

Suite *test_ktls_error_suite(void)
{
	Suite *s = suite_create("ktls_error");
	TCase *c = tcase_create("ktls_error");

	tcase_add_test(c, ktls_error_of_record_is_what_the_kernel_says_of_records);
	tcase_add_test(c, ktls_error_of_record_is_nothing_else);
	suite_add_tcase(s, c);
	return s;
}
