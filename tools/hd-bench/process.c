/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util/error.h"
#include "util/mono.h"

#define STAT_MAX 2048
#define FIELD_UTIME 14 /* counted from 1, see proc(5) */
#define FIELD_RSS 24

static int read_stat(char text[STAT_MAX], pid_t pid)
{
	char path[64];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	f = fopen(path, "re");
	if (!f)
		return ERROR_NOT_FOUND;
	n = fread(text, 1, STAT_MAX - 1, f);
	fclose(f);
	text[n] = '\0';
	return n ? 0 : ERROR_IO;
}

/* The CPU clock of the whole process counts in nanoseconds, /proc in ticks. */
static int read_clock(uint64_t *cpu_ns, pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0)
		return ERROR_NOT_FOUND;
	if (clock_gettime(clock, &ts) != 0)
		return ERROR_IO;
	*cpu_ns = (uint64_t)ts.tv_sec * MONO_NS_PER_S + (uint64_t)ts.tv_nsec;
	return 0;
}

int process_read(struct process_usage *u, pid_t pid)
{
	uint64_t tick_ns = MONO_NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	struct process_usage usage;
	uint64_t values[FIELD_RSS + 1] = { 0 };
	char text[STAT_MAX];
	char *at;
	int err = read_clock(&usage.cpu_ns, pid);

	if (!err)
		err = read_stat(text, pid);
	if (err)
		return err;
	at = strrchr(text, ')'); /* the name may hold anything */
	if (!at || at[1] != ' ' || at[2] == '\0')
		return ERROR_MALFORMED;
	at += 3; /* past the state, field 3 */
	for (int field = 4; field <= FIELD_RSS; field++)
		values[field] = (uint64_t)strtoll(at, &at, 10);
	usage.user_ns = values[FIELD_UTIME] * tick_ns;
	usage.system_ns = values[FIELD_UTIME + 1] * tick_ns;
	usage.rss_bytes = values[FIELD_RSS] * (uint64_t)sysconf(_SC_PAGESIZE);
	*u = usage;
	return 0;
}
