/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>

#include "crypto/box.h"
#include "sys/limits.h"
#include "tools/hd-bench/keys.h"
#include "tools/hd-bench/merge.h"
#include "tools/hd-bench/options.h"
#include "tools/hd-bench/report.h"
#include "tools/hd-bench/run.h"
#include "util/error.h"

#define WHY_SIZE 400

/* As hd-bench(1) documents them. */
enum exit_code { EXIT_FINE = 0, EXIT_COULD_NOT = 1, EXIT_WRONG_USAGE = 2, EXIT_FAULTY = 3, EXIT_LOSS = 4 };

static enum exit_code verdict_of(const struct options *o, const struct run_result *r)
{
	if (report_faulty(r))
		return EXIT_FAULTY;
	if (o->has_loss_max && report_loss_ppm(r) > o->loss_max_ppm)
		return EXIT_LOSS;
	return EXIT_FINE;
}

static enum exit_code tell(const struct options *o, const char *relay, const char *scenario,
			   const struct run_result *r)
{
	if (report_print(stdout, o->form, relay, scenario, r) != 0) {
		perror("hd-bench: output");
		return EXIT_COULD_NOT;
	}
	return verdict_of(o, r);
}

static enum exit_code bench(const struct options *o)
{
	static struct run_result result; /* histograms: too large for the stack */
	char why[WHY_SIZE];
	int err;

	limits_raise_nofile();
	err = box_start();
	if (err) {
		fprintf(stderr, "hd-bench: %s\n", error_text(err));
		return EXIT_COULD_NOT;
	}
	err = run_execute(&result, o, why, sizeof(why));
	if (why[0])
		fprintf(stderr, "hd-bench: %s\n", why);
	if (err)
		return EXIT_COULD_NOT;
	return tell(o, o->relay, o->storm ? "storm" : options_scenario_name(o->scenario), &result);
}

static enum exit_code merge(const struct options *o)
{
	static struct raw_file merged;
	char why[WHY_SIZE];

	if (merge_files(&merged, o->merge, o->merge_count, why, sizeof(why)) != 0) {
		fprintf(stderr, "hd-bench: %s\n", why);
		return EXIT_COULD_NOT;
	}
	return tell(o, merged.relay, merged.scenario, &merged.result);
}

static enum exit_code make_keys(const struct options *o)
{
	int err = box_start();

	if (!err)
		err = keys_print(stdout, o->make_keys);
	if (err)
		fprintf(stderr, "hd-bench: keys: %s\n", error_text(err));
	return err ? EXIT_COULD_NOT : EXIT_FINE;
}

int main(int argc, char **argv)
{
	enum options_verdict verdict;
	struct options options;
	char why[WHY_SIZE];

	if (options_parse(&options, &verdict, argc, argv, why, sizeof(why)) != 0) {
		fprintf(stderr, "hd-bench: %s\nTry 'hd-bench --help'.\n", why);
		return EXIT_WRONG_USAGE;
	}
	switch (verdict) {
	case OPTIONS_HELP:
		options_print_help(stdout);
		return EXIT_FINE;
	case OPTIONS_VERSION:
		puts("hd-bench " PACKAGE_VERSION);
		return EXIT_FINE;
	case OPTIONS_MERGE:
		return (int)merge(&options);
	case OPTIONS_MAKE_KEYS:
		return (int)make_keys(&options);
	case OPTIONS_RUN:
		break;
	}
	return (int)bench(&options);
}
