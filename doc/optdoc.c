/* SPDX-License-Identifier: MIT
 * Usage: optdoc FILE. Prints FILE, with what stands between a line holding
 * "BEGIN optdoc KIND" and the next one holding "END optdoc" written anew. */
#include "doc/optdoc.h"

#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "config/value.h"
#include "util/bytes.h"

static const struct {
	const char *kind;
	optdoc_writer *write;
} writers[] = {
	{ "options", optdoc_mdoc_options },
	{ "flags", optdoc_mdoc_flags },
	{ "sample", optdoc_sample },
	{ "completion", optdoc_bash },
};

void optdoc_must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "optdoc: %s\n", what);
	exit(1);
}

char optdoc_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool optdoc_opens_group(size_t i)
{
	const struct option_row *row = option_at(i);
	size_t len = option_group_len(row);

	return len > 0 && (i == 0 || strncmp(option_at(i - 1)->name, row->name, len + 1) != 0);
}

void optdoc_wrap(FILE *out, const char *front, const char *text, bool mdoc)
{
	const size_t columns_max = 78;
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " ");
		bool ends = text[len - 1] == '.';

		optdoc_must(!memchr(text, '\\', len) && (!mdoc || *text != '.'), "text that mdoc takes for more");
		if (column > 0 && column + 1 + len > columns_max) {
			fputc('\n', out);
			column = 0;
		}
		if (column == 0)
			column = (size_t)fprintf(out, "%s%.*s", front, (int)len, text);
		else
			column += (size_t)fprintf(out, " %.*s", (int)len, text);
		if (mdoc && ends)
			column = columns_max;
		text += len + (text[len] == ' ');
	}
	fputc('\n', out);
}

char *optdoc_sentence(const char *help)
{
	struct bytes out;
	size_t len;

	bytes_init(&out, 4096);
	optdoc_must(bytes_printf(&out, "%c%s.", optdoc_upper(help[0]), help + 1) == 0 &&
		    bytes_append(&out, "", 1) == 0, "out of memory");
	return (char *)bytes_steal(&out, &len);
}

char *optdoc_default(const struct option_row *row)
{
	struct settings s;
	struct bytes out;
	size_t len;

	bytes_init(&out, 4096);
	optdoc_must(settings_init(&s) == 0 && value_print(&s, row, &out) == 0 && bytes_append(&out, "", 1) == 0,
		    "out of memory");
	settings_release(&s);
	return (char *)bytes_steal(&out, &len);
}

static optdoc_writer *writer_of(const char *kind)
{
	size_t len = strcspn(kind, " \n");

	for (size_t i = 0; i < HD_ARRAY_LEN(writers); i++)
		if (strlen(writers[i].kind) == len && strncmp(writers[i].kind, kind, len) == 0)
			return writers[i].write;
	return NULL;
}

/* Copies lines; returns how many parts were written anew. */
static unsigned renew(FILE *in, FILE *out)
{
	static const char begin[] = "BEGIN optdoc ", end[] = "END optdoc";
	bool inside = false;
	unsigned parts = 0;
	char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, in) > 0) {
		const char *at = strstr(line, begin);

		optdoc_must(!at || !inside, "BEGIN inside of a part");
		if (strstr(line, end)) {
			optdoc_must(inside, "END without BEGIN");
			inside = false;
		}
		if (!inside)
			fputs(line, out);
		if (at) {
			optdoc_writer *write = writer_of(at + strlen(begin));

			optdoc_must(write != NULL, "BEGIN of an unknown kind");
			write(out);
			inside = true;
			parts++;
		}
	}
	optdoc_must(!inside, "BEGIN without END");
	free(line);
	return parts;
}

int main(int argc, char **argv)
{
	FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;

	optdoc_must(in != NULL, argc == 2 ? "cannot open the file" : "usage: optdoc FILE");
	optdoc_must(renew(in, stdout) > 0, "no part to write in this file");
	fclose(in);
	optdoc_must(fflush(stdout) == 0 && !ferror(stdout), "cannot write");
	return 0;
}
