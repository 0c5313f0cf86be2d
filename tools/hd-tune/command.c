/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/command.h"

#include <stdio.h>
#include <string.h>

#include "tools/hd-tune/decimal.h"
#include "tools/hd-tune/measure_all.h"
#include "tools/hd-tune/plan.h"
#include "tools/lib/option_rows.h"
#include "util/error.h"

#define PEERS_MAX 100000000
#define MBIT_MAX 1000000
#define RTT_MS_MAX 10000
#define MEASURE_SECONDS 60

const char command_usage[] =
	"Usage: hd-tune [plan] [OPTION...]       show every file and value; writes nothing\n"
	"       hd-tune probe                    print the facts as JSON\n"
	"       hd-tune diff                     what apply would change\n"
	"       hd-tune apply [--runtime] [--only conf,sysctl,modules,systemd] [--yes]\n"
	"       hd-tune check                    what has drifted since apply\n"
	"       hd-tune explain KEY              value, rule, inputs, source\n"
	"       hd-tune undo [ID] [--force]      take an apply back; undo --list\n"
	"       hd-tune measure [--for SECONDS] [--keep [--yes]] [--hd-bench FILE] [--hyper-derp FILE]\n"
	"                                        try other settings on loopback; keeps none unless told\n"
	"\n"
	"Facts:     --facts FILE, --topology FILE.xml, --sysroot DIR (default: this machine)\n"
	"           --nic NAME --nic-speed GBITS --cpuset LIST --isolated-cpus LIST --quota CPUS --mem BYTES\n"
	"Purpose:   --peers N --hot N --target-rate MBITS --rtt MS\n"
	"Overrides: --workers N --max-workers N --reserve N --smt=one|all --cores=perf|all --isolated=avoid|use\n"
	"           --span --pin=auto|always|never --sockbuf=auto|fixed --sqpoll --cc NAME\n"
	"Output:    --json --yaml --shell (default: text), --root DIR before the paths of files\n"
	"           --help --version\n"
	"\n"
	"Exit: 0 fine, 1 input or output failed, 2 usage, 3 there are differences, 4 this machine\n"
	"cannot run the relay, 5 verification failed and was rolled back, 6 permission.\n";

static int take_thousandths(struct option_found *found)
{
	int64_t n;

	if (decimal_parse(&n, found->value) < 0 || n <= 0 || n > (int64_t)found->row->max)
		return option_rows_refuse(found, "must be a number above 0 such as 2.5");
	option_rows_put(found, (uint64_t)n);
	return 0;
}

static int take_size(struct option_found *found)
{
	int64_t bytes;

	if (decimal_parse_size(&bytes, found->value) < 0)
		return option_rows_refuse(found, "must be bytes, or 512M, 4G");
	option_rows_put(found, (uint64_t)bytes);
	return 0;
}

static int take_cpus(struct option_found *found, struct cpuset *to, bool *has)
{
	if (cpuset_parse(to, found->value, strlen(found->value)) < 0)
		return option_rows_refuse(found, "must be a list of CPUs such as 0-3,8");
	*has = true;
	return 0;
}

static int take_cpuset(struct option_found *found)
{
	struct command *c = found->to;

	return take_cpus(found, &c->options.cpuset, &c->options.has_cpuset);
}

static int take_isolated(struct option_found *found)
{
	struct command *c = found->to;

	return take_cpus(found, &c->options.isolated, &c->options.has_isolated);
}

/* The file of a plan that the first `len` bytes name; PLAN_FILES: none. */
static unsigned file_named(const char *name, size_t len)
{
	unsigned kind = 0;

	while (kind < PLAN_FILES &&
	       (strlen(plan_file_name(kind)) != len || strncmp(plan_file_name(kind), name, len) != 0))
		kind++;
	return kind;
}

static int take_only(struct option_found *found)
{
	struct command *c = found->to;
	unsigned chosen = 0;

	for (const char *at = found->value; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		unsigned kind = file_named(at, strcspn(at, ","));

		if (kind == PLAN_FILES)
			return option_rows_refuse(found, "must be of conf,sysctl,modules,systemd");
		chosen |= 1u << kind;
	}
	c->only = chosen;
	return 0;
}

