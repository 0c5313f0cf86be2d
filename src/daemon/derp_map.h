/* SPDX-License-Identifier: MIT
 * The region of a DERP map that has this relay as its only node, as text. */
#ifndef HD_DAEMON_DERP_MAP_H
#define HD_DAEMON_DERP_MAP_H

#include <stdint.h>

#include "util/assert.h"
#include "util/bytes.h"

#define DERP_MAP_REGION 900 /* 900 to 999 are left to everyone's own relays */

struct derp_map {
	const char *host;  /* name or numeric address, nothing that JSON or YAML would escape */
	const char *pin;   /* CertName, or NULL: the certificate is host's, by an authority */
	uint16_t port;     /* not 0 */
	int32_t stun_port; /* -1: none */
};

/* A file for derp.paths of Headscale's configuration. Codes of bytes.h. */
HD_MUST_CHECK int derp_map_headscale(const struct derp_map *map, struct bytes *out);
/* An object with the one member "derpMap", as it stands in a tailnet's policy
 * file. Codes of bytes.h. */
HD_MUST_CHECK int derp_map_tailscale(const struct derp_map *map, struct bytes *out);

#endif
