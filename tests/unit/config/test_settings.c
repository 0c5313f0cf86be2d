/* SPDX-License-Identifier: MIT
 * File and command line together. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/settings.h"
#include "tests/unit/config/config_load.h"
#include "tests/unit/config/config_memory.h"
#include "util/error.h"
#include "util/log.h"

Suite *test_settings_suite(void);

static char file[] = "/tmp/hd-settings-XXXXXX";

static void make_file(void)
{
	int fd;

	memcpy(file + sizeof(file) - 7, "XXXXXX", 6);
	fd = mkstemp(file);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void drop_file(void)
{
	unlink(file);
}

static void write_file(const char *text)
{
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

/* "--config FILE" before the rest of the line. */
static int load(struct settings *s, const char *rest, char message[SETTINGS_MESSAGE_MAX])
{
	struct settings_request request;
	char line[256];
	int error;

	snprintf(line, sizeof(line), "--config %s %s", file, rest);
	error = config_load_line(s, &request, line, message);
	if (!error) {
		ck_assert_str_eq(request.config_file, file);
		settings_request_release(&request);
	}
	return error;
}

START_TEST(settings_init_gives_the_defaults)
{
	struct settings s;

	ck_assert_int_eq(settings_init(&s), 0);
	ck_assert_int_eq(s.port, 3340);
	ck_assert_int_eq(s.workers, 0);
	ck_assert_int_eq(s.log_level, LOG_LEVEL_INFO);
	ck_assert_int_eq(s.stun_enabled, SETTINGS_STUN_WITH_TLS);
	ck_assert_int_eq(s.keepalive_s, 60);
	ck_assert_str_eq(s.metrics_address, "127.0.0.1");
	ck_assert_str_eq(s.home, "");
	ck_assert_ptr_null(s.key_file);
	ck_assert_uint_eq(s.listen.count, 0);
	settings_release(&s);
}
END_TEST

START_TEST(settings_release_may_come_twice)
{
	struct settings s;

	ck_assert_int_eq(settings_init(&s), 0);
	settings_release(&s);
	settings_release(&s);
	ck_assert_ptr_null(s.home);
}
END_TEST

START_TEST(settings_load_puts_the_line_over_the_file)
{
	char message[SETTINGS_MESSAGE_MAX] = "";
	struct settings s;

	write_file("port: 1000\nworkers: 3\nlisten: [\"::1\", \"::2\"]\nsqpoll: true\n");
	ck_assert_msg(load(&s, "--port 2000 --listen ::3", message) == 0, "%s", message);
	ck_assert_int_eq(s.port, 2000);
	ck_assert_int_eq(s.workers, 3);
	ck_assert(s.sqpoll);
	ck_assert_uint_eq(s.listen.count, 1);
	ck_assert_str_eq(s.listen.items[0], "::3");
	settings_release(&s);
}
END_TEST

START_TEST(settings_load_checks_file_and_line_together)
{
	char message[SETTINGS_MESSAGE_MAX] = "", expected[SETTINGS_MESSAGE_MAX];
	struct settings s;

	write_file("pin_cores: [1, 2]\n");
	ck_assert_int_eq(load(&s, "--workers 2", message), 0);
	settings_release(&s);
	ck_assert_int_eq(load(&s, "--workers 3", message), ERROR_MALFORMED);
	snprintf(expected, sizeof(expected), "%s:1:12: pin_cores: names 2 CPUs for 3 workers: one each is needed",
		 file);
	ck_assert_str_eq(message, expected);
}
END_TEST

START_TEST(settings_load_takes_the_last_config)
{
	char message[SETTINGS_MESSAGE_MAX] = "", line[256];
	struct settings_request request;
	struct settings s;

	write_file("port: 5\n");
	snprintf(line, sizeof(line), "-c /nowhere -c%s", file);
	ck_assert_msg(config_load_line(&s, &request, line, message) == 0, "%s", message);
	ck_assert_int_eq(s.port, 5);
	settings_request_release(&request);
	settings_release(&s);
}
END_TEST

