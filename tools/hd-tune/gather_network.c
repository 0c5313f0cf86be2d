/* SPDX-License-Identifier: MIT
 * Interfaces: the one of the default route, what they stand on, speed, queues. */
#include "tools/hd-tune/gather_parts.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/hd-tune/sysroot.h"
#include "util/error.h"

#define NET "/sys/class/net"
#define WORDS_MAX 11
#define ROUNDS 4 /* a bridge on a VLAN on a bond on a port */

/* Cuts a line at its blanks; how many words. */
static size_t split(char *line, char *words[WORDS_MAX])
{
	char *rest = NULL;
	size_t n = 0;

	for (char *word = strtok_r(line, " \t\n", &rest); word && n < WORDS_MAX; word = strtok_r(NULL, " \t\n",
												 &rest))
		words[n++] = word;
	return n;
}

/* A table of routes of the kernel's: which word says what. */
struct route_table {
	const char *path;
	size_t words; /* of a line, at least */
	size_t nic;
	size_t metric;
	int metric_base;
	bool (*is_default)(char *const *words);
};

/* "Iface Destination Gateway Flags RefCnt Use Metric Mask ...", numbers in hex
 * but for the metric. */
static bool is_default_v4(char *const *words)
{
	return strcmp(words[1], "00000000") == 0 && strcmp(words[7], "00000000") == 0;
}

/* "DEST PREFIX SOURCE PREFIX NEXT METRIC REF USE FLAGS IFACE", all hex. */
static bool is_default_v6(char *const *words)
{
	return strcmp(words[1], "00") == 0 && strspn(words[0], "0") == 32 && strcmp(words[9], "lo") != 0;
}

static const struct route_table routes_v4 = {
	.path = "/proc/net/route", .words = 8, .nic = 0, .metric = 6, .metric_base = 10,
	.is_default = is_default_v4,
};
static const struct route_table routes_v6 = {
	.path = "/proc/net/ipv6_route", .words = 10, .nic = 9, .metric = 5, .metric_base = 16,
	.is_default = is_default_v6,
};

/* The lowest metric wins. */
static void default_route(struct facts *f, const char *root, const struct route_table *table)
{
	FILE *routes = sysroot_open(root, table->path);
	char *line = NULL, *words[WORDS_MAX];
	unsigned long best = ULONG_MAX;
	size_t size = 0;

	while (routes && getline(&line, &size, routes) > 0) {
		unsigned long metric;

		if (split(line, words) < table->words || !table->is_default(words))
			continue;
		metric = strtoul(words[table->metric], NULL, table->metric_base);
		if (metric < best && strlen(words[table->nic]) < sizeof(f->default_nic)) {
			best = metric;
			snprintf(f->default_nic, sizeof(f->default_nic), "%.63s", words[table->nic]);
		}
	}
	free(line);
	if (routes)
		fclose(routes);
}

/* Entries of a folder, sorted. -1: no folder. */
static int list(const char *root, const char *folder, struct dirent ***entries)
{
	char full[PATH_MAX];
	int n = snprintf(full, sizeof(full), "%s%s", root, folder);

	return n > 0 && n < (int)sizeof(full) ? scandir(full, entries, NULL, alphasort) : -1;
}

static void free_list(struct dirent **entries, int count)
{
	for (int i = 0; i < count; i++)
		free(entries[i]);
	if (count >= 0)
		free(entries);
}

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool path_of(char out[PATH_MAX], const char *nic, const char *rest)
{
	int n = snprintf(out, PATH_MAX, NET "/%s/%s", nic, rest);

	return n > 0 && n < PATH_MAX;
}

static bool queue_has_rps(const char *root, const char *nic, const char *queue)
{
	char path[PATH_MAX], mask[1024];
	int n = snprintf(path, sizeof(path), NET "/%s/queues/%s/rps_cpus", nic, queue);

	return n > 0 && n < (int)sizeof(path) && sysroot_line(root, path, mask, sizeof(mask)) &&
	       strspn(mask, "0,") != strlen(mask);
}

static void read_queues(struct facts_nic *nic, const char *root)
{
	struct dirent **entries = NULL;
	char path[PATH_MAX];
	int count = path_of(path, nic->name, "queues") ? list(root, path, &entries) : -1;

	if (count < 0)
		return;
	nic->rx_queues = nic->tx_queues = nic->rps = 0;
	for (int i = 0; i < count; i++) {
		nic->rx_queues += begins(entries[i]->d_name, "rx-");
		nic->tx_queues += begins(entries[i]->d_name, "tx-");
		if (begins(entries[i]->d_name, "rx-") && queue_has_rps(root, nic->name, entries[i]->d_name))
			nic->rps = 1;
	}
	free_list(entries, count);
}

