/* SPDX-License-Identifier: MIT
 * The command line of hd-probe. */
#ifndef HD_TOOLS_HD_PROBE_OPTIONS_H
#define HD_TOOLS_HD_PROBE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "util/assert.h"

struct options { /* strings are argv's */
	const char *relay;   /* HOST[:PORT] */
	const char *address; /* to connect to, instead of the host's; or NULL */
	bool tls;
	const char *ca_file; /* of these three one at most */
	const char *pin;
	bool insecure;
	uint64_t timeout_ns; /* of each step */
	uint64_t pings;
	uint64_t packets;
	uint64_t latency_warn_ns; /* 0: none is too long */
	uint64_t cert_warn_days;
	bool json;
};

enum options_verdict { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

/* ERROR_USAGE: `why` says what is wrong; *o is untouched. */
HD_MUST_CHECK int options_parse(struct options *o, enum options_verdict *verdict, int argc, char **argv, char *why,
				size_t why_cap);
void options_print_help(FILE *to);

#endif
