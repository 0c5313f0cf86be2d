/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>

#include "tls/control.h"
#include "util/error.h"

Suite *test_control_suite(void);

static struct control control;

static void begin(void)
{
	control_init(&control);
}

static int take(enum tls_version version, uint8_t type, const char *bytes, size_t len)
{
	return control_take(&control, version, type, (const uint8_t *)bytes, len);
}

#define ALERT(v, bytes) take(v, TLS_RECORD_ALERT, bytes, sizeof(bytes) - 1)
#define HANDSHAKE(v, bytes) take(v, TLS_RECORD_HANDSHAKE, bytes, sizeof(bytes) - 1)

START_TEST(control_close_notify_ends_at_any_level)
{
	ck_assert_int_eq(ALERT(TLS_VERSION_1_3, "\x01\x00"), CONTROL_CLOSE_NOTIFY);
	ck_assert_int_eq(ALERT(TLS_VERSION_1_3, "\x02\x00"), CONTROL_CLOSE_NOTIFY);
	ck_assert_int_eq(ALERT(TLS_VERSION_1_2, "\x01\x00"), CONTROL_CLOSE_NOTIFY);
}
END_TEST

START_TEST(control_alert_is_told_with_its_number)
{
	ck_assert_int_eq(ALERT(TLS_VERSION_1_3, "\x02\x28"), CONTROL_ALERT);
	ck_assert_uint_eq(control_last_alert(&control), 40);
	ck_assert_int_eq(ALERT(TLS_VERSION_1_2, "\x02\x14"), CONTROL_ALERT);
	ck_assert_uint_eq(control_last_alert(&control), 20);
}
END_TEST

START_TEST(control_warning_ends_in_tls_1_3_but_not_in_1_2)
{
	ck_assert_int_eq(ALERT(TLS_VERSION_1_3, "\x01\x28"), CONTROL_ALERT);
	ck_assert_int_eq(ALERT(TLS_VERSION_1_2, "\x01\x28"), CONTROL_NONE);
	/* user_canceled: close_notify follows */
	ck_assert_int_eq(ALERT(TLS_VERSION_1_3, "\x01\x5a"), CONTROL_NONE);
}
END_TEST

START_TEST(control_alert_of_wrong_size_or_level_is_malformed)
{
	ck_assert_int_eq(ALERT(TLS_VERSION_1_3, ""), ERROR_MALFORMED);
	ck_assert_int_eq(ALERT(TLS_VERSION_1_3, "\x01"), ERROR_MALFORMED);
	ck_assert_int_eq(ALERT(TLS_VERSION_1_3, "\x01\x00\x01"), ERROR_MALFORMED);
	ck_assert_int_eq(ALERT(TLS_VERSION_1_2, "\x03\x00"), ERROR_MALFORMED);
	ck_assert_int_eq(ALERT(TLS_VERSION_1_2, "\x00\x00"), ERROR_MALFORMED);
}
END_TEST

START_TEST(control_key_update_is_told_and_whether_it_asks)
{
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, "\x18\0\0\x01\0"), CONTROL_KEY_UPDATE);
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, "\x18\0\0\x01\x01"), CONTROL_KEY_UPDATE_ASKED);
}
END_TEST

START_TEST(control_key_update_may_come_in_parts)
{
	static const char message[] = "\x18\0\0\x01\x01";

	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(take(TLS_VERSION_1_3, TLS_RECORD_HANDSHAKE, message + i, 1), CONTROL_NONE);
	ck_assert_int_eq(take(TLS_VERSION_1_3, TLS_RECORD_HANDSHAKE, message + 4, 1), CONTROL_KEY_UPDATE_ASKED);
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, "\x18\0"), CONTROL_NONE);
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, "\0\x01\0"), CONTROL_KEY_UPDATE);
}
END_TEST

START_TEST(control_nothing_comes_between_the_parts_of_a_message)
{
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, "\x18\0"), CONTROL_NONE);
	ck_assert_int_eq(control_data(&control, 10), ERROR_MALFORMED);
	begin();
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, "\x18\0"), CONTROL_NONE);
	ck_assert_int_eq(ALERT(TLS_VERSION_1_3, "\x01\x00"), ERROR_MALFORMED);
}
END_TEST

