/* SPDX-License-Identifier: MIT */
#include "tools/hd-probe/options.h"

#include "tools/hd-probe/latency.h"
#include "tools/lib/option_rows.h"
#include "util/error.h"
#include "util/mono.h"

#define TIMEOUT_MAX_NS (600 * MONO_NS_PER_S)

/* What is read of the line. */
struct parse {
	struct options o;
	enum options_verdict verdict;
};

#define FIELD(member) OPTION_ROWS_FIELD(struct parse, member)

static const struct option_row rows[] = {
	{ "tls", NULL, "TLS; the port is then 443 unless given", option_rows_flag, FIELD(o.tls) },
	{ "ca", "FILE", "TLS, trusting what the certificates in FILE signed", option_rows_text,
	  FIELD(o.ca_file) },
	{ "pin", "PIN", "TLS, trusting this certificate only: CertName of a DERP map", option_rows_text,
	  FIELD(o.pin) },
	{ "insecure", NULL, "TLS, trusting any certificate", option_rows_flag, FIELD(o.insecure) },
	{ "address", "ADDRESS", "connect to this address instead of HOST's", option_rows_text,
	  FIELD(o.address) },
	{ "timeout", "TIME", "for each step (default: 5s)", option_rows_duration, FIELD(o.timeout_ns),
	  .min = MONO_NS_PER_MS, .max = TIMEOUT_MAX_NS },
	{ "pings", "N", "pings of the relay (default: 5)", option_rows_count, FIELD(o.pings), .min = 1,
	  .max = LATENCY_SAMPLES_MAX },
	{ "packets", "N", "packets between two clients of its own (default: 10)", option_rows_count,
	  FIELD(o.packets), .min = 1, .max = LATENCY_SAMPLES_MAX },
	{ "warn-latency", "TIME", "warn if the median packet takes longer", option_rows_duration,
	  FIELD(o.latency_warn_ns), .min = 1, .max = TIMEOUT_MAX_NS },
	{ "warn-cert", "DAYS", "warn if the certificate expires sooner (default: 14)", option_rows_count,
	  FIELD(o.cert_warn_days), .min = 0, .max = 10000 },
	{ "json", NULL, "the result as one JSON object", option_rows_flag, FIELD(o.json) },
	{ "help", NULL, "this text", option_rows_last, FIELD(verdict), .min = OPTIONS_HELP },
	{ "version", NULL, "the version", option_rows_last, FIELD(verdict), .min = OPTIONS_VERSION },
	{ .name = NULL },
};

static int finish(struct options *o, int argc, char **argv, int rest, char *why, size_t why_cap)
{
	int trusts = (o->ca_file != NULL) + (o->pin != NULL) + o->insecure;

	if (rest + 1 != argc) {
		snprintf(why, why_cap, "%s", rest == argc ? "which relay? (HOST[:PORT])" : "one relay at a time");
		return ERROR_USAGE;
	}
	if (trusts > 1) {
		snprintf(why, why_cap, "of --ca, --pin and --insecure one at most");
		return ERROR_USAGE;
	}
	o->relay = argv[rest];
	o->tls = o->tls || trusts;
	return 0;
}

int options_parse(struct options *o, enum options_verdict *verdict, int argc, char **argv, char *why,
		  size_t why_cap)
{
	struct parse p = {
		.o = { .timeout_ns = 5 * MONO_NS_PER_S, .pings = 5, .packets = 10, .cert_warn_days = 14 },
		.verdict = OPTIONS_RUN,
	};
	struct option_rows_line line;
	int err = option_rows_parse(&line, rows, &p, argc, argv, why, why_cap);

	if (!err && p.verdict == OPTIONS_RUN)
		err = finish(&p.o, argc, argv, line.rest, why, why_cap);
	if (err)
		return err;
	*o = p.o;
	*verdict = p.verdict;
	return 0;
}

void options_print_help(FILE *to)
{
	fputs("Usage: hd-probe [OPTION...] HOST[:PORT]\n"
	      "Tells whether a DERP relay is well: connection, certificate, login, pings, packets.\n\n",
	      to);
	option_rows_print_help(rows, to);
	fputs("\nTIME: 5s, 250ms. The port is 3340 (with TLS 443) unless given.\n"
	      "Exit: 0 well, 1 a warning, 2 critical, 3 wrong usage or nothing found out. See hd-probe(1).\n",
	      to);
}
