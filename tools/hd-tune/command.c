/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "tools/hd-tune/decimal.h"
#include "tools/hd-tune/measure_all.h"
#include "tools/hd-tune/plan.h"
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

enum flag {
	FLAG_FACTS = 256, FLAG_TOPOLOGY, FLAG_SYSROOT, FLAG_ROOT, FLAG_NIC, FLAG_NIC_SPEED, FLAG_CPUSET,
		FLAG_ISOLATED_CPUS,
	FLAG_QUOTA, FLAG_MEM, FLAG_PEERS, FLAG_HOT, FLAG_TARGET_RATE, FLAG_RTT, FLAG_WORKERS, FLAG_MAX_WORKERS,
	FLAG_RESERVE, FLAG_SMT, FLAG_CORES, FLAG_ISOLATED, FLAG_SPAN, FLAG_PIN, FLAG_SOCKBUF, FLAG_SQPOLL, FLAG_CC,
	FLAG_JSON, FLAG_YAML, FLAG_SHELL, FLAG_RUNTIME, FLAG_ONLY, FLAG_YES, FLAG_FORCE, FLAG_LIST, FLAG_HELP,
	FLAG_VERSION, FLAG_FOR, FLAG_KEEP, FLAG_BENCH, FLAG_RELAY,
};

static const struct option flags[] = {
	{ "facts", required_argument, NULL, FLAG_FACTS },
	{ "topology", required_argument, NULL, FLAG_TOPOLOGY },
	{ "sysroot", required_argument, NULL, FLAG_SYSROOT },
	{ "root", required_argument, NULL, FLAG_ROOT },
	{ "nic", required_argument, NULL, FLAG_NIC },
	{ "nic-speed", required_argument, NULL, FLAG_NIC_SPEED },
	{ "cpuset", required_argument, NULL, FLAG_CPUSET },
	{ "isolated-cpus", required_argument, NULL, FLAG_ISOLATED_CPUS },
	{ "quota", required_argument, NULL, FLAG_QUOTA },
	{ "mem", required_argument, NULL, FLAG_MEM },
	{ "peers", required_argument, NULL, FLAG_PEERS },
	{ "hot", required_argument, NULL, FLAG_HOT },
	{ "target-rate", required_argument, NULL, FLAG_TARGET_RATE },
	{ "rtt", required_argument, NULL, FLAG_RTT },
	{ "workers", required_argument, NULL, FLAG_WORKERS },
	{ "max-workers", required_argument, NULL, FLAG_MAX_WORKERS },
	{ "reserve", required_argument, NULL, FLAG_RESERVE },
	{ "smt", required_argument, NULL, FLAG_SMT },
	{ "cores", required_argument, NULL, FLAG_CORES },
	{ "isolated", required_argument, NULL, FLAG_ISOLATED },
	{ "span", no_argument, NULL, FLAG_SPAN },
	{ "pin", required_argument, NULL, FLAG_PIN },
	{ "sockbuf", required_argument, NULL, FLAG_SOCKBUF },
	{ "sqpoll", no_argument, NULL, FLAG_SQPOLL },
	{ "cc", required_argument, NULL, FLAG_CC },
	{ "json", no_argument, NULL, FLAG_JSON },
	{ "yaml", no_argument, NULL, FLAG_YAML },
	{ "shell", no_argument, NULL, FLAG_SHELL },
	{ "runtime", no_argument, NULL, FLAG_RUNTIME },
	{ "only", required_argument, NULL, FLAG_ONLY },
	{ "yes", no_argument, NULL, FLAG_YES },
	{ "force", no_argument, NULL, FLAG_FORCE },
	{ "list", no_argument, NULL, FLAG_LIST },
	{ "for", required_argument, NULL, FLAG_FOR },
	{ "keep", no_argument, NULL, FLAG_KEEP },
	{ "hd-bench", required_argument, NULL, FLAG_BENCH },
	{ "hyper-derp", required_argument, NULL, FLAG_RELAY },
	{ "help", no_argument, NULL, FLAG_HELP },
	{ "version", no_argument, NULL, FLAG_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const char *flag_name(int flag)
{
	for (const struct option *o = flags; o->name; o++)
		if (o->val == flag)
			return o->name;
	return "?";
}

static int wrong(char message[COMMAND_MESSAGE_MAX], int flag, const char *wants)
{
	snprintf(message, COMMAND_MESSAGE_MAX, "--%s: must be %s", flag_name(flag), wants);
	return ERROR_USAGE;
}

static int whole(int64_t *to, int flag, int64_t min, int64_t max, char message[COMMAND_MESSAGE_MAX])
{
	char wants[64];
	int64_t n;

	if (decimal_parse_whole(&n, optarg) == 0 && n >= min && n <= max) {
		*to = n;
		return 0;
	}
	snprintf(wants, sizeof(wants), "a whole number, %lld..%lld", (long long)min, (long long)max);
	return wrong(message, flag, wants);
}

static int thousandths(int64_t *to, int flag, int64_t max, char message[COMMAND_MESSAGE_MAX])
{
	int64_t n;

	if (decimal_parse(&n, optarg) < 0 || n <= 0 || n > max)
		return wrong(message, flag, "a number above 0 such as 2.5");
	*to = n;
	return 0;
}

static int cpus(struct cpuset *to, bool *has, int flag, char message[COMMAND_MESSAGE_MAX])
{
	if (cpuset_parse(to, optarg, strlen(optarg)) < 0)
		return wrong(message, flag, "a list of CPUs such as 0-3,8");
	*has = true;
	return 0;
}

/* One of two or three words; which. */
static int word(int flag, const char *first, const char *second, const char *third, int *which,
		char message[COMMAND_MESSAGE_MAX])
{
	const char *const words[] = { first, second, third };
	char wants[64];

	for (int i = 0; i < (third ? 3 : 2); i++)
		if (strcmp(optarg, words[i]) == 0) {
			*which = i;
			return 0;
		}
	snprintf(wants, sizeof(wants), "%s%s%s or %s", first, third ? ", " : "", third ? second : "",
		 third ? third : second);
	return wrong(message, flag, wants);
}

static int two_words(bool *second_chosen, int flag, const char *first, const char *second,
		     char message[COMMAND_MESSAGE_MAX])
{
	int which, error = word(flag, first, second, NULL, &which, message);

	if (!error)
		*second_chosen = which == 1;
	return error;
}

static int only(struct command *c, char message[COMMAND_MESSAGE_MAX])
{
	unsigned chosen = 0;

	for (const char *at = optarg; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		size_t len = strcspn(at, ",");
		unsigned kind = 0;

		while (kind < PLAN_FILES &&
		       (strlen(plan_file_name(kind)) != len || strncmp(plan_file_name(kind), at, len) != 0))
			kind++;
		if (kind == PLAN_FILES)
			return wrong(message, FLAG_ONLY, "of conf,sysctl,modules,systemd");
		chosen |= 1u << kind;
	}
	c->only = chosen;
	return 0;
}

/* Names that become part of a path or of a written file. */
static int plain_name(const char **to, int flag, char message[COMMAND_MESSAGE_MAX])
{
	size_t len = strlen(optarg);

	if (len == 0 || len >= PLAN_LABEL_MAX || optarg[0] == '.' ||
	    strspn(optarg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:@") != len)
		return wrong(message, flag, "a plain name");
	*to = optarg;
	return 0;
}

static int take_override(struct options *o, int flag, char message[COMMAND_MESSAGE_MAX])
{
	int which, error;

	switch (flag) {
	case FLAG_WORKERS:
		return whole(&o->workers, flag, 1, OPTIONS_WORKERS_MAX, message);
	case FLAG_MAX_WORKERS:
		return whole(&o->max_workers, flag, 1, OPTIONS_WORKERS_MAX, message);
	case FLAG_RESERVE:
		return whole(&o->reserve, flag, 0, CPUSET_CPUS, message);
	case FLAG_SMT:
		return two_words(&o->smt_all, flag, "one", "all", message);
	case FLAG_CORES:
		return two_words(&o->cores_all, flag, "perf", "all", message);
	case FLAG_ISOLATED:
		return two_words(&o->isolated_use, flag, "avoid", "use", message);
	case FLAG_SOCKBUF:
		return two_words(&o->sockbuf_fixed, flag, "auto", "fixed", message);
	case FLAG_PIN:
		error = word(flag, "auto", "always", "never", &which, message);
		if (!error)
			o->pin = (enum options_pin)which;
		return error;
	case FLAG_SPAN:
		o->span = true;
		return 0;
	case FLAG_SQPOLL:
		o->sqpoll = true;
		return 0;
	default:
		return plain_name(&o->cc, flag, message);
	}
}

static int take_fact(struct options *o, int flag, char message[COMMAND_MESSAGE_MAX])
{
	switch (flag) {
	case FLAG_NIC:
		return plain_name(&o->nic, flag, message);
	case FLAG_NIC_SPEED: /* Gbit/s in thousandths are Mbit/s */
		return thousandths(&o->nic_speed_mbit, flag, INT64_C(10) * MBIT_MAX, message);
	case FLAG_CPUSET:
		return cpus(&o->cpuset, &o->has_cpuset, flag, message);
	case FLAG_ISOLATED_CPUS:
		return cpus(&o->isolated, &o->has_isolated, flag, message);
	case FLAG_QUOTA:
		return thousandths(&o->quota_millicpus, flag, INT64_C(1000) * CPUSET_CPUS, message);
	case FLAG_MEM:
		return decimal_parse_size(&o->memory_bytes, optarg) < 0 ? wrong(message, flag,
										"bytes, or 512M, 4G") : 0;
	case FLAG_PEERS:
		return whole(&o->peers, flag, 0, PEERS_MAX, message);
	case FLAG_HOT:
		return whole(&o->hot, flag, 1, PEERS_MAX, message);
	case FLAG_TARGET_RATE:
		return whole(&o->target_mbit, flag, 1, MBIT_MAX, message);
	case FLAG_RTT:
		return whole(&o->rtt_ms, flag, 1, RTT_MS_MAX, message);
	default:
		return take_override(o, flag, message);
	}
}

static int take_measure(struct command *c, int flag, char message[COMMAND_MESSAGE_MAX])
{
	switch (flag) {
	case FLAG_FOR:
		return whole(&c->seconds, flag, MEASURE_ALL_SECONDS_MIN, MEASURE_ALL_SECONDS_MAX, message);
	case FLAG_KEEP:
		c->keep = true;
		return 0;
	case FLAG_BENCH:
		c->bench = optarg;
		return 0;
	case FLAG_RELAY:
		c->relay = optarg;
		return 0;
	default:
		return take_fact(&c->options, flag, message);
	}
}

static int take(struct command *c, int flag, char message[COMMAND_MESSAGE_MAX])
{
	switch (flag) {
	case FLAG_FACTS:
		c->facts = optarg;
		return 0;
	case FLAG_TOPOLOGY:
		c->topology = optarg;
		return 0;
	case FLAG_SYSROOT:
		c->sysroot = optarg;
		return 0;
	case FLAG_ROOT:
		c->root = optarg;
		return 0;
	case FLAG_JSON:
		c->format = COMMAND_JSON;
		return 0;
	case FLAG_YAML:
		c->format = COMMAND_YAML;
		return 0;
	case FLAG_SHELL:
		c->format = COMMAND_SHELL;
		return 0;
	case FLAG_RUNTIME:
		c->runtime = true;
		return 0;
	case FLAG_ONLY:
		return only(c, message);
	case FLAG_YES:
		c->yes = true;
		return 0;
	case FLAG_FORCE:
		c->force = true;
		return 0;
	case FLAG_LIST:
		c->list = true;
		return 0;
	case FLAG_HELP:
		c->verb = COMMAND_HELP;
		return 0;
	case FLAG_VERSION:
		c->verb = COMMAND_VERSION;
		return 0;
	default:
		return take_measure(c, flag, message);
	}
}

static int take_words(struct command *c, int argc, char *const argv[], char message[COMMAND_MESSAGE_MAX])
{
	static const char *const verbs[] = { "plan", "probe", "diff", "apply", "check", "explain", "undo",
					     "measure" };
	size_t verb = 0;

	if (optind == argc || c->verb == COMMAND_HELP || c->verb == COMMAND_VERSION)
		return 0;
	while (verb < HD_ARRAY_LEN(verbs) && strcmp(verbs[verb], argv[optind]) != 0)
		verb++;
	if (verb == HD_ARRAY_LEN(verbs)) {
		snprintf(message, COMMAND_MESSAGE_MAX, "there is no command '%s'; try hd-tune --help",
			 argv[optind]);
		return ERROR_USAGE;
	}
	c->verb = (enum command_verb)verb;
	optind++;
	if (optind < argc && (c->verb == COMMAND_EXPLAIN || c->verb == COMMAND_UNDO))
		c->argument = argv[optind++];
	if (optind < argc) {
		snprintf(message, COMMAND_MESSAGE_MAX, "%s takes no '%s'", verbs[verb], argv[optind]);
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
	int flag, error = 0;

	options_init(&read.options);
	optind = 0; /* glibc: start afresh, for tests call this many times */
	opterr = 0;
	while (!error && (flag = getopt_long(argc, argv, ":", flags, NULL)) >= 0) {
		if (flag == '?' || flag == ':') {
			snprintf(message, COMMAND_MESSAGE_MAX, flag == ':' ? "%s needs a value" :
				 "unknown or ambiguous option %s; try hd-tune --help", argv[optind - 1]);
			return ERROR_USAGE;
		}
		error = take(&read, flag, message);
	}
	if (!error)
		error = take_words(&read, argc, argv, message);
	if (!error)
		error = fits_together(&read, message);
	if (!error)
		*c = read;
	return error;
}
