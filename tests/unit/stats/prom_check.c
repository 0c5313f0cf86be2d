/* SPDX-License-Identifier: MIT */
#include "tests/unit/stats/prom_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERIES_MAX 4096
#define FAMILIES_MAX 512
#define LABELS_MAX 8

struct span {
	const char *at;
	size_t len;
};

enum family_type { TYPE_NONE, TYPE_COUNTER, TYPE_GAUGE, TYPE_HISTOGRAM, TYPE_SUMMARY, TYPE_UNTYPED };

struct check {
	struct span families[FAMILIES_MAX];
	size_t family_count;
	struct span series[SERIES_MAX];
	size_t series_count;
	enum family_type type; /* of the current family */
	size_t samples;        /* in the current family */
	/* current histogram */
	double last_le;
	double last_bucket;
	double count;
	bool has_sum;
	bool has_count;
};

static bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

static bool span_is(struct span a, const char *text)
{
	return span_equal(a, (struct span){ text, strlen(text) });
}

static bool span_ends(struct span a, const char *text)
{
	size_t n = strlen(text);

	return a.len >= n && memcmp(a.at + a.len - n, text, n) == 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Takes a name off the front: letters, digits behind the first, ':' if allowed. */
static struct span take_name(struct span *line, bool colon)
{
	struct span name = { line->at, 0 };

	while (name.len < line->len) {
		char c = name.at[name.len];

		if (!is_letter(c) && !(colon && c == ':') && !(name.len > 0 && c >= '0' && c <= '9'))
			break;
		name.len++;
	}
	line->at += name.len;
	line->len -= name.len;
	return name;
}

static bool take(struct span *line, const char *text)
{
	size_t n = strlen(text);

	if (line->len < n || memcmp(line->at, text, n) != 0)
		return false;
	line->at += n;
	line->len -= n;
	return true;
}

static const char *family_end(struct check *c)
{
	if (c->family_count == 0)
		return NULL;
	if (c->type == TYPE_NONE)
		return "HELP without TYPE";
	if (c->samples == 0)
		return "metric without a sample";
	if (c->type != TYPE_HISTOGRAM)
		return NULL;
	if (!isinf(c->last_le))
		return "histogram without +Inf";
	if (!c->has_sum || !c->has_count)
		return "histogram without sum or count";
	return c->count == c->last_bucket ? NULL : "histogram count is not its +Inf bucket";
}

static const char *check_help(struct check *c, struct span line)
{
	const char *wrong = family_end(c);
	struct span name = take_name(&line, true);

	if (wrong)
		return wrong;
	if (name.len == 0 || !take(&line, " ") || line.len == 0)
		return "HELP needs a name and a text";
	for (size_t i = 0; i < line.len; i++) {
		if (line.at[i] != '\\')
			continue;
		if (++i == line.len || (line.at[i] != '\\' && line.at[i] != 'n'))
			return "bad escape in HELP";
	}
	for (size_t i = 0; i < c->family_count; i++)
		if (span_equal(c->families[i], name))
			return "HELP twice";
	if (c->family_count == FAMILIES_MAX)
		return "too many metrics for this checker";
	c->families[c->family_count++] = name;
	c->type = TYPE_NONE;
	c->samples = 0;
	return NULL;
}

static const char *check_type(struct check *c, struct span line)
{
	static const char *const types[] = {
		[TYPE_COUNTER] = "counter", [TYPE_GAUGE] = "gauge", [TYPE_HISTOGRAM] = "histogram",
		[TYPE_SUMMARY] = "summary", [TYPE_UNTYPED] = "untyped",
	};
	struct span name = take_name(&line, true);

	if (c->family_count == 0 || !span_equal(c->families[c->family_count - 1], name))
		return "TYPE does not follow its HELP";
	if (c->type != TYPE_NONE)
		return "TYPE twice";
	if (!take(&line, " "))
		return "TYPE needs a type";
	for (enum family_type t = TYPE_COUNTER; t <= TYPE_UNTYPED; t++)
		if (span_is(line, types[t]))
			c->type = t;
	if (c->type == TYPE_NONE)
		return "unknown type";
	if ((c->type == TYPE_COUNTER) != span_ends(name, "_total"))
		return "_total is for counters, and for all of them";
	c->last_le = -INFINITY;
	c->last_bucket = 0;
	c->has_sum = c->has_count = false;
	return NULL;
}

/* The quoted value of a label; its raw text into *value. */
static const char *take_label_value(struct span *line, struct span *value)
{
	if (!take(line, "\""))
		return "label value without a quote";
	value->at = line->at;
	while (line->len && *line->at != '"') {
		if (*line->at == '\\') {
			line->at++;
			line->len--;
			if (!line->len || !strchr("\\\"n", *line->at))
				return "bad escape in a label";
		}
		line->at++;
		line->len--;
	}
	value->len = (size_t)(line->at - value->at);
	return take(line, "\"") ? NULL : "label value without an end";
}

/* {a="b",c="d"}: the value of `le`, if any, into *le. */
static const char *take_labels(struct span *line, struct span *le)
{
	struct span names[LABELS_MAX];
	size_t count = 0;

	do {
		struct span value;
		const char *wrong;

		if (count == LABELS_MAX)
			return "too many labels for this checker";
		names[count] = take_name(line, false);
		if (names[count].len == 0 || !take(line, "="))
			return "bad label name";
		wrong = take_label_value(line, &value);
		if (wrong)
			return wrong;
		for (size_t i = 0; i < count; i++)
			if (span_equal(names[i], names[count]))
				return "label twice";
		if (span_is(names[count++], "le"))
			*le = value;
	} while (take(line, ","));
	return take(line, "}") ? NULL : "labels without an end";
}

static bool read_number(struct span s, double *value)
{
	char copy[64];
	char *end;

	if (s.len == 0 || s.len >= sizeof(copy) || s.at[0] == ' ')
		return false;
	memcpy(copy, s.at, s.len);
	copy[s.len] = '\0';
	*value = strtod(copy, &end);
	return *end == '\0';
}

static const char *check_bucket(struct check *c, struct span le, double value)
{
	double bound;

	if (!le.at || !read_number(le, &bound))
		return "bucket without a bound";
	if (!(bound > c->last_le))
		return "bounds do not rise";
	if (value < c->last_bucket)
		return "buckets are not cumulative";
	c->last_le = bound;
	c->last_bucket = value;
	return NULL;
}

/* Does this sample's name belong to the current metric? */
static const char *check_member(struct check *c, struct span name, struct span le, double value)
{
	struct span family = c->families[c->family_count - 1];
	struct span suffix;

	if (c->type != TYPE_HISTOGRAM)
		return span_equal(name, family) ? NULL : "sample outside its metric";
	if (name.len < family.len || memcmp(name.at, family.at, family.len) != 0)
		return "sample outside its metric";
	suffix = (struct span){ name.at + family.len, name.len - family.len };
	if (span_is(suffix, "_bucket"))
		return check_bucket(c, le, value);
	if (span_is(suffix, "_sum")) {
		c->has_sum = true;
	} else if (span_is(suffix, "_count")) {
		c->has_count = true;
		c->count = value;
	} else {
		return "no such part of a histogram";
	}
	return NULL;
}

static const char *note_series(struct check *c, struct span series)
{
	for (size_t i = 0; i < c->series_count; i++)
		if (span_equal(c->series[i], series))
			return "series twice";
	if (c->series_count == SERIES_MAX)
		return "too many series for this checker";
	c->series[c->series_count++] = series;
	return NULL;
}

static const char *check_sample(struct check *c, struct span line)
{
	struct span series = { line.at, 0 }, le = { NULL, 0 };
	struct span name = take_name(&line, true);
	const char *wrong = NULL;
	double value;

	if (name.len == 0)
		return "no name";
	if (c->family_count == 0 || c->type == TYPE_NONE)
		return "sample before TYPE";
	if (take(&line, "{"))
		wrong = take_labels(&line, &le);
	if (wrong)
		return wrong;
	series.len = (size_t)(line.at - series.at);
	if (!take(&line, " ") || !read_number(line, &value))
		return "bad value";
	if (c->type != TYPE_GAUGE && !(value >= 0))
		return "counter below 0";
	c->samples++;
	wrong = check_member(c, name, le, value);
	return wrong ? wrong : note_series(c, series);
}

static const char *check_line(struct check *c, struct span line)
{
	if (line.len == 0)
		return "empty line";
	if (memchr(line.at, '\r', line.len))
		return "carriage return";
	if (take(&line, "# HELP "))
		return check_help(c, line);
	if (take(&line, "# TYPE "))
		return check_type(c, line);
	return check_sample(c, line);
}

const char *prom_check(const char *text, size_t len)
{
	static char report[256];
	struct check *c = calloc(1, sizeof(*c));
	const char *wrong = len == 0 ? "empty" : NULL;
	struct span line = { text, 0 };

	if (!c)
		return "no memory";
	for (const char *at = text; at < text + len && !wrong; at = line.at + line.len + 1) {
		const char *end = memchr(at, '\n', (size_t)(text + len - at));

		line = (struct span){ at, end ? (size_t)(end - at) : (size_t)(text + len - at) };
		wrong = end ? check_line(c, line) : "last line without its newline";
	}
	if (!wrong)
		wrong = family_end(c);
	free(c);
	if (!wrong)
		return NULL;
	snprintf(report, sizeof(report), "%s: %.*s", wrong, (int)(line.len < 160 ? line.len : 160), line.at);
	return report;
}

bool prom_check_value(double *value, const char *text, size_t len, const char *series)
{
	const char *end;

	for (const char *at = text; at < text + len; at = end + 1) {
		struct span line;

		end = memchr(at, '\n', (size_t)(text + len - at));
		if (!end)
			return false;
		line = (struct span){ at, (size_t)(end - at) };
		if (take(&line, series) && take(&line, " "))
			return read_number(line, value);
	}
	return false;
}
