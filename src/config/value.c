/* SPDX-License-Identifier: MIT */
#include "config/value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/quote.h"
#include "config/rule.h"
#include "util/error.h"

static void *field(struct settings *s, const struct option_row *row)
{
	return (char *)s + row->offset;
}

bool value_is_list(const struct option_row *row)
{
	return row->type == OPTION_TEXT_LIST || row->type == OPTION_NUMBER_LIST;
}

HD_PRINTF(3, 4) static int refuse(char reason[VALUE_REASON_MAX], int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, VALUE_REASON_MAX, fmt, ap);
	va_end(ap);
	return code;
}

/* "WHAT, wants ..." */
static int refuse_wants(char reason[VALUE_REASON_MAX], int code, const struct option_row *row, const char *text,
			size_t len, const char *what)
{
	char wants[OPTION_WANTS_MAX];

	option_wants(row, wants);
	return refuse(reason, code, "%s %s, wants %s", quote_of(text, len).text, what, wants);
}

static int refuse_missing(char reason[VALUE_REASON_MAX], const struct option_row *row)
{
	return refuse(reason, ERROR_UNSUPPORTED, "this build has no %s: leave the option at its default",
		      row->missing);
}

static int no_memory(char reason[VALUE_REASON_MAX])
{
	return refuse(reason, ERROR_NO_MEMORY, "%s", error_text(ERROR_NO_MEMORY));
}

/* Decimal digits only, no sign but '-', no leading zero (other readers of YAML
 * take that for octal). ERROR_MALFORMED, ERROR_RANGE for what no int64_t holds. */
static int parse_number(const char *text, size_t len, int64_t *number)
{
	bool negative = len > 0 && text[0] == '-';
	size_t at = negative ? 1 : 0;
	int64_t n = 0;
	bool overflow = false;

	if (at == len || (text[at] == '0' && len > at + 1))
		return ERROR_MALFORMED;
	for (; at < len; at++) {
		if (text[at] < '0' || text[at] > '9')
			return ERROR_MALFORMED;
		if (!overflow)
			overflow = __builtin_mul_overflow(n, 10, &n) ||
				   __builtin_add_overflow(n, text[at] - '0', &n);
	}
	if (overflow)
		return ERROR_RANGE;
	*number = negative ? -n : n;
	return 0;
}

/* A number of this row: syntax, range and rule. */
static int row_number(const struct option_row *row, const char *text, size_t len, int64_t *number,
		      char reason[VALUE_REASON_MAX])
{
	int64_t n = 0;
	int error = parse_number(text, len, &n);

	if (error == ERROR_MALFORMED)
		return refuse_wants(reason, error, row, text, len, "is not a whole decimal number");
	if (error || n < row->min || n > row->max || (row->number_rule && !row->number_rule(n)))
		return refuse_wants(reason, ERROR_RANGE, row, text, len, "is out of range");
	*number = n;
	return 0;
}

static int row_text_check(const struct option_row *row, const char *text, char reason[VALUE_REASON_MAX])
{
	size_t len = strlen(text);

	if (len > VALUE_TEXT_MAX)
		return refuse(reason, ERROR_RANGE, "%s is longer than %d bytes", quote_of(text, len).text,
			      VALUE_TEXT_MAX);
	if (!rule_printable(text, len))
		return refuse(reason, ERROR_MALFORMED, "%s is not printable UTF-8 text", quote_of(text, len).text);
	if (row->text_rule && !row->text_rule(text))
		return refuse_wants(reason, ERROR_MALFORMED, row, text, len, "is not possible");
	return 0;
}