START_TEST(settings_load_failure_leaves_the_outputs)
{
	struct settings_request request = { .action = SETTINGS_DUMP_CONFIG };
	char message[SETTINGS_MESSAGE_MAX] = "";
	struct settings s = { .port = 17 };

	ck_assert_int_eq(config_load_line(&s, &request, "--port 5 -c /nowhere", message), ERROR_IO);
	ck_assert_int_eq(config_load_line(&s, &request, "--port -1 --check-config", message), ERROR_USAGE);
	ck_assert_int_eq(s.port, 17);
	ck_assert_int_eq(request.action, SETTINGS_DUMP_CONFIG);
	ck_assert_ptr_null(request.config_file);
}
END_TEST

START_TEST(settings_load_file_reads_the_file_alone)
{
	char message[SETTINGS_MESSAGE_MAX] = "";
	struct settings s;

	write_file("log_level: debug\n");
	ck_assert_int_eq(settings_load_file(&s, file, message), 0);
	ck_assert_int_eq(s.log_level, LOG_LEVEL_DEBUG);
	settings_release(&s);
	write_file("log_level: loud\n");
	ck_assert_int_eq(settings_load_file(&s, file, message), ERROR_MALFORMED);
	ck_assert_ptr_nonnull(strstr(message, ":1:12: log_level: 'loud' is not known, wants debug, info, warn or "
					      "error"));
	write_file("pin_cores: [1]\nworkers: 2\n");
	ck_assert_int_eq(settings_load_file(&s, file, message), ERROR_MALFORMED);
}
END_TEST

/* Each allocation in turn fails; LeakSanitizer sees what a path forgets. */
START_TEST(settings_load_survives_each_allocation_that_fails)
{
	char path[] = "--config", port[] = "--port", number[] = "8", program[] = "hyper-derp";
	char *argv[] = { program, path, file, port, number };
	char message[SETTINGS_MESSAGE_MAX] = "";
	unsigned failures = 0;
	bool failed;

	write_file("hostname: relay\nlisten: ['::1', '::2']\npin_cores: 1-3,5\nmetrics: {address: '::1'}\n");
	do {
		struct settings_request request;
		struct settings s;
		int error;

		config_memory_fail_after(failures);
		error = settings_load(&s, &request, HD_ARRAY_LEN(argv), argv, message);
		failed = config_memory_failed();
		ck_assert_int_eq(error, failed ? ERROR_NO_MEMORY : 0);
		if (failed) {
			ck_assert_ptr_nonnull(strstr(message, "out of memory"));
			failures++;
			continue;
		}
		ck_assert_uint_eq(s.pin_cores.count, 4);
		settings_release(&s);
		settings_request_release(&request);
	} while (failed);
	ck_assert_uint_gt(failures, 15);
}
END_TEST

START_TEST(settings_load_file_survives_each_allocation_that_fails)
{
	char message[SETTINGS_MESSAGE_MAX] = "";
	unsigned failures = 0;
	bool failed;

	write_file("hostname: relay\nlisten: '::1'\nkey_file: /a\n");
	do {
		struct settings s;
		int error;

		config_memory_fail_after(failures);
		error = settings_load_file(&s, file, message);
		failed = config_memory_failed();
		ck_assert_int_eq(error, failed ? ERROR_NO_MEMORY : 0);
		failures += failed;
		if (!failed)
			settings_release(&s);
	} while (failed);
	ck_assert_uint_gt(failures, 5);
}
END_TEST

Suite *test_settings_suite(void)
{
	Suite *s = suite_create("settings");
	TCase *tc = tcase_create("load");

	tcase_add_checked_fixture(tc, make_file, drop_file);
	tcase_add_test(tc, settings_init_gives_the_defaults);
	tcase_add_test(tc, settings_release_may_come_twice);
	tcase_add_test(tc, settings_load_puts_the_line_over_the_file);
	tcase_add_test(tc, settings_load_checks_file_and_line_together);
	tcase_add_test(tc, settings_load_takes_the_last_config);
	tcase_add_test(tc, settings_load_failure_leaves_the_outputs);
	tcase_add_test(tc, settings_load_file_reads_the_file_alone);
	tcase_add_test(tc, settings_load_survives_each_allocation_that_fails);
	tcase_add_test(tc, settings_load_file_survives_each_allocation_that_fails);
	suite_add_tcase(s, tc);
	return s;
}
