/* SPDX-License-Identifier: MIT */
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
