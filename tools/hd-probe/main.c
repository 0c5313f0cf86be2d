/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <time.h>

#include "crypto/box.h"
#include "tools/hd-probe/options.h"
#include "tools/hd-probe/probe.h"
#include "tools/hd-probe/report.h"
#include "util/error.h"

#define WHY_SIZE 400
#define REPORT_MAX (256 * 1024)

/* As hd-probe(1) documents them, and as monitors expect them. */
enum exit_code { EXIT_FINE = 0, EXIT_WARNING = 1, EXIT_CRITICAL = 2, EXIT_UNKNOWN = 3 };

static enum exit_code verdict_of(const struct result *r)
{
	switch (result_state(r)) {
	case RESULT_OK:
		return EXIT_FINE;
	case RESULT_WARNING:
		return EXIT_WARNING;
	case RESULT_CRITICAL:
		return EXIT_CRITICAL;
	case RESULT_SKIPPED:
		break;
	}
	return EXIT_UNKNOWN;
}

static bool tell(const struct result *r, bool json)
{
	struct bytes text;
	bool told;
	int err;

	bytes_init(&text, REPORT_MAX);
	err = json ? report_json(r, (int64_t)time(NULL), &text) : report_text(r, &text);
	told = !err && fwrite(text.data, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
	bytes_release(&text);
	if (err)
		fprintf(stderr, "hd-probe: %s\n", error_text(err));
	else if (!told)
		perror("hd-probe: output");
	return told;
}

static enum exit_code probe(const struct options *o)
{
	static struct result result;
	char why[WHY_SIZE] = "";
	int err = box_start();

	if (!err)
		err = probe_run(&result, o, why, sizeof(why));
	if (err) {
		fprintf(stderr, "hd-probe: %s\n", why[0] ? why : error_text(err));
		return EXIT_UNKNOWN;
	}
	return tell(&result, o->json) ? verdict_of(&result) : EXIT_UNKNOWN;
}

int main(int argc, char **argv)
{
	enum options_verdict verdict;
	struct options options;
	char why[WHY_SIZE];

	if (options_parse(&options, &verdict, argc, argv, why, sizeof(why)) != 0) {
		fprintf(stderr, "hd-probe: %s\nTry 'hd-probe --help'.\n", why);
		return EXIT_UNKNOWN;
	}
	if (verdict == OPTIONS_HELP) {
		options_print_help(stdout);
		return EXIT_FINE;
	}
	if (verdict == OPTIONS_VERSION) {
		puts("hd-probe " PACKAGE_VERSION);
		return EXIT_FINE;
	}
	return probe(&options);
}