/* The words of YAML 1.1 and 1.2, in any case. */
static int set_bool(bool *to, const struct option_row *row, const char *text, char reason[VALUE_REASON_MAX])
{
	static const struct {
		const char *text;
		bool value;
	} words[] = { { "true", true }, { "false", false }, { "yes", true },
		      { "no", false },  { "on", true },	    { "off", false } };

	for (size_t i = 0; i < HD_ARRAY_LEN(words); i++) {
		if (strcasecmp(text, words[i].text) != 0)
			continue;
		if (row->missing && words[i].value != (strcmp(row->initial, "true") == 0))
			return refuse_missing(reason, row);
		*to = words[i].value;
		return 0;
	}
	return refuse_wants(reason, ERROR_MALFORMED, row, text, strlen(text), "is not possible");
}

static int set_number(int64_t *to, const struct option_row *row, const char *text, char reason[VALUE_REASON_MAX])
{
	int64_t number;
	int error = row_number(row, text, strlen(text), &number, reason);

	if (error)
		return error;
	if (row->missing && strcmp(text, row->initial) != 0)
		return refuse_missing(reason, row);
	*to = number;
	return 0;
}

static int set_word(int64_t *to, const struct option_row *row, const char *text, char reason[VALUE_REASON_MAX])
{
	for (const struct option_word *w = row->words; w->text; w++) {
		if (strcmp(w->text, text) != 0)
			continue;
		if (w->refused)
			return refuse_missing(reason, row);
		*to = w->value;
		return 0;
	}
	return refuse_wants(reason, ERROR_MALFORMED, row, text, strlen(text), "is not known");
}

static int set_text(char **to, const struct option_row *row, const char *text, char reason[VALUE_REASON_MAX])
{
	bool unset = *text == '\0' && !row->initial;
	char *copy = NULL;

	if (!unset) {
		int error = row_text_check(row, text, reason);

		if (error)
			return error;
		if (row->missing)
			return refuse_missing(reason, row);
		copy = strdup(text);
		if (!copy)
			return no_memory(reason);
	}
	free(*to);
	*to = copy;
	return 0;
}

static int check_room(size_t count, char reason[VALUE_REASON_MAX])
{
	if (count >= VALUE_ITEMS_MAX)
		return refuse(reason, ERROR_RANGE, "more than %d items", VALUE_ITEMS_MAX);
	return 0;
}

static int add_text(struct settings_list *list, const struct option_row *row, const char *text,
		    char reason[VALUE_REASON_MAX])
{
	char **items;
	int error;

	if (*text == '\0')
		return refuse(reason, ERROR_MALFORMED, "an item is empty");
	error = row_text_check(row, text, reason);
	if (!error)
		error = check_room(list->count, reason);
	if (error)
		return error;
	if (row->missing)
		return refuse_missing(reason, row);
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return refuse(reason, ERROR_MALFORMED, "%s is listed twice",
				      quote_of(text, strlen(text)).text);
	items = realloc(list->items, (list->count + 1) * sizeof(*items));
	if (!items)
		return no_memory(reason);
	list->items = items;
	items[list->count] = strdup(text);
	if (!items[list->count])
		return no_memory(reason);
	list->count++;
	return 0;
}

static int add_number(struct settings_numbers *list, int64_t number, char reason[VALUE_REASON_MAX])
{
	int error = check_room(list->count, reason);
	int64_t *items;

	if (error)
		return error;
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i] == number)
			return refuse(reason, ERROR_MALFORMED, "%" PRId64 " is listed twice", number);
	items = realloc(list->items, (list->count + 1) * sizeof(*items));
	if (!items)
		return no_memory(reason);
	list->items = items;
	items[list->count++] = number;
	return 0;
}

/* "N" or "FIRST-LAST". */
static int add_range(struct settings_numbers *list, const struct option_row *row, const char *text,
		     char reason[VALUE_REASON_MAX])
{
	const char *dash = *text ? strchr(text + 1, '-') : NULL;
	size_t first_len = dash ? (size_t)(dash - text) : strlen(text);
	int64_t first, last;
	int error;

	if (*text == '\0')
		return refuse(reason, ERROR_MALFORMED, "an item is empty");
	error = row_number(row, text, first_len, &first, reason);
	last = first;
	if (!error && dash)
		error = row_number(row, dash + 1, strlen(dash + 1), &last, reason);
	if (!error && last < first)
		error = refuse_wants(reason, ERROR_MALFORMED, row, text, strlen(text), "runs backwards");
	for (int64_t n = first; !error && n <= last; n++)
		error = add_number(list, n, reason);
	return error;
}

