/* SPDX-License-Identifier: MIT */
#include "tests/golden/golden_text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/bytes.h"

void golden_must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "cannot go on: %s\n", what);
	exit(1);
}

/* Path below the source tree. */
static const char *path_below_top(const char *name)
{
	static char path[PATH_MAX];
	const char *top = getenv("HD_SRCDIR");
	int n = snprintf(path, sizeof(path), "%s/%s", top ? top : ".", name);

	golden_must(n > 0 && n < (int)sizeof(path), name);
	return path;
}

const char *golden_path(const char *name)
{
	char below[NAME_MAX + 32];
	int n = snprintf(below, sizeof(below), "tests/golden/config/%s", name);

	golden_must(n > 0 && n < (int)sizeof(below), name);
	return path_below_top(below);
}

static char *read_all(FILE *f, size_t *len)
{
	char *text = malloc(1);
	size_t n;

	for (*len = 0;; *len += n) {
		text = text ? realloc(text, *len + 4096 + 1) : NULL;
		golden_must(text != NULL, "memory");
		n = fread(text + *len, 1, 4096, f);
		if (n == 0)
			break;
	}
	golden_must(!ferror(f), "reading");
	text[*len] = '\0';
	fclose(f);
	return text;
}

static char *read_path(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	size_t ignored;

	golden_must(f != NULL, path);
	return read_all(f, len ? len : &ignored);
}

char *golden_read(const char *name, size_t *len)
{
	return read_path(golden_path(name), len);
}

char *golden_read_top(const char *name, size_t *len)
{
	return read_path(path_below_top(name), len);
}

char *golden_read_optional(const char *name)
{
	FILE *f = fopen(golden_path(name), "rb");
	size_t len;
	char *text = f ? read_all(f, &len) : NULL;

	/* One line end belongs to the file, not to the text. */
	if (text && len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return text;
}

void golden_write(const char *name, const char *text)
{
	FILE *f = fopen(golden_path(name), "wb");

	golden_must(f && fprintf(f, "%s\n", text) > 0 && fclose(f) == 0, golden_path(name));
}

char *golden_copy(const char *text)
{
	char *copy = strdup(text);

	golden_must(copy != NULL, "memory");
	return copy;
}

static const char *line_end(const char *line)
{
	const char *end = strchr(line, '\n');

	golden_must(end != NULL, "a dump without line end");
	return end;
}

static bool same_line(const char *a, const char *a_end, const char *b, const char *b_end)
{
	return a_end - a == b_end - b && memcmp(a, b, (size_t)(a_end - a)) == 0;
}

char *golden_difference(const char *dump, const char *other)
{
	const char *group = "";
	int group_len = 0;
	struct bytes out;
	size_t len;

	bytes_init(&out, 1 << 24);
	while (*dump && *other) {
		const char *end = line_end(dump), *other_end = line_end(other);
		int error = 0;

		if (end[-1] == ':') {
			group = dump;
			group_len = (int)(end - 1 - dump);
		} else if (!same_line(dump, end, other, other_end)) {
			bool nested = *dump == ' ';

			dump += nested ? 2 : 0;
			error = bytes_printf(&out, "%s%.*s%s%.*s", out.len > 0 ? "\n" : "", nested ? group_len : 0,
					     group, nested ? "." : "", (int)(end - dump), dump);
		}
		golden_must(error == 0, "memory");
		dump = end + 1;
		other = other_end + 1;
	}
	golden_must(bytes_append(&out, out.len ? "" : "(defaults)", out.len ? 1 : 11) == 0, "memory");
	return (char *)bytes_steal(&out, &len);
}
