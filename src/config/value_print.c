/* SPDX-License-Identifier: MIT
 * Values going out: as YAML, and compared. */
#include <inttypes.h>
#include <string.h>

#include "config/value.h"

static const void *field(const struct settings *s, const struct option_row *row)
{
	return (const char *)s + row->offset;
}

static int64_t number_of(const struct settings *s, const struct option_row *row)
{
	return *(const int64_t *)field(s, row);
}

static const char *text_of(const struct settings *s, const struct option_row *row)
{
	return *(char *const *)field(s, row);
}

/* In double quotes. Texts are printable (rule_printable), so that only the
 * quote and the backslash want an escape. */
static int print_text(const char *text, struct bytes *out)
{
	int error = bytes_append(out, "\"", 1);

	for (; !error && *text; text++) {
		if (*text == '"' || *text == '\\')
			error = bytes_append(out, "\\", 1);
		if (!error)
			error = bytes_append(out, text, 1);
	}
	return error ? error : bytes_append(out, "\"", 1);
}

static int print_word(int64_t value, const struct option_row *row, struct bytes *out)
{
	for (const struct option_word *w = row->words; w->text; w++)
		if (w->value == value && !w->alias)
			return bytes_append_text(out, w->text);
	hd_assert(!"a word option holds one of its words");
	return 0;
}

static int print_texts(const struct settings_list *list, struct bytes *out)
{
	int error = bytes_append_text(out, "[");

	for (size_t i = 0; !error && i < list->count; i++) {
		if (i > 0)
			error = bytes_append_text(out, ", ");
		if (!error)
			error = print_text(list->items[i], out);
	}
	return error ? error : bytes_append_text(out, "]");
}

static int print_numbers(const struct settings_numbers *list, struct bytes *out)
{
	int error = bytes_append_text(out, "[");

	for (size_t i = 0; !error && i < list->count; i++)
		error = bytes_printf(out, "%s%" PRId64, i > 0 ? ", " : "", list->items[i]);
	return error ? error : bytes_append_text(out, "]");
}

int value_print(const struct settings *s, const struct option_row *row, struct bytes *out)
{
	switch (row->type) {
	case OPTION_BOOL:
		return bytes_append_text(out, *(const bool *)field(s, row) ? "true" : "false");
	case OPTION_NUMBER:
		return bytes_printf(out, "%" PRId64, number_of(s, row));
	case OPTION_WORD:
		return print_word(number_of(s, row), row, out);
	case OPTION_TEXT:
		return print_text(text_of(s, row) ? text_of(s, row) : "", out);
	case OPTION_TEXT_LIST:
		return print_texts(field(s, row), out);
	case OPTION_NUMBER_LIST:
		break;
	}
	return print_numbers(field(s, row), out);
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

bool value_equal(const struct settings *a, const struct settings *b, const struct option_row *row)
{
	switch (row->type) {
	case OPTION_BOOL:
		return *(const bool *)field(a, row) == *(const bool *)field(b, row);
	case OPTION_NUMBER:
	case OPTION_WORD:
		return number_of(a, row) == number_of(b, row);
	case OPTION_TEXT:
		return text_equal(text_of(a, row), text_of(b, row));
	case OPTION_TEXT_LIST:
		return texts_equal(field(a, row), field(b, row));
	case OPTION_NUMBER_LIST:
		break;
	}
	return numbers_equal(field(a, row), field(b, row));
}
