/* SPDX-License-Identifier: MIT */
#include "tools/lib/number.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "util/error.h"

#define FRACTION_DIGITS_MAX 9

struct unit {
	const char *suffix;
	uint64_t factor;
	bool is_packets;
};

static const struct unit units_of_duration[] = {
	{ "", 1000000000, false }, { "s", 1000000000, false }, { "m", 60000000000, false },
	{ "ms", 1000000, false },  { "us", 1000, false },
};

static const struct unit units_of_rate[] = {
	{ "", 1, false },	    { "bit", 1, false },	   { "k", 1000, false },
	{ "kbit", 1000, false },    { "m", 1000000, false },	   { "mbit", 1000000, false },
	{ "g", 1000000000, false }, { "gbit", 1000000000, false }, { "pps", 1, true },
	{ "kpps", 1000, true },	    { "mpps", 1000000, true },
};

static const struct unit units_of_bytes[] = {
	{ "", 1, false },
	{ "k", 1024, false },
	{ "m", 1024 * 1024, false },
	{ "g", 1024 * 1024 * 1024, false },
};

static const struct unit units_of_percent[] = { { "", 10000, false }, { "%", 10000, false } };

static bool add_digit(uint64_t *n, char digit)
{
	return !__builtin_mul_overflow(*n, 10, n) && !__builtin_add_overflow(*n, (uint64_t)(digit - '0'), n);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* whole.fraction, the fraction in units of 10^-digits; the text after them. */
struct decimal {
	uint64_t whole;
	uint64_t fraction;
	uint64_t scale;
	const char *rest;
};

static int parse_decimal(struct decimal *d, const char *text)
{
	*d = (struct decimal){ .scale = 1 };
	if (!is_digit(*text))
		return ERROR_MALFORMED;
	for (; is_digit(*text); text++)
		if (!add_digit(&d->whole, *text))
			return ERROR_RANGE;
	if (*text == '.') {
		text++;
		if (!is_digit(*text))
			return ERROR_MALFORMED;
		for (int digits = 0; is_digit(*text); text++, digits++) {
			if (digits == FRACTION_DIGITS_MAX)
				return ERROR_RANGE;
			(void)add_digit(&d->fraction, *text);
			d->scale *= 10;
		}
	}
	d->rest = text;
	return 0;
}

static int scale(uint64_t *out, const struct decimal *d, uint64_t factor)
{
	uint64_t whole, fraction;

	if (__builtin_mul_overflow(d->whole, factor, &whole) ||
	    __builtin_mul_overflow(d->fraction, factor, &fraction) ||
	    __builtin_add_overflow(whole, fraction / d->scale, &whole))
		return ERROR_RANGE;
	*out = whole;
	return 0;
}

static int parse_units(uint64_t *out, const struct unit **unit, const char *text, const struct unit *units,
		       size_t count)
{
	struct decimal d;
	int err = parse_decimal(&d, text);

	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(d.rest, units[i].suffix) != 0)
			continue;
		*unit = &units[i];
		return scale(out, &d, units[i].factor);
	}
	return ERROR_MALFORMED;
}

int number_parse_count(uint64_t *out, const char *text, uint64_t min, uint64_t max)
{
	struct decimal d;
	int err = parse_decimal(&d, text);

	if (err)
		return err;
	if (d.scale != 1 || *d.rest)
		return ERROR_MALFORMED;
	if (d.whole < min || d.whole > max)
		return ERROR_RANGE;
	*out = d.whole;
	return 0;
}

int number_parse_duration(uint64_t *out_ns, const char *text)
{
	const struct unit *unit;

	return parse_units(out_ns, &unit, text, units_of_duration, HD_ARRAY_LEN(units_of_duration));
}

int number_parse_rate(uint64_t *out, bool *is_packets, const char *text)
{
	const struct unit *unit;
	uint64_t rate;
	int err = parse_units(&rate, &unit, text, units_of_rate, HD_ARRAY_LEN(units_of_rate));

	if (err)
		return err;
	if (rate == 0)
		return ERROR_RANGE;
	*out = rate;
	*is_packets = unit->is_packets;
	return 0;
}

int number_parse_bytes(uint64_t *out, const char *text)
{
	const struct unit *unit;

	return parse_units(out, &unit, text, units_of_bytes, HD_ARRAY_LEN(units_of_bytes));
}

int number_parse_percent(uint32_t *out_ppm, const char *text)
{
	const struct unit *unit;
	uint64_t ppm;
	int err = parse_units(&ppm, &unit, text, units_of_percent, HD_ARRAY_LEN(units_of_percent));

	if (err)
		return err;
	if (ppm > 1000000)
		return ERROR_RANGE;
	*out_ppm = (uint32_t)ppm;
	return 0;
}
