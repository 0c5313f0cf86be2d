/* SPDX-License-Identifier: MIT
 * Reads libyaml's events one by one and stops at the first that does not fit,
 * so that nothing deep or large is ever built in memory. */
#include "config/yaml_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "config/quote.h"
#include "config/value.h"
#include "util/bytes.h"
#include "util/error.h"

#define NAME_CAP 96 /* longer than any option's */

struct reader {
	struct draft *d;
	yaml_parser_t parser;
	yaml_event_t event; /* the current one, if holding */
	bool holding;
	const uint8_t *data;
	size_t len;
	uint32_t *group_lines; /* per first row of a group: line it was opened in, 0: not yet */
};

static uint32_t from_one(size_t n)
{
	return n < UINT32_MAX ? (uint32_t)n + 1 : UINT32_MAX;
}

static struct draft_place place_of(yaml_mark_t mark)
{
	return (struct draft_place){ DRAFT_FILE, from_one(mark.line), from_one(mark.column) };
}

static struct draft_place place(const struct reader *r)
{
	return place_of(r->event.start_mark);
}

static struct draft_place place_of_byte(const struct reader *r, size_t offset)
{
	size_t line = 0, column = 0;

	for (size_t i = 0; i < r->len && i < offset; i++) {
		column++;
		if (r->data[i] == '\n') {
			line++;
			column = 0;
		}
	}
	return (struct draft_place){ DRAFT_FILE, from_one(line), from_one(column) };
}

/* libyaml compares each %TAG with all before it, and a file has room for many.
 * They serve tags alone, which are not taken either. */
static int refuse_tag_directives(struct reader *r)
{
	static const char directive[] = "\n%TAG";
	const uint8_t *at = NULL;

	if (r->len >= 4 && memcmp(r->data, directive + 1, 4) == 0)
		at = r->data;
	else if ((at = memmem(r->data, r->len, directive, strlen(directive))))
		at++;
	if (!at)
		return 0;
	return draft_fail(r->d, ERROR_MALFORMED, place_of_byte(r, (size_t)(at - r->data)),
			  "tags (%%TAG) are not taken");
}

static int fail_syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	const char *problem = p->problem ? p->problem : "syntax error";

	if (p->error == YAML_MEMORY_ERROR)
		return draft_fail(r->d, ERROR_NO_MEMORY, (struct draft_place){ .source = DRAFT_FILE }, "%s",
				  error_text(ERROR_NO_MEMORY));
	if (p->error == YAML_READER_ERROR)
		return draft_fail(r->d, ERROR_MALFORMED, place_of_byte(r, p->problem_offset), "not YAML: %s",
				  problem);
	return draft_fail(r->d, ERROR_MALFORMED, place_of(p->problem_mark), "not YAML: %s%s%s", problem,
			  p->context ? ", " : "", p->context ? p->context : "");
}

/* Parts of YAML that a configuration has no use for. */
static int refuse_extras(struct reader *r)
{
	const yaml_event_t *e = &r->event;
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (e->type == YAML_ALIAS_EVENT)
		return draft_fail(r->d, ERROR_MALFORMED, place(r), "aliases (*name) are not taken");
	if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
	}
	if (anchor)
		return draft_fail(r->d, ERROR_MALFORMED, place(r), "anchors (&name) are not taken");
	if (tag)
		return draft_fail(r->d, ERROR_MALFORMED, place(r), "tags (!name) are not taken");
	return 0;
}

static int next(struct reader *r)
{
	if (r->holding)
		yaml_event_delete(&r->event);
	r->holding = false;
	if (!yaml_parser_parse(&r->parser, &r->event))
		return fail_syntax(r);
	r->holding = true;
	return refuse_extras(r);
}

static const char *scalar_text(const struct reader *r)
{
	return (const char *)r->event.data.scalar.value;
}

static struct quote scalar_quote(const struct reader *r)
{
	return quote_of(scalar_text(r), r->event.data.scalar.length);
}

static bool scalar_plain(const struct reader *r)
{
	return r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool scalar_null(const struct reader *r)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	for (size_t i = 0; i < HD_ARRAY_LEN(words); i++)
		if (scalar_plain(r) && strcmp(scalar_text(r), words[i]) == 0)
			return true;
	return false;
}

static bool scalar_has_nul(const struct reader *r)
{
	return memchr(scalar_text(r), '\0', r->event.data.scalar.length) != NULL;
}