START_TEST(control_other_handshake_messages_are_malformed)
{
	static const char *const messages[] = {
		"\x01\0\0\x01\0",       /* ClientHello: renegotiation */
		"\x04\0\0\x01\0",       /* NewSessionTicket: a server's */
		"\x18\0\0\x02\0",       /* wrong length */
		"\x18\x01\0\x01\0",
		"\x18\0\0\x01\x02",     /* neither asked nor not */
		"\x18\0\0\x01\xff",
	};

	for (size_t i = 0; i < HD_ARRAY_LEN(messages); i++) {
		begin();
		ck_assert_int_eq(take(TLS_VERSION_1_3, TLS_RECORD_HANDSHAKE, messages[i], 5), ERROR_MALFORMED);
	}
	begin();
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, "\x01"), ERROR_MALFORMED); /* the first byte is enough */
	begin();
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, ""), ERROR_MALFORMED);
}
END_TEST

START_TEST(control_key_update_ends_its_record)
{
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, "\x18\0\0\x01\0\x18"), ERROR_MALFORMED);
	begin();
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, "\x18\0\0\x01\0\x18\0\0\x01\0"), ERROR_MALFORMED);
	begin();
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, "\x18\0\0"), CONTROL_NONE);
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, "\x01\0\x18"), ERROR_MALFORMED);
}
END_TEST

START_TEST(control_tls_1_2_has_no_messages_after_the_handshake)
{
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_2, "\x18\0\0\x01\0"), ERROR_MALFORMED);
	ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_2, "\x01\0\0\0"), ERROR_MALFORMED);
}
END_TEST

START_TEST(control_other_types_are_malformed)
{
	ck_assert_int_eq(take(TLS_VERSION_1_3, 20, "\x01", 1), ERROR_MALFORMED);
	ck_assert_int_eq(take(TLS_VERSION_1_2, 20, "\x01", 1), ERROR_MALFORMED);
	ck_assert_int_eq(take(TLS_VERSION_1_3, TLS_RECORD_DATA, "\x01", 1), ERROR_MALFORMED);
	ck_assert_int_eq(take(TLS_VERSION_1_3, 0, "\x01", 1), ERROR_MALFORMED);
}
END_TEST

/* Takes KeyUpdates with a record of data after each until one is refused. */
static int key_updates_taken(void)
{
	int n = 0, event;

	while ((event = HANDSHAKE(TLS_VERSION_1_3, "\x18\0\0\x01\x01")) == CONTROL_KEY_UPDATE_ASKED) {
		ck_assert_int_eq(control_data(&control, 1), 0);
		ck_assert_int_lt(++n, 1000);
	}
	ck_assert_int_eq(event, ERROR_FULL);
	return n;
}

START_TEST(control_key_updates_are_earned_by_data)
{
	int n = key_updates_taken();

	ck_assert_int_ge(n, 8);
	ck_assert_int_le(n, 64);
	begin();
	ck_assert_int_eq(key_updates_taken(), n);
	begin();
	for (int i = 0; i < 100000; i++) /* what is earned is not kept without bound */
		ck_assert_int_eq(control_data(&control, 1), 0);
	ck_assert_int_le(key_updates_taken(), n + 1);
}
END_TEST

START_TEST(control_key_update_now_and_then_goes_on_for_ever)
{
	for (int i = 0; i < 200; i++) {
		ck_assert_int_eq(HANDSHAKE(TLS_VERSION_1_3, "\x18\0\0\x01\0"), CONTROL_KEY_UPDATE);
		for (int j = 0; j < 1024; j++)
			ck_assert_int_eq(control_data(&control, 1), 0);
	}
}
END_TEST

