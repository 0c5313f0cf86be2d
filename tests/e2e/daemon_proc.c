/* SPDX-License-Identifier: MIT
 * The part of daemon_fixture.h that looks into /proc. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/daemon_fixture.h"
#include "util/mono.h"

uint64_t daemon_rss_kib(const struct daemon *d)
{
	char path[64], *status, *at;
	uint64_t kib;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)daemon_pid(d));
	status = daemon_fixture_read_file(path);
	at = strstr(status, "\nVmRSS:");
	ck_assert_ptr_nonnull(at);
	kib = strtoull(at + strlen("\nVmRSS:"), NULL, 10);
	free(status);
	return kib;
}

void daemon_await_rss_kib_max(const struct daemon *d, uint64_t kib)
{
	uint64_t deadline_ns = mono_now_ns() + DAEMON_FIXTURE_WAIT_MS * MONO_NS_PER_MS;
	uint64_t now;

	while ((now = daemon_rss_kib(d)) > kib)
		ck_assert_msg(mono_now_ns() < deadline_ns, "%llu KiB are resident, awaited: at most %llu",
			      (unsigned long long)now, (unsigned long long)kib);
}

/* Fields 14 and 15 of proc_pid_stat(5), behind the name that may hold anything. */
uint64_t daemon_cpu_ms(const struct daemon *d)
{
	char path[64], *stat, *at;
	uint64_t ticks;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)daemon_pid(d));
	stat = daemon_fixture_read_file(path);
	at = strrchr(stat, ')');
	ck_assert_ptr_nonnull(at);
	for (int field = 2; field < 14; field++)
		at = strchr(at + 1, ' ');
	ticks = strtoull(at, &at, 10);
	ticks += strtoull(at, NULL, 10);
	free(stat);
	return ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

unsigned daemon_fd_count(const struct daemon *d)
{
	char path[64];
	unsigned count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)daemon_pid(d));
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e; (e = readdir(dir));)
		count += e->d_name[0] != '.';
	closedir(dir);
	return count;
}

void daemon_await_fd_count_max(const struct daemon *d, unsigned count)
{
	uint64_t deadline_ns = mono_now_ns() + DAEMON_FIXTURE_WAIT_MS * MONO_NS_PER_MS;
	unsigned now;

	while ((now = daemon_fd_count(d)) > count)
		ck_assert_msg(mono_now_ns() < deadline_ns, "%u descriptors are open, awaited: at most %u", now,
			      count);
}