static int fail_wants(struct reader *r, const struct option_row *row, const char *what)
{
	char wants[OPTION_WANTS_MAX];

	option_wants(row, wants);
	return draft_fail_option(r->d, ERROR_MALFORMED, place(r), row, "%s, wants %s", what, wants);
}

static int read_scalar(struct reader *r, const struct option_row *row)
{
	bool text = row->type == OPTION_TEXT || value_is_list(row);

	if (scalar_has_nul(r))
		return fail_wants(r, row, "holds a NUL byte");
	if (scalar_null(r))
		return text ? draft_set(r->d, row, "", place(r)) : fail_wants(r, row, "has no value");
	if (!scalar_plain(r) && (row->type == OPTION_NUMBER || row->type == OPTION_BOOL))
		return fail_wants(r, row, "is text in quotes");
	return draft_set(r->d, row, scalar_text(r), place(r));
}

static int read_item(struct reader *r, const struct option_row *row)
{
	if (r->event.type != YAML_SCALAR_EVENT)
		return fail_wants(r, row, "an item is a list or map");
	if (scalar_has_nul(r))
		return fail_wants(r, row, "an item holds a NUL byte");
	if (scalar_null(r))
		return fail_wants(r, row, "an item has no value");
	return draft_add(r->d, row, scalar_text(r), place(r));
}

static int read_list(struct reader *r, const struct option_row *row)
{
	int error;

	if (!value_is_list(row))
		return fail_wants(r, row, "is a list");
	error = draft_set(r->d, row, "", place(r));
	if (!error)
		error = next(r);
	while (!error && r->event.type != YAML_SEQUENCE_END_EVENT) {
		error = read_item(r, row);
		if (!error)
			error = next(r);
	}
	return error;
}

static int read_value(struct reader *r, const struct option_row *row)
{
	struct draft_place before = draft_place_of(r->d, row);
	int error;

	if (before.source == DRAFT_FILE)
		return draft_fail_option(r->d, ERROR_MALFORMED, place(r), row, "is here twice, first in line %u",
					 before.line);
	error = next(r);
	if (error)
		return error;
	if (r->event.type == YAML_SCALAR_EVENT)
		return read_scalar(r, row);
	if (r->event.type == YAML_SEQUENCE_START_EVENT)
		return read_list(r, row);
	return fail_wants(r, row, "is a map");
}

static int fail_unknown(struct reader *r, const struct option_row *group)
{
	const char *nearest = scalar_has_nul(r) ? NULL : option_nearest_name(scalar_text(r), group);
	int len = group ? (int)option_group_len(group) : 0;
	const char *name = group ? group->name : "", *in = group ? " in " : "";

	if (nearest)
		return draft_fail(r->d, ERROR_MALFORMED, place(r), "unknown key %s%s%.*s (did you mean %s?)",
				  scalar_quote(r).text, in, len, name, nearest);
	return draft_fail(r->d, ERROR_MALFORMED, place(r), "unknown key %s%s%.*s", scalar_quote(r).text, in, len,
			  name);
}

static int read_map(struct reader *r, const struct option_row *group);

/* A group with nothing in it is one whose lines are all comments. */
static int read_group(struct reader *r, const struct option_row *group)
{
	uint32_t *line = &r->group_lines[option_index(group)];
	int len = (int)option_group_len(group);
	int error;

	if (*line)
		return draft_fail(r->d, ERROR_MALFORMED, place(r), "%.*s: is here twice, first in line %u", len,
				  group->name, *line);
	*line = place(r).line;
	error = next(r);
	if (error)
		return error;
	if (r->event.type == YAML_MAPPING_START_EVENT)
		return read_map(r, group);
	if (r->event.type == YAML_SCALAR_EVENT && scalar_null(r))
		return 0;
	return draft_fail(r->d, ERROR_MALFORMED, place(r), "%.*s: is a group of options, wants a map", len,
			  group->name);
}

/* "GROUP.KEY" or "KEY" of the current event; false if that is no option's name. */
static bool full_name(const struct reader *r, const struct option_row *group, char name[NAME_CAP])
{
	const char *key = scalar_text(r);
	int len;

	if (group)
		len = snprintf(name, NAME_CAP, "%.*s.%s", (int)option_group_len(group), group->name, key);
	else
		len = snprintf(name, NAME_CAP, "%s", key);
	return len < NAME_CAP && !scalar_has_nul(r);
}

