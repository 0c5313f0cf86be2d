/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "doc/optdoc.h"

static void put_row(FILE *out, const struct option_row *row)
{
	bool nested = option_group_len(row) > 0;
	const char *front = nested ? "#  # " : "# ";
	char *value = optdoc_default(row), *help = optdoc_sentence(row->help), *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	optdoc_must(f != NULL, "out of memory");
	fprintf(f, "%s%s%s", help, row->more ? " " : "", row->more ? row->more : "");
	if (row->missing)
		fprintf(f, " This build has no %s.", row->missing);
	optdoc_must(fclose(f) == 0, "out of memory");
	optdoc_wrap(out, front, text, false);
	fprintf(out, "#%s%s: %s\n", nested ? "  " : "", option_leaf(row), value);
	free(text);
	free(help);
	free(value);
}

void optdoc_sample(FILE *out)
{
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);

		if (i > 0 && (optdoc_opens_group(i) || option_group_len(row) == 0))
			fputc('\n', out);
		if (optdoc_opens_group(i))
			fprintf(out, "#%.*s:\n", (int)option_group_len(row), row->name);
		put_row(out, row);
	}
}