START_TEST(control_flood_of_records_without_data_is_an_error)
{
	int n = 0;

	while (control_data(&control, 0) == 0)
		ck_assert_int_lt(++n, 1000);
	ck_assert_int_eq(control_data(&control, 0), ERROR_FULL);
	ck_assert_int_ge(n, 16);
	begin();
	for (int i = 0; i < 1000; i++) { /* with data between them they are padding */
		ck_assert_int_eq(control_data(&control, 0), 0);
		ck_assert_int_eq(control_data(&control, 5), 0);
	}
	begin();
	n = 0;
	while (ALERT(TLS_VERSION_1_2, "\x01\x28") == CONTROL_NONE)
		ck_assert_int_lt(++n, 1000);
	ck_assert_int_eq(ALERT(TLS_VERSION_1_2, "\x01\x28"), ERROR_FULL);
}
END_TEST

START_TEST(control_put_is_what_control_take_takes)
{
	uint8_t alert[CONTROL_ALERT_SIZE], update[CONTROL_KEY_UPDATE_SIZE];

	control_put_alert(alert, TLS_ALERT_CLOSE_NOTIFY);
	ck_assert_int_eq(control_take(&control, TLS_VERSION_1_3, TLS_RECORD_ALERT, alert, 2),
			 CONTROL_CLOSE_NOTIFY);
	ck_assert_uint_eq(alert[0], 1); /* a warning */
	control_put_alert(alert, TLS_ALERT_BAD_RECORD_MAC);
	ck_assert_mem_eq(alert, "\x02\x14", 2);
	ck_assert_int_eq(control_take(&control, TLS_VERSION_1_3, TLS_RECORD_ALERT, alert, 2), CONTROL_ALERT);
	control_put_key_update(update, false);
	ck_assert_int_eq(control_take(&control, TLS_VERSION_1_3, TLS_RECORD_HANDSHAKE, update, sizeof(update)),
			 CONTROL_KEY_UPDATE);
	control_put_key_update(update, true);
	ck_assert_int_eq(control_take(&control, TLS_VERSION_1_3, TLS_RECORD_HANDSHAKE, update, sizeof(update)),
			 CONTROL_KEY_UPDATE_ASKED);
}
END_TEST

START_TEST(control_alert_of_errors)
{
	ck_assert_int_eq(control_alert_of(ERROR_CRYPTO), TLS_ALERT_BAD_RECORD_MAC);
	ck_assert_int_eq(control_alert_of(ERROR_TOO_BIG), TLS_ALERT_RECORD_OVERFLOW);
	ck_assert_int_eq(control_alert_of(ERROR_MALFORMED), TLS_ALERT_UNEXPECTED_MESSAGE);
	ck_assert_int_eq(control_alert_of(ERROR_FULL), TLS_ALERT_UNEXPECTED_MESSAGE);
	ck_assert_int_eq(control_alert_of(ERROR_NO_MEMORY), TLS_ALERT_INTERNAL_ERROR);
}
END_TEST

Suite *test_control_suite(void)
{
	Suite *s = suite_create("control");
	TCase *c = tcase_create("records");

	tcase_add_checked_fixture(c, begin, NULL);
	tcase_add_test(c, control_close_notify_ends_at_any_level);
	tcase_add_test(c, control_alert_is_told_with_its_number);
	tcase_add_test(c, control_warning_ends_in_tls_1_3_but_not_in_1_2);
	tcase_add_test(c, control_alert_of_wrong_size_or_level_is_malformed);
	tcase_add_test(c, control_key_update_is_told_and_whether_it_asks);
	tcase_add_test(c, control_key_update_may_come_in_parts);
	tcase_add_test(c, control_nothing_comes_between_the_parts_of_a_message);
	tcase_add_test(c, control_other_handshake_messages_are_malformed);
	tcase_add_test(c, control_key_update_ends_its_record);
	tcase_add_test(c, control_tls_1_2_has_no_messages_after_the_handshake);
	tcase_add_test(c, control_other_types_are_malformed);
	tcase_add_test(c, control_key_updates_are_earned_by_data);
	tcase_add_test(c, control_key_update_now_and_then_goes_on_for_ever);
	tcase_add_test(c, control_flood_of_records_without_data_is_an_error);
	tcase_add_test(c, control_put_is_what_control_take_takes);
	tcase_add_test(c, control_alert_of_errors);
	suite_add_tcase(s, c);
	return s;
}
