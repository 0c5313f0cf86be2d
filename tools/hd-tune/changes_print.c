/* SPDX-License-Identifier: MIT
 * Differences as diff -u writes them: one part per file, from its first line
 * that differs to its last. */
#include "tools/hd-tune/changes.h"

#include <string.h>

#define CONTEXT 3 /* lines around it */

struct lines {
	const char *at;
	size_t len;
	size_t count;
};

static size_t count_lines(const struct bytes *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->len; i++)
		count += text->data[i] == '\n';
	return count + (text->len > 0 && text->data[text->len - 1] != '\n');
}

static struct lines lines_of(const struct bytes *text)
{
	return (struct lines){ text->len ? (const char *)text->data : "", text->len, count_lines(text) };
}

/* Bytes of the first n lines. */
static size_t offset_of(const struct lines *l, size_t n)
{
	size_t at = 0;

	while (n > 0 && at < l->len) {
		const char *newline = memchr(l->at + at, '\n', l->len - at);

		at = newline ? (size_t)(newline + 1 - l->at) : l->len;
		n--;
	}
	return at;
}

static bool same_line(const struct lines *a, size_t i, const struct lines *b, size_t k)
{
	size_t from = offset_of(a, i), to = offset_of(a, i + 1), other = offset_of(b, k);

	return to - from == offset_of(b, k + 1) - other && memcmp(a->at + from, b->at + other, to - from) == 0;
}

static int print_lines(const struct lines *l, size_t from, size_t to, char mark, struct bytes *out)
{
	int error = 0;

	for (size_t i = from; i < to && !error; i++) {
		size_t start = offset_of(l, i), end = offset_of(l, i + 1);

		error = bytes_append(out, &mark, 1);
		if (!error)
			error = bytes_append(out, l->at + start, end - start);
		if (!error && l->at[end - 1] != '\n')
			error = bytes_append_text(out, "\n\\ No newline at end of file\n");
	}
	return error;
}

static int print_part(const struct lines *a, const struct lines *b, struct bytes *out)
{
	size_t head = 0, tail = 0, from, end_a, end_b;
	int error;

	while (head < a->count && head < b->count && same_line(a, head, b, head))
		head++;
	while (tail < a->count - head && tail < b->count - head &&
	       same_line(a, a->count - 1 - tail, b, b->count - 1 - tail))
		tail++;
	from = head > CONTEXT ? head - CONTEXT : 0;
	end_a = a->count - tail + (tail < CONTEXT ? tail : CONTEXT);
	end_b = b->count - tail + (tail < CONTEXT ? tail : CONTEXT);
	error = bytes_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", end_a > from ? from + 1 : 0, end_a - from,
			     end_b > from ? from + 1 : 0, end_b - from);
	if (!error)
		error = print_lines(a, from, head, ' ', out);
	if (!error)
		error = print_lines(a, head, a->count - tail, '-', out);
	if (!error)
		error = print_lines(b, head, b->count - tail, '+', out);
	return error ? error : print_lines(a, a->count - tail, end_a, ' ', out);
}

static int print_file(const struct changes_file *f, enum plan_file_kind kind, const char *root, struct bytes *out)
{
	const char *path = plan_file_path(kind);
	struct lines before = lines_of(&f->before), after = lines_of(&f->after);
	int error = bytes_printf(out, "--- %s%s\n", f->existed ? root : "", f->existed ? path : "/dev/null");

	if (!error)
		error = bytes_printf(out, "+++ %s%s\n", f->wanted ? root : "", f->wanted ? path : "/dev/null");
	return error ? error : print_part(&before, &after, out);
}

int changes_print(const struct changes *c, const char *root, struct bytes *out)
{
	int error = 0;

	for (unsigned i = 0; i < PLAN_FILES && !error; i++)
		if (changes_file_differs(&c->files[i]))
			error = print_file(&c->files[i], i, root, out);
	if (c->live_count > 0 && !error)
		error = bytes_append_text(out, "live values:\n");
	for (size_t i = 0; i < c->live_count && !error; i++)
		error = bytes_printf(out, "  %-40s %s -> %s\n", c->live[i].key, c->live[i].before,
				     c->live[i].after);
	return error;
}
