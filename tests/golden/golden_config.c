/* SPDX-License-Identifier: MIT
 * Configuration files with what must come of them, in $HD_SRCDIR/tests/golden/config:
 *
 *   NAME.yaml with NAME.ok    is taken; NAME.ok has the lines of its dump that
 *                             differ from the defaults ("metrics.port: 9090")
 *   NAME.yaml with NAME.err   is refused with this message (FILE for the path)
 *   values.txt                one case a line: "YAML => message, or lines of the dump
 *                             that differ, between semicolons"
 *   defaults.dump             the dump of the defaults, whole
 *
 * Every dump is loaded again and must dump the same. The sample file must give
 * the defaults. With --write, NAME.ok and NAME.err that are missing are written
 * for review, and nothing is checked. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/draft.h"
#include "config/settings.h"
#include "config/yaml_file.h"
#include "tests/golden/golden_text.h"

#define NAMES_MAX 256

static unsigned checked, failed;

/* What came of a text: the message, or the lines that differ from the defaults. */
struct outcome {
	bool taken;
	char *text; /* owned */
};

static int load(struct settings *s, const char *data, size_t len, char message[SETTINGS_MESSAGE_MAX])
{
	struct draft d;
	int error = draft_init(&d, message);

	if (error)
		return error;
	error = yaml_file_parse(&d, "FILE", data, len);
	if (!error)
		error = draft_check(&d);
	if (error)
		draft_release(&d);
	else
		*s = draft_take(&d);
	return error;
}

static char *dump(const struct settings *s)
{
	struct bytes out;
	size_t len;

	bytes_init(&out, 1 << 24);
	golden_must(settings_dump(s, &out) == 0 && bytes_append(&out, "", 1) == 0, "dump");
	return (char *)bytes_steal(&out, &len);
}

static char *dump_of_defaults(void)
{
	struct settings s;
	char *text;

	golden_must(settings_init(&s) == 0, "defaults");
	text = dump(&s);
	settings_release(&s);
	return text;
}

static void report(bool ok, const char *name, const char *want, const char *got)
{
	checked++;
	if (ok) {
		printf("ok %s\n", name);
		return;
	}
	failed++;
	printf("not ok %s\n  want: %s\n  got:  %s\n", name, want, got);
}

/* The dump of `text`, loaded, must be `text`. */
static void check_dump_again(const char *name, const char *text)
{
	char message[SETTINGS_MESSAGE_MAX];
	struct settings s;
	char *again;

	if (load(&s, text, strlen(text), message)) {
		report(false, name, "a dump that loads", message);
		return;
	}
	again = dump(&s);
	report(strcmp(text, again) == 0, name, text, again);
	free(again);
	settings_release(&s);
}

static struct outcome outcome_of(const char *name, const char *data, size_t len)
{
	char message[SETTINGS_MESSAGE_MAX] = "";
	struct outcome o = { false, NULL };
	struct settings s;
	char *defaults, *dumped;

	if (load(&s, data, len, message)) {
		o.text = golden_copy(message);
		return o;
	}
	dumped = dump(&s);
	settings_release(&s);
	check_dump_again(name, dumped);
	defaults = dump_of_defaults();
	o = (struct outcome){ true, golden_difference(dumped, defaults) };
	free(defaults);
	free(dumped);
	return o;
}

/* One line of values.txt. */
static void check_value(char *line, unsigned number)
{
	char *arrow = strstr(line, " => "), name[32];
	struct outcome o;
	size_t len;

	if (line[0] == '\0' || line[0] == '#')
		return;
	snprintf(name, sizeof(name), "values.txt:%u", number);
	if (!arrow) {
		report(false, name, "YAML => what comes of it", line);
		return;
	}
	len = (size_t)(arrow - line);
	while (len > 0 && line[len - 1] == ' ')
		len--;
	o = outcome_of(name, line, len);
	for (char *end; (end = strchr(o.text, '\n'));)
		*end = ';';
	report(strcmp(o.text, arrow + 4) == 0, name, arrow + 4, o.text);
	free(o.text);
}

static void check_values(void)
{
	char *text = golden_read("values.txt", NULL), *next;
	unsigned number = 1;

	for (char *line = text; line; line = next, number++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		check_value(line, number);
	}
	free(text);
}

/* Every option is in values.txt with a value that is refused and, if the build
 * has its feature, with one that is taken. */
static void check_values_complete(void)
{
	char *text = golden_read("values.txt", NULL), refused[96], taken[96], also[96];

	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);

		snprintf(refused, sizeof(refused), ": %s: ", row->name);
		snprintf(taken, sizeof(taken), " => %s: ", row->name);
		snprintf(also, sizeof(also), ";%s: ", row->name);
		report(strstr(text, refused) != NULL, row->name, "a refused value in values.txt", "none");
		report(row->missing || strstr(text, taken) || strstr(text, also), row->name,
		       "a taken value in values.txt", "none");
	}
	free(text);
}

static void write_missing(const char *base, const struct outcome *o)
{
	char name[NAMES_MAX + 8];

	snprintf(name, sizeof(name), "%s%s", base, o->taken ? ".ok" : ".err");
	golden_write(name, o->text);
	printf("written: %s\n", name);
}

