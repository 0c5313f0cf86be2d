/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "data/ring_probe.h"

Suite *test_ring_probe_explain_suite(void);
Suite *test_ring_probe_suite(void);

struct explain {
	int error;
	int sysctl;
	const char *says[3];
	const char *not[3];
};

static const struct explain rows[] = {
	{ EPERM, 2, { "io_uring_disabled = 2", "sysctl -w" }, { "seccomp", "privileged" } },
	{ EPERM, 1, { "io_uring_disabled = 1", "io_uring_group", "sysctl -w" }, { "seccomp" } },
	{ EPERM, 0, { "seccomp", "io_uring_setup" }, { "sysctl" } },
	{ EPERM, -1, { "seccomp", "io_uring_setup" }, { "sysctl" } },
	{ ENOSYS, -1, { "kernel 5.4.0-test", "6.1", "seccomp" }, { "sysctl" } },
	{ ENOSYS, 0, { "kernel 5.4.0-test", "seccomp" }, { "sysctl" } },
	{ EINVAL, -1, { "kernel 5.4.0-test", "6.1" }, { "seccomp", "sysctl" } },
	{ ENOMEM, -1, { "memory", "LimitMEMLOCK" }, { "seccomp", "kernel" } },
	{ EMFILE, -1, { "descriptor", "LimitNOFILE" }, { "seccomp", "memory" } },
	{ ENFILE, -1, { "descriptor", "LimitNOFILE" }, { "seccomp", "memory" } },
	{ EIO, -1, { "cannot be used" }, { "seccomp", "kernel", "sysctl" } },
};

START_TEST(ring_probe_explain_tells_cause_and_remedy)
{
	const struct explain *row = &rows[_i];
	char why[512];

	ring_probe_explain(why, sizeof(why), row->error, row->sysctl, "5.4.0-test");
	for (size_t i = 0; i < HD_ARRAY_LEN(row->says); i++)
		if (row->says[i])
			ck_assert_msg(strstr(why, row->says[i]), "\"%s\" is not in \"%s\"", row->says[i], why);
	for (size_t i = 0; i < HD_ARRAY_LEN(row->not); i++)
		if (row->not[i])
			ck_assert_msg(!strstr(why, row->not[i]), "\"%s\" is in \"%s\"", row->not[i], why);
	ck_assert_ptr_null(strchr(why, '\n'));
}
END_TEST

START_TEST(ring_probe_explain_never_writes_past_its_room)
{
	char why[24];

	memset(why, 0x55, sizeof(why));
	ring_probe_explain(why, 20, rows[_i].error, rows[_i].sysctl, "5.4.0-test");
	ck_assert_uint_eq(strlen(why), 19);
	ck_assert_int_eq(why[20], 0x55);
}
END_TEST

START_TEST(ring_probe_accepts_this_kernel)
{
	char why[512] = "";

	ck_assert_int_eq(ring_probe(why, sizeof(why)), 0);
	ck_assert_str_eq(why, "");
}
END_TEST

Suite *test_ring_probe_explain_suite(void)
{
	Suite *s = suite_create("ring_probe_explain");
	TCase *tc = tcase_create("explain");

	tcase_add_loop_test(tc, ring_probe_explain_tells_cause_and_remedy, 0, (int)HD_ARRAY_LEN(rows));
	tcase_add_loop_test(tc, ring_probe_explain_never_writes_past_its_room, 0, (int)HD_ARRAY_LEN(rows));
	suite_add_tcase(s, tc);
	return s;
}

Suite *test_ring_probe_suite(void)
{
	Suite *s = suite_create("ring_probe");
	TCase *tc = tcase_create("probe");

	tcase_add_test(tc, ring_probe_accepts_this_kernel);
	suite_add_tcase(s, tc);
	return s;
}