/* What a VLAN, bond or bridge stands on: its first port, or of a bond in which
 * one port works at a time, that one. It is near to what all of them are near to. */
static int read_lower(struct facts *f, const char *name, const char *root)
{
	struct dirent **entries = NULL;
	char path[PATH_MAX], active[FACTS_NAME_MAX] = "";
	int count = path_of(path, name, "") ? list(root, path, &entries) : -1;
	int error = 0;

	if (path_of(path, name, "bonding/active_slave") && !sysroot_line(root, path, active, sizeof(active)))
		active[0] = '\0';
	for (int i = 0; i < count; i++) {
		const char *lower = entries[i]->d_name + strlen("lower_");
		const struct facts_nic *below;
		struct facts_nic *nic;

		if (!begins(entries[i]->d_name, "lower_") || strlen(lower) >= FACTS_NAME_MAX)
			continue;
		if (active[0] && strcmp(active, lower) != 0)
			continue;
		nic = facts_nic_add(f, name);
		if (!nic) {
			error = ERROR_NO_MEMORY;
			break;
		}
		if (!nic->lower[0])
			snprintf(nic->lower, sizeof(nic->lower), "%.63s", lower);
		below = facts_nic(f, lower);
		for (size_t w = 0; below && w < HD_ARRAY_LEN(nic->local.word); w++)
			nic->local.word[w] |= below->local.word[w];
	}
	free_list(entries, count);
	return error;
}

static int read_nic(struct facts *f, const char *name, const char *root)
{
	struct facts_nic *nic = facts_nic_add(f, name);
	char path[PATH_MAX];
	int error;

	if (!nic)
		return ERROR_NO_MEMORY;
	if (path_of(path, name, "speed"))
		nic->speed_mbit = sysroot_number(root, path);
	if (nic->speed_mbit == 0)
		nic->speed_mbit = FACTS_UNKNOWN;
	if (path_of(path, name, "device/driver"))
		sysroot_link_name(root, path, nic->driver, sizeof(nic->driver));
	read_queues(nic, root);
	error = read_lower(f, name, root);
	nic = facts_nic_add(f, name); /* it may have moved */
	/* what has nothing below it carries what its host's interface does: veth
	 * says 10 Gbit/s, a tunnel 10 Mbit/s, and neither is so */
	snprintf(path, sizeof(path), NET "/%s", name);
	if (nic && !nic->lower[0] && sysroot_link_has(root, path, "/virtual/"))
		nic->speed_mbit = FACTS_UNKNOWN;
	return error;
}

/* Where no route is recorded, a machine's only device is a safe guess. */
static void only_device(struct facts *f, const char *root)
{
	const struct facts_nic *only = NULL;
	char path[PATH_MAX];

	for (size_t i = 0; i < f->nic_count; i++) {
		if (!path_of(path, f->nics[i].name, "device") || !sysroot_exists(root, path))
			continue;
		if (only)
			return;
		only = &f->nics[i];
	}
	if (only)
		memcpy(f->default_nic, only->name, sizeof(f->default_nic));
}

/* Second column of each line, in hex. */
static void softnet_drops(struct facts *f, const char *root)
{
	FILE *file = sysroot_open(root, "/proc/net/softnet_stat");
	char *line = NULL, *words[WORDS_MAX];
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		if (split(line, words) < 2)
			continue;
		if (f->softnet_drops < 0)
			f->softnet_drops = 0;
		f->softnet_drops += (int64_t)(strtoul(words[1], NULL, 16) & 0xffffffff);
	}
	free(line);
	if (file)
		fclose(file);
}

int gather_network(struct facts *f, const char *root)
{
	struct dirent **entries = NULL;
	int count = list(root, NET, &entries), error = 0;

	/* again: what stands on others wants those known */
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < count && !error; i++) {
			const char *name = entries[i]->d_name;

			if (name[0] != '.' && strcmp(name, "lo") != 0 && strlen(name) < FACTS_NAME_MAX)
				error = read_nic(f, name, root);
		}
	free_list(entries, count);
	default_route(f, root, &routes_v4);
	if (!f->default_nic[0])
		default_route(f, root, &routes_v6);
	if (!f->default_nic[0])
		only_device(f, root);
	softnet_drops(f, root);
	return error;
}
