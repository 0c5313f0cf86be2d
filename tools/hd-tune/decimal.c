/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/decimal.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "util/error.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int take_digits(const char **at, int64_t *number)
{
	int64_t n = 0;

	if (!is_digit(**at))
		return ERROR_MALFORMED;
	for (; is_digit(**at); (*at)++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, **at - '0', &n))
			return ERROR_RANGE;
	*number = n;
	return 0;
}

int decimal_parse(int64_t *thousandths, const char *text)
{
	int64_t n, scale = 1000;
	int error = take_digits(&text, &n);

	if (error)
		return error;
	if (__builtin_mul_overflow(n, scale, &n))
		return ERROR_RANGE;
	if (*text == '.') {
		if (!is_digit(*++text))
			return ERROR_MALFORMED;
		for (; is_digit(*text); text++) {
			scale /= 10;
			/* zeros past the third digit say nothing */
			if (scale == 0 && *text != '0')
				return ERROR_MALFORMED;
			if (scale && __builtin_add_overflow(n, (*text - '0') * scale, &n))
				return ERROR_RANGE;
		}
	}
	if (*text)
		return ERROR_MALFORMED;
	*thousandths = n;
	return 0;
}

void decimal_print(int64_t thousandths, char out[DECIMAL_TEXT_MAX])
{
	int n = snprintf(out, DECIMAL_TEXT_MAX, "%" PRId64 ".%03d", thousandths / 1000, (int)(thousandths % 1000));

	hd_assert(thousandths >= 0 && n > 4 && n < DECIMAL_TEXT_MAX);
	while (out[n - 1] == '0')
		n--;
	if (out[n - 1] == '.')
		n--;
	out[n] = '\0';
}

int decimal_parse_whole(int64_t *number, const char *text)
{
	int64_t n;
	int error = take_digits(&text, &n);

	if (error)
		return error;
	if (*text)
		return ERROR_MALFORMED;
	*number = n;
	return 0;
}

int decimal_parse_size(int64_t *bytes, const char *text)
{
	static const char units[] = "KMGT";
	int64_t n;
	int error = take_digits(&text, &n);
	const char *unit = *text ? strchr(units, *text) : NULL;

	if (error)
		return error;
	if (*text && (!unit || text[1]))
		return ERROR_MALFORMED;
	for (ptrdiff_t i = unit ? unit - units + 1 : 0; i > 0; i--)
		if (__builtin_mul_overflow(n, 1024, &n))
			return ERROR_RANGE;
	*bytes = n;
	return 0;
}
