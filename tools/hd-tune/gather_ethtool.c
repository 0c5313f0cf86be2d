/* SPDX-License-Identifier: MIT
 * TLS features of the interfaces' drivers, by the ioctl of ethtool(8). */
#include "tools/hd-tune/gather_parts.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FEATURES_MAX 512

static bool ask(int fd, const char *name, void *what)
{
	struct ifreq request = { .ifr_data = what };

	if (strlen(name) >= sizeof(request.ifr_name))
		return false;
	memcpy(request.ifr_name, name, strlen(name));
	return ioctl(fd, SIOCETHTOOL, &request) == 0;
}

/* How many features the kernel has; 0: it does not say. */
static __u32 count_features(int fd, const char *name)
{
	union {
		struct ethtool_sset_info info;
		__u32 words[sizeof(struct ethtool_sset_info) / sizeof(__u32) + 1]; /* with room for one number */
	} set = { .info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = UINT64_C(1) << ETH_SS_FEATURES } };
	__u32 count;

	if (!ask(fd, name, &set) || !set.info.sset_mask)
		return 0;
	memcpy(&count, set.info.data, sizeof(count));
	return count <= FEATURES_MAX ? count : 0;
}

static struct ethtool_gstrings *read_names(int fd, const char *name, __u32 count)
{
	struct ethtool_gstrings *names = calloc(1, sizeof(*names) + (size_t)count * ETH_GSTRING_LEN);

	if (!names)
		return NULL;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = count;
	if (ask(fd, name, names) && names->len == count)
		return names;
	free(names);
	return NULL;
}

static struct ethtool_gfeatures *read_features(int fd, const char *name, __u32 count)
{
	__u32 blocks = (count + 31) / 32;
	struct ethtool_gfeatures *features = calloc(1, sizeof(*features) + blocks * sizeof(features->features[0]));

	if (!features)
		return NULL;
	features->cmd = ETHTOOL_GFEATURES;
	features->size = blocks;
	if (ask(fd, name, features) && features->size >= blocks)
		return features;
	free(features);
	return NULL;
}

static void read_nic(int fd, struct facts_nic *nic)
{
	__u32 count = count_features(fd, nic->name);
	struct ethtool_gstrings *names = count ? read_names(fd, nic->name, count) : NULL;
	struct ethtool_gfeatures *features = names ? read_features(fd, nic->name, count) : NULL;

	for (__u32 i = 0; features && i < count; i++) {
		const char *name = (const char *)names->data + (size_t)i * ETH_GSTRING_LEN;
		bool active = features->features[i / 32].active >> i % 32 & 1;

		if (strncmp(name, "tls-hw-tx-offload", ETH_GSTRING_LEN) == 0)
			nic->tls_tx = active;
		else if (strncmp(name, "tls-hw-rx-offload", ETH_GSTRING_LEN) == 0)
			nic->tls_rx = active;
	}
	free(features);
	free(names);
}

void gather_ethtool(struct facts *f)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (size_t i = 0; fd >= 0 && i < f->nic_count; i++)
		read_nic(fd, &f->nics[i]);
	if (fd >= 0)
		close(fd);
}
