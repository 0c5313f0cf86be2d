/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "config/option.h"
#include "config/settings.h"

static const void *field(const struct settings *s, const struct option_row *row)
{
	return (const char *)s + row->offset;
}

static bool texts_equal(const struct settings_list *a, const struct settings_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

static bool numbers_equal(const struct settings_numbers *a, const struct settings_numbers *b)
{
	return a->count == b->count &&
	       (a->count == 0 || memcmp(a->items, b->items, a->count * sizeof(*a->items)) == 0);
}

static bool text_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool equal(const struct settings *a, const struct settings *b, const struct option_row *row)
{
	switch (row->type) {
	case OPTION_BOOL:
		return *(const bool *)field(a, row) == *(const bool *)field(b, row);
	case OPTION_NUMBER:
	case OPTION_WORD:
		return *(const int64_t *)field(a, row) == *(const int64_t *)field(b, row);
	case OPTION_TEXT:
		return text_equal(*(char *const *)field(a, row), *(char *const *)field(b, row));
	case OPTION_TEXT_LIST:
		return texts_equal(field(a, row), field(b, row));
	case OPTION_NUMBER_LIST:
		break;
	}
	return numbers_equal(field(a, row), field(b, row));
}

/* Appends to `names`; once something did not fit, "..." ends it for good. */
static void add_name(char *names, size_t cap, size_t *used, const char *name)
{
	int n;

	if (*used >= cap)
		return;
	n = snprintf(names + *used, cap - *used, "%s%s", *used > 0 ? ", " : "", name);
	*used += (size_t)n;
	if (*used >= cap && cap > 3)
		memcpy(names + cap - 4, "...", 4);
}

size_t settings_diff(const struct settings *now, const struct settings *next, bool reloadable, char *names,
		     size_t cap)
{
	size_t differ = 0, used = 0;

	if (cap > 0)
		names[0] = '\0';
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);

		if (row->reloadable != reloadable || equal(now, next, row))
			continue;
		add_name(names, cap, &used, row->name);
		differ++;
	}
	return differ;
}