/* The current event is a key inside `group` (NULL: at the top). */
static int read_entry(struct reader *r, const struct option_row *group)
{
	char name[NAME_CAP];
	const struct option_row *row;

	if (r->event.type != YAML_SCALAR_EVENT)
		return draft_fail(r->d, ERROR_MALFORMED, place(r),
				  "a key is a list or map, wants the name of an option");
	if (!full_name(r, group, name))
		return fail_unknown(r, group);
	if (!group && option_group(name))
		return read_group(r, option_group(name));
	row = option_by_name(name);
	if (!row)
		return fail_unknown(r, group);
	if (!group && option_group_len(row) > 0)
		return draft_fail(r->d, ERROR_MALFORMED, place(r),
				  "unknown key %s (write \"%.*s:\" and inside it \"%s:\")", scalar_quote(r).text,
				  (int)option_group_len(row), row->name, option_leaf(row));
	return read_value(r, row);
}

static int read_map(struct reader *r, const struct option_row *group)
{
	int error = next(r);

	while (!error && r->event.type != YAML_MAPPING_END_EVENT) {
		error = read_entry(r, group);
		if (!error)
			error = next(r);
	}
	return error;
}

static int read_root(struct reader *r)
{
	if (r->event.type == YAML_MAPPING_START_EVENT)
		return read_map(r, NULL);
	if (r->event.type == YAML_SCALAR_EVENT && scalar_null(r))
		return 0;
	return draft_fail(r->d, ERROR_MALFORMED, place(r), "wants a map of options (\"port: 3340\")");
}

/* Stream start, then nothing or one document, then stream end. */
static int read_stream(struct reader *r)
{
	int error = refuse_tag_directives(r);

	if (!error)
		error = next(r);
	if (!error)
		error = next(r);
	if (error || r->event.type == YAML_STREAM_END_EVENT)
		return error;
	error = next(r); /* past the document's start */
	if (!error)
		error = read_root(r);
	if (!error)
		error = next(r); /* the document's end */
	if (!error)
		error = next(r);
	if (!error && r->event.type != YAML_STREAM_END_EVENT)
		error = draft_fail(r->d, ERROR_MALFORMED, place(r), "wants one document, but here begins another");
	return error;
}

static int fail_memory(struct draft *d)
{
	return draft_fail(d, ERROR_NO_MEMORY, (struct draft_place){ .source = DRAFT_FILE }, "%s",
			  error_text(ERROR_NO_MEMORY));
}

int yaml_file_parse(struct draft *d, const char *name, const void *data, size_t len)
{
	struct reader r = { .d = d, .data = data, .len = len };
	int error;

	d->path = name;
	if (len > YAML_FILE_MAX)
		return draft_fail(d, ERROR_TOO_BIG, (struct draft_place){ .source = DRAFT_FILE },
				  "larger than %d bytes", YAML_FILE_MAX);
	r.group_lines = calloc(option_count(), sizeof(*r.group_lines));
	if (!r.group_lines)
		return fail_memory(d);
	if (!yaml_parser_initialize(&r.parser)) {
		free(r.group_lines);
		return fail_memory(d);
	}
	yaml_parser_set_input_string(&r.parser, data, len);
	error = read_stream(&r);
	if (r.holding)
		yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	free(r.group_lines);
	return error;
}

/* Up to one byte past the limit, so that the parser sees when there is more. */
static int slurp(int fd, struct bytes *content)
{
	const size_t chunk = 16384;

	for (;;) {
		size_t room = YAML_FILE_MAX + 1 - content->len;
		ssize_t n;

		if (room == 0)
			return 0;
		if (room > chunk)
			room = chunk;
		if (bytes_reserve(content, room))
			return ERROR_NO_MEMORY;
		n = read(fd, content->data + content->len, room);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return ERROR_IO;
		if (n > 0)
			content->len += (size_t)n;
	}
}

int yaml_file_read(struct draft *d, const char *path)
{
	const struct draft_place whole = { .source = DRAFT_FILE };
	struct bytes content;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int error = ERROR_IO;

	d->path = path;
	bytes_init(&content, YAML_FILE_MAX + 1);
	if (fd >= 0)
		error = slurp(fd, &content);
	if (error == ERROR_IO)
		draft_fail(d, error, whole, "cannot be read: %s", strerror(errno));
	else if (error)
		fail_memory(d);
	if (fd >= 0)
		close(fd);
	if (!error)
		error = yaml_file_parse(d, path, content.len ? content.data : (const uint8_t *)"", content.len);
	bytes_release(&content);
	return error;
}
