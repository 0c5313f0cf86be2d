/* SPDX-License-Identifier: MIT */
#include "tools/hd-probe/options.h"

#include <getopt.h>
#include <string.h>

#include "tools/hd-probe/latency.h"
#include "tools/lib/number.h"
#include "util/error.h"
#include "util/mono.h"

#define TIMEOUT_MAX_NS (600 * MONO_NS_PER_S)

enum kind { KIND_FLAG, KIND_TEXT, KIND_COUNT, KIND_DURATION, KIND_HELP, KIND_VERSION };

struct row {
	const char *name;
	const char *argument; /* NULL: takes none */
	enum kind kind;
	size_t offset; /* of the field in struct options */
	uint64_t min;
	uint64_t max;
	const char *text;
};

#define FIELD(member) offsetof(struct options, member)

static const struct row rows[] = {
	{ "tls", NULL, KIND_FLAG, FIELD(tls), 0, 0, "TLS; the port is then 443 unless given" },
	{ "ca", "FILE", KIND_TEXT, FIELD(ca_file), 0, 0, "TLS, trusting what the certificates in FILE signed" },
	{ "pin", "PIN", KIND_TEXT, FIELD(pin), 0, 0,
	  "TLS, trusting this certificate only: CertName of a DERP map" },
	{ "insecure", NULL, KIND_FLAG, FIELD(insecure), 0, 0, "TLS, trusting any certificate" },
	{ "address", "ADDRESS", KIND_TEXT, FIELD(address), 0, 0, "connect to this address instead of HOST's" },
	{ "timeout", "TIME", KIND_DURATION, FIELD(timeout_ns), MONO_NS_PER_MS, TIMEOUT_MAX_NS,
	  "for each step (default: 5s)" },
	{ "pings", "N", KIND_COUNT, FIELD(pings), 1, LATENCY_SAMPLES_MAX, "pings of the relay (default: 5)" },
	{ "packets", "N", KIND_COUNT, FIELD(packets), 1, LATENCY_SAMPLES_MAX,
	  "packets between two clients of its own (default: 10)" },
	{ "warn-latency", "TIME", KIND_DURATION, FIELD(latency_warn_ns), 1, TIMEOUT_MAX_NS,
	  "warn if the median packet takes longer" },
	{ "warn-cert", "DAYS", KIND_COUNT, FIELD(cert_warn_days), 0, 10000,
	  "warn if the certificate expires sooner (default: 14)" },
	{ "json", NULL, KIND_FLAG, FIELD(json), 0, 0, "the result as one JSON object" },
	{ "help", NULL, KIND_HELP, 0, 0, 0, "this text" },
	{ "version", NULL, KIND_VERSION, 0, 0, 0, "the version" },
};

static int take_number(struct options *o, const struct row *row, const char *arg)
{
	uint64_t value = 0;
	int err = row->kind == KIND_COUNT ? number_parse_count(&value, arg, row->min, row->max) :
					    number_parse_duration(&value, arg);

	if (!err && (value < row->min || value > row->max))
		err = ERROR_RANGE;
	if (!err)
		memcpy((uint8_t *)o + row->offset, &value, sizeof(value));
	return err;
}

static int take(struct options *o, const struct row *row, const char *arg, enum options_verdict *verdict)
{
	static const bool yes = true;

	switch (row->kind) {
	case KIND_FLAG:
		memcpy((uint8_t *)o + row->offset, &yes, sizeof(yes));
		return 0;
	case KIND_TEXT:
		memcpy((uint8_t *)o + row->offset, &arg, sizeof(arg));
		return 0;
	case KIND_COUNT:
	case KIND_DURATION:
		return take_number(o, row, arg);
	case KIND_HELP:
		*verdict = OPTIONS_HELP;
		return 0;
	case KIND_VERSION:
		*verdict = OPTIONS_VERSION;
		return 0;
	}
	return ERROR_USAGE;
}

static int finish(struct options *o, int argc, char **argv, char *why, size_t why_cap)
{
	int trusts = (o->ca_file != NULL) + (o->pin != NULL) + o->insecure;

	if (optind + 1 != argc) {
		snprintf(why, why_cap, "%s",
			 optind == argc ? "which relay? (HOST[:PORT])" : "one relay at a time");
		return ERROR_USAGE;
	}
	if (trusts > 1) {
		snprintf(why, why_cap, "of --ca, --pin and --insecure one at most");
		return ERROR_USAGE;
	}
	o->relay = argv[optind];
	o->tls = o->tls || trusts;
	return 0;
}

static void set_defaults(struct options *o)
{
	*o = (struct options){ .timeout_ns = 5 * MONO_NS_PER_S, .pings = 5, .packets = 10, .cert_warn_days = 14 };
}

int options_parse(struct options *o, enum options_verdict *verdict, int argc, char **argv, char *why,
		  size_t why_cap)
{
	struct option longs[HD_ARRAY_LEN(rows) + 1] = { 0 };
	struct options parsed;
	int c, at;

	for (size_t i = 0; i < HD_ARRAY_LEN(rows); i++)
		longs[i] = (struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument, NULL,
					    1 };
	set_defaults(&parsed);
	*verdict = OPTIONS_RUN;
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "", longs, &at)) != -1) {
		int err;

		if (c != 1) {
			snprintf(why, why_cap, "%s: no such option, or its value is missing", argv[optind - 1]);
			return ERROR_USAGE;
		}
		err = take(&parsed, &rows[at], optarg, verdict);
		if (err) {
			snprintf(why, why_cap, "--%s %s: %s", rows[at].name, optarg, error_text(err));
			return ERROR_USAGE;
		}
		if (*verdict != OPTIONS_RUN)
			return 0;
	}
	if (finish(&parsed, argc, argv, why, why_cap) != 0)
		return ERROR_USAGE;
	*o = parsed;
	return 0;
}

void options_print_help(FILE *to)
{
	fputs("Usage: hd-probe [OPTION...] HOST[:PORT]\n"
	      "Tells whether a DERP relay is well: connection, certificate, login, pings, packets.\n\n",
	      to);
	for (size_t i = 0; i < HD_ARRAY_LEN(rows); i++) {
		char left[32];

		snprintf(left, sizeof(left), "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
			 rows[i].argument ? rows[i].argument : "");
		fprintf(to, "  %-20s  %s\n", left, rows[i].text);
	}
	fputs("\nTIME: 5s, 250ms. The port is 3340 (with TLS 443) unless given.\n"
	      "Exit: 0 well, 1 a warning, 2 critical, 3 wrong usage or nothing found out. See hd-probe(1).\n",
	      to);
}
