/* SPDX-License-Identifier: MIT */
#include "daemon/derp_map.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stddef.h>

/* What a map says of one node besides its port, in the order of the text. */
enum field { FIELD_HOST, FIELD_PIN, FIELD_IPV4, FIELD_IPV6, FIELD_COUNT };

static const struct {
	const char *json;
	const char *yaml; /* as Headscale's decoder has it: all small */
} names[FIELD_COUNT] = {
	[FIELD_HOST] = { "HostName", "hostname" },
	[FIELD_PIN] = { "CertName", "certname" },
	[FIELD_IPV4] = { "IPv4", "ipv4" },
	[FIELD_IPV6] = { "IPv6", "ipv6" },
};

struct fields {
	const char *value[FIELD_COUNT]; /* NULL: left out */
};

/* For a name the client asks DNS; an address is there in one family only, and
 * in the other there is "none". */
static struct fields fields_of(const struct derp_map *map)
{
	struct fields f = { .value = { [FIELD_HOST] = map->host, [FIELD_PIN] = map->pin } };
	uint8_t ip[16];

	if (inet_pton(AF_INET, map->host, ip) == 1) {
		f.value[FIELD_IPV4] = map->host;
		f.value[FIELD_IPV6] = "none";
	} else if (inet_pton(AF_INET6, map->host, ip) == 1) {
		f.value[FIELD_IPV4] = "none";
		f.value[FIELD_IPV6] = map->host;
	}
	return f;
}

int derp_map_headscale(const struct derp_map *map, struct bytes *out)
{
	struct fields f = fields_of(map);
	int err = bytes_printf(out,
			       "regions:\n"
			       "  %d:\n"
			       "    regionid: %d\n"
			       "    regioncode: \"own\"\n"
			       "    regionname: \"%s\"\n"
			       "    nodes:\n"
			       "      - name: \"%da\"\n"
			       "        regionid: %d\n",
			       DERP_MAP_REGION, DERP_MAP_REGION, map->host, DERP_MAP_REGION, DERP_MAP_REGION);

	for (size_t i = 0; !err && i < FIELD_COUNT; i++)
		if (f.value[i])
			err = bytes_printf(out, "        %s: \"%s\"\n", names[i].yaml, f.value[i]);
	return err ? err :
		     bytes_printf(out, "        derpport: %u\n        stunport: %" PRId32 "\n", map->port,
				  map->stun_port);
}

int derp_map_tailscale(const struct derp_map *map, struct bytes *out)
{
	struct fields f = fields_of(map);
	int err = bytes_printf(out,
			       "{\n"
			       "  \"derpMap\": {\n"
			       "    \"Regions\": {\n"
			       "      \"%d\": {\n"
			       "        \"RegionID\": %d,\n"
			       "        \"RegionCode\": \"own\",\n"
			       "        \"RegionName\": \"%s\",\n"
			       "        \"Nodes\": [\n"
			       "          {\n"
			       "            \"Name\": \"%da\",\n"
			       "            \"RegionID\": %d,\n",
			       DERP_MAP_REGION, DERP_MAP_REGION, map->host, DERP_MAP_REGION, DERP_MAP_REGION);

	for (size_t i = 0; !err && i < FIELD_COUNT; i++)
		if (f.value[i])
			err = bytes_printf(out, "            \"%s\": \"%s\",\n", names[i].json, f.value[i]);
	return err ? err :
		     bytes_printf(out,
				  "            \"DERPPort\": %u,\n"
				  "            \"STUNPort\": %" PRId32 "\n"
				  "          }\n"
				  "        ]\n"
				  "      }\n"
				  "    }\n"
				  "  }\n"
				  "}\n",
				  map->port, map->stun_port);
}
