/* SPDX-License-Identifier: MIT */
#include "tools/lib/option_rows.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "tools/lib/number.h"
#include "util/error.h"
#include "util/writer.h"

#define LEFT_MAX 32 /* of --help's left column */
/* What getopt_long says of the rows, from here on: unlike any letter. Were two
 * the same, it would take one where the word fits the beginning of both. */
#define FIRST_ROW 256

static size_t count_of(const struct option_row *rows)
{
	size_t count = 0;

	while (rows[count].name)
		count++;
	hd_assert(count <= OPTION_ROWS_MAX);
	return count;
}

/* getopt_long's verdict on argv[optind - 1], or on the letter optopt. */
static void say_unknown(char *why, size_t why_cap, int verdict, const char *word)
{
	if (verdict == ':')
		snprintf(why, why_cap, "%s needs a value", word);
	else if (optopt >= FIRST_ROW)
		snprintf(why, why_cap, "%.*s takes no value", (int)strcspn(word, "="), word);
	else if (optopt)
		snprintf(why, why_cap, "unknown option -%c", optopt);
	else
		snprintf(why, why_cap, "unknown or ambiguous option %s", word);
}

static int take(const struct option_row *row, void *to, char *why, size_t why_cap)
{
	struct option_found found = { .row = row, .value = row->value ? optarg : NULL, .to = to };
	bool has_text = found.value && *found.value;
	int err = row->take(&found);

	if (err < 0)
		snprintf(why, why_cap, "--%s%s%s: %s", row->name, has_text ? " " : "", has_text ? found.value : "",
			 found.reason[0] ? found.reason : error_text(err));
	return err;
}

