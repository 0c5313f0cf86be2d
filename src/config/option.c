/* SPDX-License-Identifier: MIT */
#include "config/option.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/nearest.h"
#include "config/option_table.h"
#include "util/assert.h"

size_t option_count(void)
{
	return option_table_rows;
}

const struct option_row *option_at(size_t i)
{
	hd_assert(i < option_table_rows);
	return &option_table[i];
}

size_t option_index(const struct option_row *row)
{
	hd_assert(row >= option_table && row < option_table + option_table_rows);
	return (size_t)(row - option_table);
}

const struct option_row *option_by_name(const char *name)
{
	for (size_t i = 0; i < option_table_rows; i++)
		if (strcmp(option_table[i].name, name) == 0)
			return &option_table[i];
	return NULL;
}

const struct option_row *option_by_flag(const char *flag, size_t len)
{
	for (size_t i = 0; i < option_table_rows; i++)
		if (strncmp(option_table[i].flag, flag, len) == 0 && option_table[i].flag[len] == '\0')
			return &option_table[i];
	return NULL;
}

const struct option_row *option_by_letter(char letter)
{
	for (size_t i = 0; i < option_table_rows; i++)
		if (letter && option_table[i].letter == letter)
			return &option_table[i];
	return NULL;
}

size_t option_group_len(const struct option_row *row)
{
	const char *dot = strchr(row->name, '.');

	return dot ? (size_t)(dot - row->name) : 0;
}

const struct option_row *option_group(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < option_table_rows; i++)
		if (len > 0 && option_group_len(&option_table[i]) == len &&
		    strncmp(option_table[i].name, name, len) == 0)
			return &option_table[i];
	return NULL;
}

const char *option_leaf(const struct option_row *row)
{
	const char *dot = strchr(row->name, '.');

	return dot ? dot + 1 : row->name;
}

static void keep_nearer(const char **best, uint32_t *distance, const char *typed, const char *name)
{
	uint32_t d = nearest_distance(typed, name);

	if (d < *distance) {
		*best = name;
		*distance = d;
	}
}

static bool same_group(const struct option_row *row, const struct option_row *group)
{
	size_t len = option_group_len(row);

	if (!group)
		return len == 0;
	return option_group_len(group) == len && strncmp(row->name, group->name, len) == 0;
}

const char *option_nearest_name(const char *key, const struct option_row *group)
{
	const struct option_row *best = NULL;
	uint32_t distance = NEAREST_FAR;

	for (size_t i = 0; i < option_table_rows; i++) {
		const struct option_row *row = &option_table[i];
		uint32_t full = nearest_distance(key, row->name), leaf = nearest_distance(key, option_leaf(row));
		uint32_t d = full < leaf ? full : leaf;
		bool nearer_place = best && same_group(row, group) && !same_group(best, group);

		if (d < distance || (d == distance && nearer_place)) {
			best = row;
			distance = d;
		}
	}
	return best ? best->name : NULL;
}

const char *option_nearest_flag(const char *flag)
{
	uint32_t distance = NEAREST_FAR;
	const char *best = NULL;

	for (size_t i = 0; i < option_table_rows; i++)
		keep_nearer(&best, &distance, flag, option_table[i].flag);
	for (size_t i = 0; i < OPTION_COMMANDS; i++)
		keep_nearer(&best, &distance, flag, option_table_commands[i].flag);
	return best;
}

const struct option_command_row *option_command_at(enum option_command command)
{
	hd_assert(command < OPTION_COMMANDS);
	return &option_table_commands[command];
}

/* "a, b or c" of the words that are advertised. */
static void wants_word(const struct option_row *row, char out[OPTION_WANTS_MAX])
{
	const struct option_word *last = NULL;
	size_t used = 0;

	for (const struct option_word *w = row->words; w->text; w++)
		if (!w->alias)
			last = w;
	for (const struct option_word *w = row->words; w->text; w++) {
		if (w->alias)
			continue;
		used += (size_t)snprintf(out + used, OPTION_WANTS_MAX - used, "%s%s",
					 used == 0 ? "" : w == last ? " or " : ", ", w->text);
		hd_assert(used < OPTION_WANTS_MAX);
	}
}

void option_wants(const struct option_row *row, char out[OPTION_WANTS_MAX])
{
	switch (row->type) {
	case OPTION_BOOL:
		snprintf(out, OPTION_WANTS_MAX, "true or false");
		return;
	case OPTION_WORD:
		wants_word(row, out);
		return;
	case OPTION_NUMBER:
		if (row->wants)
			break;
		snprintf(out, OPTION_WANTS_MAX, "%" PRId64 "..%" PRId64, row->min, row->max);
		return;
	case OPTION_NUMBER_LIST:
		snprintf(out, OPTION_WANTS_MAX, "numbers %" PRId64 "..%" PRId64 " or ranges like 0-3", row->min,
			 row->max);
		return;
	case OPTION_TEXT:
	case OPTION_TEXT_LIST:
		break;
	}
	snprintf(out, OPTION_WANTS_MAX, "%s", row->wants ? row->wants : "text");
}
