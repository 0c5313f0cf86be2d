/* SPDX-License-Identifier: MIT
 * Two clients of the probe's own at a relay: they log in, ping it, and send
 * packets to one another. */
#ifndef HD_TOOLS_HD_PROBE_PAIR_H
#define HD_TOOLS_HD_PROBE_PAIR_H

#include <stdint.h>

#include "tools/hd-probe/options.h"
#include "tools/hd-probe/result.h"

struct tls_client;

struct pair_target {
	const char *host;    /* of the certificate and of HTTP */
	const char *address; /* numeric */
	uint16_t port;
	struct tls_client *tls; /* or NULL */
};

/* The steps from RESULT_LOGIN on. box_start() must have been called. */
void pair_probe(struct result *r, const struct options *o, const struct pair_target *target);

#endif