int option_rows_parse(struct option_rows_line *line, const struct option_row *rows, void *to, int argc,
		      char *const *argv, char *why, size_t why_cap)
{
	struct option longs[OPTION_ROWS_MAX + 1] = { 0 };
	size_t count = count_of(rows);
	uint64_t given = 0;
	int c, err = 0;

	for (size_t i = 0; i < count; i++)
		longs[i] = (struct option){ rows[i].name, rows[i].value ? required_argument : no_argument, NULL,
					    FIRST_ROW + (int)i };
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while (err == 0 && (c = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (c < FIRST_ROW) {
			say_unknown(why, why_cap, c, argv[optind - 1]);
			return ERROR_USAGE;
		}
		given |= UINT64_C(1) << (c - FIRST_ROW);
		err = take(&rows[c - FIRST_ROW], to, why, why_cap);
		if (err < 0)
			return ERROR_USAGE;
	}
	*line = (struct option_rows_line){ .given = given, .rest = optind };
	return 0;
}

void option_rows_print_help(const struct option_row *rows, FILE *to)
{
	for (; rows->name; rows++) {
		char left[LEFT_MAX];

		snprintf(left, sizeof(left), "--%s%s%s", rows->name, rows->value ? " " : "",
			 rows->value ? rows->value : "");
		fprintf(to, "  %-20s  %s\n", left, rows->text);
	}
}

void option_rows_put(const struct option_found *found, uint64_t value)
{
	uint8_t *at = (uint8_t *)found->to + found->row->offset;

	switch (found->row->width) {
	case sizeof(bool):
		hd_assert(value <= 1);
		memcpy(at, &(bool){ value }, sizeof(bool));
		break;
	case sizeof(uint32_t):
		hd_assert(value <= UINT32_MAX);
		memcpy(at, &(uint32_t){ (uint32_t)value }, sizeof(uint32_t));
		break;
	default:
		hd_assert(found->row->width == sizeof(value));
		memcpy(at, &value, sizeof(value));
	}
}

int option_rows_refuse(struct option_found *found, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(found->reason, sizeof(found->reason), format, args);
	va_end(args);
	return ERROR_USAGE;
}

int option_rows_flag(struct option_found *found)
{
	option_rows_put(found, true);
	return 0;
}

int option_rows_set(struct option_found *found)
{
	option_rows_put(found, found->row->min);
	return 0;
}

int option_rows_last(struct option_found *found)
{
	option_rows_put(found, found->row->min);
	return OPTION_ROWS_LAST;
}

int option_rows_text(struct option_found *found)
{
	hd_assert(found->row->width == sizeof(found->value));
	if (!*found->value)
		return option_rows_refuse(found, "must not be empty");
	memcpy((uint8_t *)found->to + found->row->offset, &found->value, sizeof(found->value));
	return 0;
}

int option_rows_count(struct option_found *found)
{
	const struct option_row *row = found->row;
	uint64_t value;

	if (number_parse_count(&value, found->value, row->min, row->max) != 0)
		return option_rows_refuse(found, "must be a whole number, %" PRIu64 "..%" PRIu64, row->min,
					  row->max);
	option_rows_put(found, value);
	return 0;
}

struct unit {
	const char *name;
	uint64_t size;
};

/* The largest first; number.h has the same. */
static const struct unit times[] = {
	{ "m", UINT64_C(60000000000) }, { "s", 1000000000 }, { "ms", 1000000 }, { "us", 1000 }, { "ns", 1 }
};
static const struct unit sizes[] = { { "G", 1 << 30 }, { "M", 1 << 20 }, { "K", 1 << 10 }, { "", 1 } };

static void spell(char *text, size_t cap, uint64_t n, const struct unit *unit)
{
	while (n % unit->size != 0)
		unit++;
	snprintf(text, cap, "%" PRIu64 "%s", n / unit->size, n > 0 ? unit->name : "");
}

static int refuse_amount(struct option_found *found, const char *what, const struct unit *units)
{
	const struct option_row *row = found->row;
	char min[32], max[32];

	spell(min, sizeof(min), row->min, units);
	spell(max, sizeof(max), row->max, units);
	if (row->max < UINT64_MAX)
		return option_rows_refuse(found, "must be %s, %s..%s", what, min, max);
	return option_rows_refuse(found, row->min > 0 ? "must be %s, more than 0" : "must be %s", what);
}

/* What a parser of number.h made of the value. */
static bool put_in_range(const struct option_found *found, int err, uint64_t value)
{
	if (err || value < found->row->min || value > found->row->max)
		return false;
	option_rows_put(found, value);
	return true;
}

int option_rows_bytes(struct option_found *found)
{
	uint64_t value = 0;
	int err = number_parse_bytes(&value, found->value);

	return put_in_range(found, err, value) ? 0 : refuse_amount(found, "a size as 64K or 1M", sizes);
}

int option_rows_duration(struct option_found *found)
{
	uint64_t value = 0;
	int err = number_parse_duration(&value, found->value);

	return put_in_range(found, err, value) ? 0 : refuse_amount(found, "a time as 250ms or 3s", times);
}

/* "auto|always|never" as "auto, always or never". */
static int refuse_choice(struct option_found *found)
{
	char list[OPTION_ROWS_REASON_MAX];
	struct writer w = writer_over(list, sizeof(list));

	for (const char *word = found->row->value; *word; word += *word == '|') {
		size_t len = strcspn(word, "|");

		writer_bytes(&w, word, len);
		word += len;
		if (*word)
			writer_text(&w, strchr(word + 1, '|') ? ", " : " or ");
	}
	return option_rows_refuse(found, "must be %.*s", (int)writer_len(&w), list);
}

int option_rows_choice(struct option_found *found)
{
	uint64_t which = found->row->min;

	for (const char *word = found->row->value;; which++) {
		size_t len = strcspn(word, "|");

		if (strlen(found->value) == len && memcmp(found->value, word, len) == 0) {
			option_rows_put(found, which);
			return 0;
		}
		if (!word[len])
			return refuse_choice(found);
		word += len + 1;
	}
}
