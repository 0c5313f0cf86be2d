/* SPDX-License-Identifier: MIT */
#include "tests/unit/util/capture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void capture_begin(struct capture *c)
{
	char name[] = "/tmp/hd-capture-XXXXXX";

	fflush(stderr);
	c->file_fd = mkstemp(name);
	ck_assert_int_ge(c->file_fd, 0);
	ck_assert_int_eq(unlink(name), 0);
	c->saved_fd = dup(STDERR_FILENO);
	ck_assert_int_ge(c->saved_fd, 0);
	ck_assert_int_eq(dup2(c->file_fd, STDERR_FILENO), STDERR_FILENO);
}

char *capture_end(struct capture *c)
{
	off_t size = lseek(c->file_fd, 0, SEEK_END);
	char *text;

	ck_assert_int_ge(size, 0);
	text = calloc(1, (size_t)size + 1);
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(pread(c->file_fd, text, (size_t)size, 0), size);
	ck_assert_int_eq(dup2(c->saved_fd, STDERR_FILENO), STDERR_FILENO);
	close(c->saved_fd);
	close(c->file_fd);
	return text;
}
