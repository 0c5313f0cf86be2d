/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/cpuset.h"

#include <string.h>

#include "util/error.h"

void cpuset_clear(struct cpuset *s)
{
	memset(s, 0, sizeof(*s));
}

bool cpuset_has(const struct cpuset *s, unsigned cpu)
{
	return cpu < CPUSET_CPUS && (s->word[cpu / 64] >> cpu % 64 & 1);
}

void cpuset_add(struct cpuset *s, unsigned cpu)
{
	hd_assert(cpu < CPUSET_CPUS);
	s->word[cpu / 64] |= UINT64_C(1) << cpu % 64;
}

void cpuset_remove(struct cpuset *s, unsigned cpu)
{
	hd_assert(cpu < CPUSET_CPUS);
	s->word[cpu / 64] &= ~(UINT64_C(1) << cpu % 64);
}

unsigned cpuset_count(const struct cpuset *s)
{
	unsigned count = 0;

	for (size_t i = 0; i < HD_ARRAY_LEN(s->word); i++)
		count += (unsigned)__builtin_popcountll(s->word[i]);
	return count;
}

bool cpuset_empty(const struct cpuset *s)
{
	return cpuset_next(s, 0) < 0;
}

bool cpuset_equal(const struct cpuset *a, const struct cpuset *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

void cpuset_and(struct cpuset *s, const struct cpuset *other)
{
	for (size_t i = 0; i < HD_ARRAY_LEN(s->word); i++)
		s->word[i] &= other->word[i];
}

void cpuset_minus(struct cpuset *s, const struct cpuset *other)
{
	for (size_t i = 0; i < HD_ARRAY_LEN(s->word); i++)
		s->word[i] &= ~other->word[i];
}

int cpuset_next(const struct cpuset *s, unsigned from)
{
	for (unsigned cpu = from; cpu < CPUSET_CPUS; cpu++) {
		if (s->word[cpu / 64] >> cpu % 64 == 0)
			cpu |= 63; /* nothing more in this word */
		else if (cpuset_has(s, cpu))
			return (int)cpu;
	}
	return -1;
}

static bool is_separator(char c)
{
	return c == ',' || c == ' ' || c == '\t' || c == '\n';
}

/* Digits at *at into *cpu. */
static int take_number(const char **at, const char *end, unsigned *cpu)
{
	unsigned n = 0;

	if (*at == end || **at < '0' || **at > '9')
		return ERROR_MALFORMED;
	for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
		n = n * 10 + (unsigned)(**at - '0');
		if (n >= CPUSET_CPUS)
			return ERROR_RANGE;
	}
	*cpu = n;
	return 0;
}

static int take_range(const char **at, const char *end, struct cpuset *s)
{
	unsigned first, last;
	int error = take_number(at, end, &first);

	if (error)
		return error;
	last = first;
	if (*at < end && **at == '-') {
		(*at)++;
		error = take_number(at, end, &last);
		if (error)
			return error;
	}
	if (last < first || (*at < end && !is_separator(**at)))
		return ERROR_MALFORMED;
	for (unsigned cpu = first; cpu <= last; cpu++)
		cpuset_add(s, cpu);
	return 0;
}

int cpuset_parse(struct cpuset *s, const char *text, size_t len)
{
	const char *at = text, *end = text + len;
	struct cpuset read;

	cpuset_clear(&read);
	while (at < end && is_separator(*at))
		at++;
	if (end - at >= 6 && strncmp(at, "(null)", 6) == 0)
		at += 6;
	while (at < end) {
		int error;

		if (is_separator(*at)) {
			at++;
			continue;
		}
		error = take_range(&at, end, &read);
		if (error)
			return error;
	}
	*s = read;
	return 0;
}

int cpuset_print(const struct cpuset *s, struct bytes *out)
{
	int error = 0;

	for (int first = cpuset_next(s, 0), count = 0; first >= 0 && !error; count++) {
		int last = first;

		while (cpuset_has(s, (unsigned)last + 1))
			last++;
		error = bytes_printf(out, "%s%d", count ? "," : "", first);
		if (!error && last > first)
			error = bytes_printf(out, "-%d", last);
		first = cpuset_next(s, (unsigned)last + 1);
	}
	return error;
}
