/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "stats/reasons.h"

Suite *test_reasons_suite(void);

static const char *close_label(unsigned i)
{
	return close_reason_label((enum close_reason)i);
}

static const char *drop_label(unsigned i)
{
	return drop_reason_label((enum drop_reason)i);
}

static const char *login_label(unsigned i)
{
	return login_result_label((enum login_result)i);
}

static const char *refuse_label(unsigned i)
{
	return refuse_reason_label((enum refuse_reason)i);
}

/* Labels become label values in metrics: plain words, no two alike. */
static void check_labels(const char *(*label)(unsigned i), unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const char *l = label(i);

		ck_assert_uint_gt(strlen(l), 0);
		ck_assert_uint_eq(strspn(l, "abcdefghijklmnopqrstuvwxyz_"), strlen(l));
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(l, label(j));
	}
}

START_TEST(labels_are_plain_words_and_differ)
{
	check_labels(close_label, CLOSE_REASON_COUNT);
	check_labels(drop_label, DROP_REASON_COUNT);
	check_labels(login_label, LOGIN_RESULT_COUNT);
	check_labels(refuse_label, REFUSE_REASON_COUNT);
}
END_TEST

START_TEST(labels_and_texts_belong_to_their_reason)
{
	ck_assert_str_eq(close_reason_label(CLOSE_WATCH_LAG), "watch_lag");
	ck_assert_str_eq(close_reason_text(CLOSE_WATCH_LAG), "watcher too far behind");
	ck_assert_str_eq(drop_reason_label(DROP_QUEUE_HEAD), "queue_head");
	ck_assert_str_eq(drop_reason_text(DROP_UNKNOWN_DEST), "destination is not connected");
	ck_assert_str_eq(drop_kind_label(DROP_KIND_OTHER), "other");
	ck_assert_str_eq(drop_kind_label(DROP_KIND_DISCO), "disco");
	ck_assert_str_eq(login_result_label(LOGIN_BAD_BOX), "bad_box");
	ck_assert_str_eq(login_result_text(LOGIN_OK), "logged in");
	ck_assert_str_eq(refuse_reason_label(REFUSE_NO_FD), "no_fd");
	ck_assert_str_eq(refuse_reason_text(REFUSE_NO_MEMORY), "out of memory");
}
END_TEST

START_TEST(out_of_range_is_a_question_mark)
{
	ck_assert_str_eq(close_reason_label(CLOSE_REASON_COUNT), "?");
	ck_assert_str_eq(close_reason_text((enum close_reason)255), "?");
	ck_assert_str_eq(drop_reason_label(DROP_REASON_COUNT), "?");
	ck_assert_str_eq(drop_reason_text((enum drop_reason)255), "?");
	ck_assert_str_eq(drop_kind_label(DROP_KIND_COUNT), "?");
	ck_assert_str_eq(drop_kind_label((enum drop_kind)255), "?");
	ck_assert_str_eq(login_result_label(LOGIN_RESULT_COUNT), "?");
	ck_assert_str_eq(login_result_text((enum login_result)255), "?");
	ck_assert_str_eq(refuse_reason_label(REFUSE_REASON_COUNT), "?");
	ck_assert_str_eq(refuse_reason_text((enum refuse_reason)255), "?");
}
END_TEST

Suite *test_reasons_suite(void)
{
	Suite *s = suite_create("reasons");
	TCase *t = tcase_create("reasons");

	tcase_add_test(t, labels_are_plain_words_and_differ);
	tcase_add_test(t, labels_and_texts_belong_to_their_reason);
	tcase_add_test(t, out_of_range_is_a_question_mark);
	suite_add_tcase(s, t);
	return s;
}