static void list_cut(struct settings_list *list, size_t count)
{
	while (list->count > count)
		free(list->items[--list->count]);
}

static size_t list_count(struct settings *s, const struct option_row *row)
{
	if (row->type == OPTION_TEXT_LIST)
		return ((struct settings_list *)field(s, row))->count;
	return ((struct settings_numbers *)field(s, row))->count;
}

static int add_item(struct settings *s, const struct option_row *row, const char *text, size_t len,
		    char reason[VALUE_REASON_MAX])
{
	char *item = strndup(text, len);
	int error;

	if (!item)
		return no_memory(reason);
	if (row->type == OPTION_NUMBER_LIST)
		error = add_range(field(s, row), row, item, reason);
	else
		error = add_text(field(s, row), row, item, reason);
	free(item);
	return error;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What stands between commas, without the blanks around it. */
int value_add(struct settings *s, const struct option_row *row, const char *text, char reason[VALUE_REASON_MAX])
{
	size_t before = list_count(s, row);
	bool more;
	int error;

	hd_assert(value_is_list(row));
	do {
		const char *end = text + strcspn(text, ",");
		const char *last = end;

		more = *end == ',';
		while (text < last && is_blank(*text))
			text++;
		while (last > text && is_blank(last[-1]))
			last--;
		error = add_item(s, row, text, (size_t)(last - text), reason);
		text = end + 1;
	} while (!error && more);
	if (error && row->type == OPTION_TEXT_LIST)
		list_cut(field(s, row), before);
	else if (error)
		((struct settings_numbers *)field(s, row))->count = before;
	return error;
}

/* The list is made aside, in a struct settings of its own, and replaces the
 * old one when all is well. */
static int set_list(struct settings *s, const struct option_row *row, const char *text,
		    char reason[VALUE_REASON_MAX])
{
	struct settings aside = { 0 };
	int error = *text ? value_add(&aside, row, text, reason) : 0;

	if (error) {
		value_clear(&aside, row);
		return error;
	}
	value_clear(s, row);
	memcpy(field(s, row), field(&aside, row),
	       row->type == OPTION_TEXT_LIST ? sizeof(struct settings_list) : sizeof(struct settings_numbers));
	return 0;
}

int value_set(struct settings *s, const struct option_row *row, const char *text, char reason[VALUE_REASON_MAX])
{
	switch (row->type) {
	case OPTION_BOOL:
		return set_bool(field(s, row), row, text, reason);
	case OPTION_NUMBER:
		return set_number(field(s, row), row, text, reason);
	case OPTION_WORD:
		return set_word(field(s, row), row, text, reason);
	case OPTION_TEXT:
		return set_text(field(s, row), row, text, reason);
	case OPTION_TEXT_LIST:
	case OPTION_NUMBER_LIST:
		break;
	}
	return set_list(s, row, text, reason);
}

void value_clear(struct settings *s, const struct option_row *row)
{
	if (row->type == OPTION_TEXT_LIST) {
		struct settings_list *list = field(s, row);

		list_cut(list, 0);
		free(list->items);
		*list = (struct settings_list){ NULL, 0 };
	} else if (row->type == OPTION_NUMBER_LIST) {
		struct settings_numbers *list = field(s, row);

		free(list->items);
		*list = (struct settings_numbers){ NULL, 0 };
	} else if (row->type == OPTION_TEXT) {
		char **text = field(s, row);

		free(*text);
		*text = NULL;
	}
}