/* Names that become part of a path or of a written file. */
static int take_plain_name(struct option_found *found)
{
	const char *name = found->value;
	size_t len = strlen(name);

	if (len == 0 || len >= PLAN_LABEL_MAX || name[0] == '.' ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:@") != len)
		return option_rows_refuse(found, "must be a plain name");
	return option_rows_text(found);
}

/* Empty: none, as if it were not there. */
static int take_root(struct option_found *found)
{
	struct command *c = found->to;

	c->root = found->value;
	return 0;
}

#define FIELD(member) OPTION_ROWS_FIELD(struct command, member)

/* What they are for is told by command_usage, in groups. */
static const struct option_row rows[] = {
	{ "facts", "FILE", NULL, option_rows_text, FIELD(facts) },
	{ "topology", "FILE", NULL, option_rows_text, FIELD(topology) },
	{ "sysroot", "DIR", NULL, option_rows_text, FIELD(sysroot) },
	{ "nic", "NAME", NULL, take_plain_name, FIELD(options.nic) },
	{ "nic-speed", "GBITS", NULL, take_thousandths, FIELD(options.nic_speed_mbit),
	  .max = UINT64_C(10) * MBIT_MAX }, /* Gbit/s in thousandths are Mbit/s */
	{ "cpuset", "LIST", NULL, take_cpuset, FIELD(options.cpuset) },
	{ "isolated-cpus", "LIST", NULL, take_isolated, FIELD(options.isolated) },
	{ "quota", "CPUS", NULL, take_thousandths, FIELD(options.quota_millicpus),
	  .max = UINT64_C(1000) * CPUSET_CPUS },
	{ "mem", "BYTES", NULL, take_size, FIELD(options.memory_bytes) },

	{ "peers", "N", NULL, option_rows_count, FIELD(options.peers), .min = 0, .max = PEERS_MAX },
	{ "hot", "N", NULL, option_rows_count, FIELD(options.hot), .min = 1, .max = PEERS_MAX },
	{ "target-rate", "MBITS", NULL, option_rows_count, FIELD(options.target_mbit), .min = 1, .max = MBIT_MAX },
	{ "rtt", "MS", NULL, option_rows_count, FIELD(options.rtt_ms), .min = 1, .max = RTT_MS_MAX },

	{ "workers", "N", NULL, option_rows_count, FIELD(options.workers), .min = 1, .max = OPTIONS_WORKERS_MAX },
	{ "max-workers", "N", NULL, option_rows_count, FIELD(options.max_workers), .min = 1,
	  .max = OPTIONS_WORKERS_MAX },
	{ "reserve", "N", NULL, option_rows_count, FIELD(options.reserve), .min = 0, .max = CPUSET_CPUS },
	{ "smt", "one|all", NULL, option_rows_choice, FIELD(options.smt_all) },
	{ "cores", "perf|all", NULL, option_rows_choice, FIELD(options.cores_all) },
	{ "isolated", "avoid|use", NULL, option_rows_choice, FIELD(options.isolated_use) },
	{ "span", NULL, NULL, option_rows_flag, FIELD(options.span) },
	{ "pin", "auto|always|never", NULL, option_rows_choice, FIELD(options.pin), .min = OPTIONS_PIN_AUTO },
	{ "sockbuf", "auto|fixed", NULL, option_rows_choice, FIELD(options.sockbuf_fixed) },
	{ "sqpoll", NULL, NULL, option_rows_flag, FIELD(options.sqpoll) },
	{ "cc", "NAME", NULL, take_plain_name, FIELD(options.cc) },

	{ "json", NULL, NULL, option_rows_set, FIELD(format), .min = COMMAND_JSON },
	{ "yaml", NULL, NULL, option_rows_set, FIELD(format), .min = COMMAND_YAML },
	{ "shell", NULL, NULL, option_rows_set, FIELD(format), .min = COMMAND_SHELL },
	{ "root", "DIR", NULL, take_root, FIELD(root) },
	{ "help", NULL, NULL, option_rows_last, FIELD(verb), .min = COMMAND_HELP },
	{ "version", NULL, NULL, option_rows_last, FIELD(verb), .min = COMMAND_VERSION },

	{ "runtime", NULL, NULL, option_rows_flag, FIELD(runtime) },
	{ "only", "KINDS", NULL, take_only, FIELD(only) },
	{ "yes", NULL, NULL, option_rows_flag, FIELD(yes) },
	{ "force", NULL, NULL, option_rows_flag, FIELD(force) },
	{ "list", NULL, NULL, option_rows_flag, FIELD(list) },
	{ "for", "SECONDS", NULL, option_rows_count, FIELD(seconds), .min = MEASURE_ALL_SECONDS_MIN,
	  .max = MEASURE_ALL_SECONDS_MAX },
	{ "keep", NULL, NULL, option_rows_flag, FIELD(keep) },
	{ "hd-bench", "FILE", NULL, option_rows_text, FIELD(bench) },
	{ "hyper-derp", "FILE", NULL, option_rows_text, FIELD(relay) },
	{ .name = NULL },
};

static int take_words(struct command *c, int argc, char *const argv[], int at, char message[COMMAND_MESSAGE_MAX])
{
	static const char *const verbs[] = { "plan", "probe", "diff", "apply", "check", "explain", "undo",
					     "measure" };
	size_t verb = 0;

	if (at == argc)
		return 0;
	while (verb < HD_ARRAY_LEN(verbs) && strcmp(verbs[verb], argv[at]) != 0)
		verb++;
	if (verb == HD_ARRAY_LEN(verbs)) {
		snprintf(message, COMMAND_MESSAGE_MAX, "there is no command '%s'", argv[at]);
		return ERROR_USAGE;
	}
	c->verb = (enum command_verb)verb;
	at++;
	if (at < argc && (c->verb == COMMAND_EXPLAIN || c->verb == COMMAND_UNDO))
		c->argument = argv[at++];
	if (at < argc) {
		snprintf(message, COMMAND_MESSAGE_MAX, "%s takes no '%s'", verbs[verb], argv[at]);
		return ERROR_USAGE;
	}
	return 0;
}

static int fits_together(const struct command *c, char message[COMMAND_MESSAGE_MAX])
{
	if (!!c->facts + !!c->topology + !!c->sysroot > 1)
		snprintf(message, COMMAND_MESSAGE_MAX, "--facts, --topology and --sysroot exclude each other");
	else if (c->verb == COMMAND_EXPLAIN && !c->argument)
		snprintf(message, COMMAND_MESSAGE_MAX, "explain needs a key");
	else if (c->verb == COMMAND_APPLY && (c->facts || c->topology || c->sysroot) && !c->root[0])
		snprintf(message, COMMAND_MESSAGE_MAX,
			 "what another machine needs is not written to this one: add --root");
	else if (c->verb == COMMAND_MEASURE && (c->facts || c->topology || c->sysroot))
		snprintf(message, COMMAND_MESSAGE_MAX, "measure is about this machine: not with recorded ones");
	else if (c->verb == COMMAND_APPLY && c->runtime && c->root[0])
		snprintf(message, COMMAND_MESSAGE_MAX,
			 "--runtime changes this machine: it does not go with --root");
	else
		return 0;
	return ERROR_USAGE;
}

int command_parse(struct command *c, int argc, char *const argv[], char message[COMMAND_MESSAGE_MAX])
{
	struct command read = { .verb = COMMAND_PLAN, .root = "", .seconds = MEASURE_SECONDS };
	struct option_rows_line line;
	int error;

	options_init(&read.options);
	error = option_rows_parse(&line, rows, &read, argc, argv, message, COMMAND_MESSAGE_MAX);
	if (!error && read.verb != COMMAND_HELP && read.verb != COMMAND_VERSION) {
		error = take_words(&read, argc, argv, line.rest, message);
		if (!error)
			error = fits_together(&read, message);
	}
	if (!error)
		*c = read;
	return error;
}