static void check_document(const char *base, bool may_write)
{
	char yaml[NAMES_MAX + 8], ok[NAMES_MAX + 8], err[NAMES_MAX + 8];
	char *data, *want;
	struct outcome o;
	size_t len;

	snprintf(yaml, sizeof(yaml), "%s.yaml", base);
	snprintf(ok, sizeof(ok), "%s.ok", base);
	snprintf(err, sizeof(err), "%s.err", base);
	data = golden_read(yaml, &len);
	o = outcome_of(yaml, data, len);
	want = golden_read_optional(o.taken ? ok : err);
	if (!want && may_write)
		write_missing(base, &o);
	else
		report(want && strcmp(want, o.text) == 0, yaml,
		       want ? want : o.taken ? "to be refused" : "to be taken", o.text);
	free(want);
	free(data);
	free(o.text);
}

static void check_documents(bool may_write)
{
	DIR *dir = opendir(golden_path(""));
	unsigned documents = 0;

	golden_must(dir != NULL, golden_path(""));
	for (struct dirent *e; (e = readdir(dir));) {
		size_t len = strlen(e->d_name);
		char base[NAMES_MAX];

		if (len < 6 || strcmp(e->d_name + len - 5, ".yaml") != 0)
			continue;
		snprintf(base, sizeof(base), "%.*s", (int)(len - 5), e->d_name);
		check_document(base, may_write);
		documents++;
	}
	closedir(dir);
	report(documents >= 20, "documents", "at least 20", "fewer");
}

static void check_defaults(void)
{
	char *want = golden_read("defaults.dump", NULL), *got = dump_of_defaults();

	report(strcmp(want, got) == 0, "defaults.dump", want, got);
	free(want);
	free(got);
}

/* One refused value of an option: the message must name option and range. */
static void check_refused(const struct option_row *row, const char *value, const char *fault)
{
	char yaml[256], wants[OPTION_WANTS_MAX], want[512];
	struct outcome o;
	size_t len = option_group_len(row);

	if (len > 0)
		snprintf(yaml, sizeof(yaml), "%.*s: {%s: %s}", (int)len, row->name, option_leaf(row), value);
	else
		snprintf(yaml, sizeof(yaml), "%s: %s", row->name, value);
	option_wants(row, wants);
	snprintf(want, sizeof(want), "%s, wants %s", fault, wants);
	o = outcome_of(yaml, yaml, strlen(yaml));
	report(!o.taken && strstr(o.text, row->name) && strstr(o.text, want), yaml, want, o.text);
	free(o.text);
}

static void check_refused_number(const struct option_row *row, const char *format)
{
	char value[64];

	snprintf(value, sizeof(value), "%s%" PRId64 "%s", format, row->min - 1, *format ? "]" : "");
	check_refused(row, value, "is out of range");
	snprintf(value, sizeof(value), "%s%" PRId64 "%s", format, row->max + 1, *format ? "]" : "");
	check_refused(row, value, "is out of range");
}

/* Too low, too high and of the wrong type, from the table itself: a new option
 * has its negative cases from the start. */
static void check_refused_values(const struct option_row *row)
{
	switch (row->type) {
	case OPTION_BOOL:
		check_refused(row, "maybe", "is not possible");
		check_refused(row, "1", "is not possible");
		check_refused(row, "\"true\"", "is text in quotes");
		break;
	case OPTION_NUMBER:
		check_refused_number(row, "");
		check_refused(row, "many", "is not a whole decimal number");
		check_refused(row, "0x10", "is not a whole decimal number");
		check_refused(row, "\"1\"", "is text in quotes");
		break;
	case OPTION_WORD:
		check_refused(row, "nonsense", "is not known");
		break;
	case OPTION_NUMBER_LIST:
		check_refused_number(row, "[");
		check_refused(row, "[many]", "is not a whole decimal number");
		break;
	case OPTION_TEXT:
		check_refused(row, "\"a\\0b\"", "holds a NUL byte");
		break;
	case OPTION_TEXT_LIST:
		check_refused(row, "[[a]]", "an item is a list or map");
		break;
	}
	if (row->type != OPTION_TEXT_LIST && row->type != OPTION_NUMBER_LIST)
		check_refused(row, "[a]", "is a list");
	check_refused(row, "{a: b}", "is a map");
}

static void check_sample_text(const char *name, const char *text, size_t len)
{
	struct outcome o = outcome_of(name, text, len);

	report(o.taken && strcmp(o.text, "(defaults)") == 0, name, "(defaults)", o.text);
	free(o.text);
}

/* Every option stands in the sample as a comment with its default: "#port: 3340",
 * "#  port: 0"; words stand behind one blank. Without the "#" it is the same. */
static void check_sample(void)
{
	size_t len, kept = 0;
	char *text = golden_read_top("contrib/hyper-derp.yaml", &len);
	bool line_start = true;

	check_sample_text("sample as it is", text, len);
	for (size_t i = 0; i < len; i++) {
		bool option = text[i + 1] != '\n' && (text[i + 1] != ' ' || text[i + 2] == ' ');

		if (!(line_start && text[i] == '#' && option))
			text[kept++] = text[i];
		line_start = text[i] == '\n';
	}
	for (size_t i = 0; i < option_count(); i++)
		report(memmem(text, kept, option_leaf(option_at(i)), strlen(option_leaf(option_at(i)))) != NULL,
		       option_at(i)->name, "to be in the sample", "missing");
	check_sample_text("sample with all options", text, kept);
	free(text);
}

int main(int argc, char **argv)
{
	bool may_write = argc > 1 && strcmp(argv[1], "--write") == 0;

	check_documents(may_write);
	if (may_write)
		return 0;
	check_defaults();
	check_values();
	check_values_complete();
	for (size_t i = 0; i < option_count(); i++)
		check_refused_values(option_at(i));
	check_sample();
	printf("%u checked, %u failed\n", checked, failed);
	return checked > 0 && failed == 0 ? 0 : 1;
}
