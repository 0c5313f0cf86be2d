/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tools/hd-tune/read_all.h"
#include "util/error.h"

Suite *test_read_all_suite(void);

#define LENGTH 40000 /* more than one read, less than a pipe holds */

static struct bytes out;

/* So many bytes in a pipe that ends behind them. */
static int read_pipe_of(size_t len, size_t max)
{
	static uint8_t data[LENGTH];
	int ends[2], result;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(write(ends[1], data, len), (ssize_t)len);
	close(ends[1]);
	bytes_init(&out, max);
	result = read_all(ends[0], &out);
	close(ends[0]);
	ck_assert_uint_le(out.len, max);
	if (out.len)
		ck_assert_mem_eq(out.data, data, out.len);
	return result;
}

START_TEST(read_all_takes_all_there_is_and_no_more_room_than_allowed)
{
	static const size_t lengths[] = { 0, 1, 16383, 16384, 16385, LENGTH };

	for (size_t i = 0; i < HD_ARRAY_LEN(lengths); i++) {
		ck_assert_int_eq(read_pipe_of(lengths[i], lengths[i]), 0);
		ck_assert_uint_eq(out.len, lengths[i]);
		bytes_release(&out);
		ck_assert_int_eq(read_pipe_of(lengths[i], LENGTH + 1), 0);
		ck_assert_uint_eq(out.len, lengths[i]);
		bytes_release(&out);
	}
}
END_TEST

START_TEST(read_all_says_when_there_is_more)
{
	static const size_t rooms[] = { 0, 1, 16384, LENGTH - 1 };

	for (size_t i = 0; i < HD_ARRAY_LEN(rooms); i++) {
		ck_assert_int_eq(read_pipe_of(LENGTH, rooms[i]), ERROR_TOO_BIG);
		bytes_release(&out);
	}
}
END_TEST

START_TEST(read_all_says_what_cannot_be_read)
{
	int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(folder, 0);
	bytes_init(&out, 10);
	ck_assert_int_eq(read_all(folder, &out), ERROR_IO);
	ck_assert_int_eq(errno, EISDIR);
	close(folder);
	bytes_release(&out);
}
END_TEST

Suite *test_read_all_suite(void)
{
	Suite *s = suite_create("read_all");
	TCase *t = tcase_create("read_all");

	tcase_add_test(t, read_all_takes_all_there_is_and_no_more_room_than_allowed);
	tcase_add_test(t, read_all_says_when_there_is_more);
	tcase_add_test(t, read_all_says_what_cannot_be_read);
	suite_add_tcase(s, t);
	return s;
}
