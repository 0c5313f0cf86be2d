/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/yaml_edit.h"

#include <stdbool.h>
#include <string.h>

#include "util/error.h"

#define KEY_MAX 64
#define VALUE_MAX 8192

struct line {
	const char *at;
	size_t len;   /* without its end */
	size_t whole; /* with it */
};

static bool next_line(const char **at, const char *end, struct line *line)
{
	const char *newline;

	if (*at == end)
		return false;
	newline = memchr(*at, '\n', (size_t)(end - *at));
	line->at = *at;
	line->whole = newline ? (size_t)(newline + 1 - *at) : (size_t)(end - *at);
	line->len = newline ? line->whole - 1 : line->whole;
	if (line->len > 0 && line->at[line->len - 1] == '\r')
		line->len--;
	*at += line->whole;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where what follows "key:" begins, or NULL if the line sets another key. */
static const char *value_of(const struct line *line, const char *key)
{
	const char *at = line->at, *end = at + line->len;
	size_t n = strlen(key);
	char quote = at < end && (*at == '"' || *at == '\'') ? *at : '\0';

	at += quote ? 1 : 0;
	if ((size_t)(end - at) <= n || memcmp(at, key, n) != 0)
		return NULL;
	at += n;
	if (quote && *at++ != quote)
		return NULL;
	while (at < end && is_blank(*at))
		at++;
	if (at == end || *at != ':')
		return NULL;
	at++;
	return at == end || is_blank(*at) ? at : NULL;
}

/* Where a comment begins in a line, or its end. `depth` counts open brackets. */
static const char *comment_of(const char *at, const char *end, int *depth)
{
	char quote = '\0';

	for (const char *c = at; c < end; c++) {
		if (quote) {
			if (*c == quote)
				quote = '\0';
		} else if (*c == '"' || *c == '\'') {
			quote = *c;
		} else if (*c == '#' && (c == at || is_blank(c[-1]))) {
			return c;
		} else if (*c == '[' || *c == '{') {
			++*depth;
		} else if (*c == ']' || *c == '}') {
			--*depth;
		}
	}
	return end;
}

/* Lines that belong to the value above them: indented ones, items of a list, and
 * all until its brackets are closed. Comments and empty lines only if such a
 * line follows them. */
static bool continues(const struct line *line, int depth)
{
	if (depth > 0)
		return true;
	return line->len > 0 && (is_blank(line->at[0]) || (line->at[0] == '-' && (line->len == 1 ||
										  is_blank(line->at[1]))));
}

static bool is_comment_or_empty(const struct line *line)
{
	size_t i = 0;

	while (i < line->len && is_blank(line->at[i]))
		i++;
	return i == line->len || line->at[i] == '#';
}

/* End of the value that begins at `value`; `after` is the first line below. */
static const char *end_of_value(const char *value, const char *line_end, const char *after, const char *end)
{
	const char *last = after, *at = after;
	struct line line;
	int depth = 0;

	comment_of(value, line_end, &depth);
	while (next_line(&at, end, &line)) {
		if (depth <= 0 && is_comment_or_empty(&line))
			continue;
		if (!continues(&line, depth))
			break;
		comment_of(line.at, line.at + line.len, &depth);
		last = at;
	}
	/* what is never closed is no YAML: take no other lines along */
	return depth > 0 ? after : last;
}

/* Comments of lines that go: each on a line of its own. */
static int keep_comments(const char *at, const char *end, const char *newline, struct bytes *out)
{
	struct line line;
	int error = 0, depth = 0;

	while (!error && next_line(&at, end, &line)) {
		const char *comment = comment_of(line.at, line.at + line.len, &depth);

		if (comment == line.at + line.len)
			continue;
		error = bytes_append(out, comment, (size_t)(line.at + line.len - comment));
		if (!error)
			error = bytes_append_text(out, newline);
	}
	return error;
}

/* Does "key:" have exactly this value, on its line alone? */
static bool says(const char *value, const char *comment, const char *wanted)
{
	while (value < comment && is_blank(*value))
		value++;
	while (comment > value && is_blank(comment[-1]))
		comment--;
	return (size_t)(comment - value) == strlen(wanted) && memcmp(value, wanted, strlen(wanted)) == 0;
}

static const char *newline_of(const char *text, size_t len)
{
	const char *first = memchr(text, '\n', len);

	return first && first > text && first[-1] == '\r' ? "\r\n" : "\n";
}

/* Replaces the value of the line at `line`, whose "key:" ends at `value`. */
static int replace(const struct line *line, const char *value, const char *after, const char *end,
		   const char *wanted, const char *newline, struct bytes *out)
{
	const char *line_end = line->at + line->len, *stop = end_of_value(value, line_end, after, end), *blanks;
	int depth = 0, error;
	const char *comment = comment_of(value, line_end, &depth);

	if (stop == after && says(value, comment, wanted))
		return bytes_append(out, line->at, (size_t)(end - line->at));
	for (blanks = comment; blanks > value && is_blank(blanks[-1]);)
		blanks--;
	error = bytes_append(out, line->at, (size_t)(value - line->at));
	if (!error)
		error = bytes_append_text(out, " ");
	if (!error)
		error = bytes_append_text(out, wanted);
	if (!error && comment < line_end && blanks == comment)
		error = bytes_append_text(out, " ");
	if (!error && comment < line_end)
		error = bytes_append(out, blanks, (size_t)(line_end - blanks));
	if (!error)
		error = bytes_append_text(out, newline);
	if (!error)
		error = keep_comments(after, stop, newline, out);
	return error ? error : bytes_append(out, stop, (size_t)(end - stop));
}

static int add_last(const char *text, size_t len, const char *key, const char *wanted, const char *newline,
		    struct bytes *out)
{
	int error = bytes_append(out, text, len);

	if (!error && len > 0 && text[len - 1] != '\n')
		error = bytes_append_text(out, newline);
	return error ? error : bytes_printf(out, "%s: %s%s", key, wanted, newline);
}

int yaml_edit_set(const char *text, size_t len, const char *key, const char *value, struct bytes *out)
{
	const char *at = text, *end = text + len, *newline = newline_of(text, len);
	struct line line;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (next_line(&at, end, &line)) {
		const char *old = value_of(&line, key);
		int error;

		if (!old)
			continue;
		error = bytes_append(out, text, (size_t)(line.at - text));
		return error ? error : replace(&line, old, at, end, value, newline, out);
	}
	return add_last(text, len, key, value, newline, out);
}

/* Cuts "KEY: VALUE". */
static bool split(const struct line *line, char key[KEY_MAX], char value[VALUE_MAX])
{
	const char *colon = memchr(line->at, ':', line->len);
	size_t key_len, value_len;

	if (!colon || colon + 2 > line->at + line->len)
		return false;
	key_len = (size_t)(colon - line->at);
	value_len = line->len - key_len - 2;
	if (key_len >= KEY_MAX || value_len >= VALUE_MAX)
		return false;
	memcpy(key, line->at, key_len);
	key[key_len] = '\0';
	memcpy(value, colon + 2, value_len);
	value[value_len] = '\0';
	return true;
}

int yaml_edit_set_all(const char *text, size_t len, const struct bytes *keys, struct bytes *out)
{
	const char *at = keys->len ? (const char *)keys->data : "", *end = at + keys->len;
	char key[KEY_MAX], value[VALUE_MAX];
	struct bytes from, to;
	struct line line;
	int error;

	bytes_init(&from, out->max);
	bytes_init(&to, out->max);
	error = bytes_append(&from, text, len);
	while (!error && next_line(&at, end, &line)) {
		if (!split(&line, key, value)) {
			error = ERROR_MALFORMED;
			break;
		}
		to.len = 0;
		error = yaml_edit_set(from.len ? (const char *)from.data : "", from.len, key, value, &to);
		from.len = 0;
		if (!error)
			error = bytes_append(&from, to.data, to.len);
	}
	if (!error)
		error = bytes_append(out, from.data, from.len);
	bytes_release(&from);
	bytes_release(&to);
	return error;
}
