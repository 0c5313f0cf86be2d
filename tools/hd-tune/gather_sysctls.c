/* SPDX-License-Identifier: MIT
 * Kernel parameters that the rules look at. */
#include "tools/hd-tune/gather_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/hd-tune/plan.h"
#include "tools/hd-tune/rule.h"
#include "tools/hd-tune/sysroot.h"

#define OWN_FILE_MAX (64 * 1024)

/* net.core.somaxconn -> /proc/sys/net/core/somaxconn */
static void path_of(const char *key, char out[128])
{
	snprintf(out, 128, "/proc/sys/%s", key);
	for (char *c = out + strlen("/proc/sys/"); *c; c++)
		if (*c == '.')
			*c = '/';
}

/* Blanks of any width become one. */
static void squeeze(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		char c = *at == '\t' ? ' ' : *at;

		if (c != ' ' || (to > text && to[-1] != ' '))
			*to++ = c;
	}
	*to = '\0';
}

static int take(struct facts *f, const char *root, const char *key)
{
	char path[128], value[FACTS_TEXT_MAX];

	path_of(key, path);
	if (!sysroot_line(root, path, value, sizeof(value)))
		return 0;
	squeeze(value);
	return facts_sysctl_add(f, key, value);
}

/* "key = value" in our drop-in. */
static void take_own_line(struct facts *f, char *line)
{
	char *equals = strchr(line, '=');
	size_t len = strcspn(line, " \t=");

	if (!equals || line[0] == '#')
		return;
	equals += 1 + strspn(equals + 1, " \t");
	for (size_t i = 0; i < f->sysctl_count; i++)
		if (strlen(f->sysctls[i].key) == len && strncmp(f->sysctls[i].key, line, len) == 0)
			snprintf(f->sysctls[i].own, FACTS_TEXT_MAX, "%s", equals);
}

static void take_own(struct facts *f, const char *own_root)
{
	struct bytes text;
	char *rest = NULL;

	bytes_init(&text, OWN_FILE_MAX);
	if (sysroot_file(own_root, PLAN_SYSCTL_PATH, &text) == 0 && bytes_append(&text, "", 1) == 0)
		for (char *line = strtok_r((char *)text.data, "\n", &rest); line; line = strtok_r(NULL, "\n",
												  &rest))
			take_own_line(f, line);
	bytes_release(&text);
}

int gather_sysctls(struct facts *f, const char *root, const char *own_root)
{
	static const char *const more[] = {
		"kernel.io_uring_disabled", "kernel.io_uring_group", "net.ipv4.tcp_available_congestion_control",
		"net.ipv4.tcp_mem",	    "net.netfilter.nf_conntrack_max",
	};
	int error = 0;

	for (unsigned id = 0; id < RULE_COUNT && !error; id++)
		if (rule_at(id)->kind == RULE_KIND_SYSCTL)
			error = take(f, root, rule_at(id)->knob);
	for (size_t i = 0; i < HD_ARRAY_LEN(more) && !error; i++)
		error = take(f, root, more[i]);
	take_own(f, own_root);
	return error;
}
