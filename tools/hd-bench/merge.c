/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/merge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/bytes.h"
#include "util/error.h"

#define FILE_MAX (64u * 1024 * 1024)
#define READ_STEP (64u * 1024)

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* --- two of them ------------------------------------------------------------------ */

static void add_counts(struct count_sum *into, const struct count_sum *part)
{
	for (int role = 0; role < PLAN_FLOW_ROLES; role++)
		for (int i = 0; i < COUNT_FLOW_COUNT; i++)
			into->flow[role][i] += part->flow[role][i];
	for (int i = 0; i < COUNT_OTHER_COUNT; i++)
		into->other[i] += part->other[i];
}

/* A moment that one of them never had (storms have no measured window) is none. */
static void add_moment(struct run_snapshot *into, const struct run_snapshot *part, bool later, bool take_relay)
{
	if (!into->unix_ns || !part->unix_ns)
		into->unix_ns = 0;
	else
		into->unix_ns = later ? most(into->unix_ns, part->unix_ns) : least(into->unix_ns, part->unix_ns);
	/* Clocks of different machines: only that of the wall is common to them. */
	into->at_ns = into->unix_ns;
	into->own_cpu_ns += part->own_cpu_ns;
	if (take_relay)
		into->relay = part->relay;
	add_counts(&into->count, &part->count);
}

/* Nine tenths of the time that any of them measured must be common to both. */
static bool at_one_time(const struct run_result *a, const struct run_result *b)
{
	uint64_t a_begin = a->at[RUN_BEGIN].unix_ns, a_end = a->at[RUN_END].unix_ns;
	uint64_t b_begin = b->at[RUN_BEGIN].unix_ns, b_end = b->at[RUN_END].unix_ns;
	uint64_t common_begin = most(a_begin, b_begin), common_end = least(a_end, b_end);
	uint64_t all = most(a_end, b_end) - least(a_begin, b_begin);

	if (!a_end && !b_end)
		return true;
	return a_end && b_end && common_end > common_begin && (common_end - common_begin) / 9 >= all / 10;
}

int merge_add(struct raw_file *into, const struct raw_file *part)
{
	struct run_result *a = &into->result;
	const struct run_result *b = &part->result;
	bool take_relay = !a->relay_known && b->relay_known;

	if (!at_one_time(a, b))
		return ERROR_RANGE;
	for (int i = 0; i < RUN_MOMENTS; i++)
		add_moment(&a->at[i], &b->at[i], i == RUN_AFTER_LOGIN || i == RUN_END, take_relay);
	add_counts(&a->total, &b->total);
	for (int role = 0; role < PLAN_FLOW_ROLES; role++) {
		hist_merge(&a->latency[role], &b->latency[role]);
		hist_merge(&a->lag[role], &b->lag[role]);
	}
	hist_merge(&a->login, &b->login);
	a->clients += b->clients;
	a->senders += b->senders;
	a->relay_known |= b->relay_known;
	a->merged = 1;
	a->interrupted |= b->interrupted;
	if (strcmp(into->relay, part->relay) != 0)
		snprintf(into->relay, sizeof(into->relay), "several");
	if (strcmp(into->scenario, part->scenario) != 0)
		snprintf(into->scenario, sizeof(into->scenario), "several");
	return 0;
}

/* --- files ------------------------------------------------------------------------ */

static int read_all(struct bytes *text, const char *path)
{
	FILE *f = fopen(path, "re");
	int err = f ? 0 : ERROR_IO;
	size_t n = 1;

	while (!err && n) {
		err = bytes_reserve(text, READ_STEP);
		if (err)
			break;
		n = fread(text->data + text->len, 1, READ_STEP, f);
		text->len += n;
		if (n == 0 && ferror(f))
			err = ERROR_IO;
	}
	if (f)
		fclose(f);
	return err;
}

static int read_part(struct raw_file *part, const char *path, char *why, size_t why_cap)
{
	struct bytes text;
	int err;

	bytes_init(&text, FILE_MAX);
	err = read_all(&text, path);
	if (err) {
		snprintf(why, why_cap, "%s: %s", path, err == ERROR_IO ? strerror(errno) : error_text(err));
	} else {
		err = raw_parse(part, text.data, text.len);
		if (err == ERROR_UNSUPPORTED)
			snprintf(why, why_cap, "%s: of another version of hd-bench", path);
		else if (err)
			snprintf(why, why_cap, "%s: not what hd-bench --json prints: %s", path, error_text(err));
	}
	bytes_release(&text);
	return err;
}

int merge_files(struct raw_file *into, char *const *files, uint32_t count, char *why, size_t why_cap)
{
	struct raw_file *part = calloc(1, sizeof(*part));
	int err = part ? 0 : ERROR_NO_MEMORY;

	why[0] = '\0';
	if (err)
		snprintf(why, why_cap, "%s", error_text(err));
	for (uint32_t i = 0; !err && i < count; i++) {
		err = read_part(i ? part : into, files[i], why, why_cap);
		if (err || i == 0)
			continue;
		err = merge_add(into, part);
		if (err)
			snprintf(why, why_cap, "%s: did not run at the time of the others", files[i]);
	}
	free(part);
	return err;
}
