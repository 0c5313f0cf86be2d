/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/gather.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "tools/hd-tune/gather_parts.h"
#include "tools/hd-tune/sysroot.h"
#include "util/error.h"

static int take_topology(struct facts *f, const struct topology_source *source, const char *name,
			 char why[FACTS_TEXT_MAX])
{
	struct topology t = { 0 };
	int error = topology_read(&t, source);

	if (!error)
		error = facts_take_topology(f, &t);
	if (error)
		snprintf(why, FACTS_TEXT_MAX, "%.128s: %s", name,
			 error == ERROR_IO && errno ? strerror(errno) : error_text(error));
	topology_release(&t);
	return error;
}

static void name_source(struct facts *f, const char *source)
{
	snprintf(f->source, sizeof(f->source), "%s", source);
}

int gather_topology(struct facts *f, const char *xml, char why[FACTS_TEXT_MAX])
{
	errno = 0;
	name_source(f, "topology");
	return take_topology(f, &(struct topology_source){ .xml = xml }, xml, why);
}

int gather_document(struct facts *f, const char *path, char why[FACTS_TEXT_MAX])
{
	char reason[FACTS_TEXT_MAX] = "";
	struct bytes text;
	int error;

	bytes_init(&text, FACTS_DOCUMENT_MAX);
	/* a relative path is one below the folder we are in */
	error = path[0] == '/' ? sysroot_file("", path, &text) : 0;
	if (path[0] != '/') {
		char from_here[FACTS_TEXT_MAX];

		snprintf(from_here, sizeof(from_here), "/%s", path);
		error = sysroot_file(".", from_here, &text);
	}
	if (error)
		snprintf(reason, sizeof(reason), "%s", error == ERROR_IO ? strerror(errno) : error_text(error));
	else
		error = facts_parse(f, text.data ? (const char *)text.data : "", text.len, reason);
	if (error)
		snprintf(why, FACTS_TEXT_MAX, "%.100s: %.150s", path, reason);
	bytes_release(&text);
	return error;
}

static void gather_kernel(struct facts *f, const char *root)
{
	struct utsname name;

	if (!sysroot_line(root, "/proc/sys/kernel/osrelease", f->kernel, sizeof(f->kernel)))
		f->kernel[0] = '\0';
	if (root[0] || uname(&name) < 0)
		return;
	snprintf(f->architecture, sizeof(f->architecture), "%.63s", name.machine);
}

int gather_machine(struct facts *f, const char *root, const char *own_root, char why[FACTS_TEXT_MAX])
{
	struct topology_source source = { .fsroot = root[0] ? root : NULL };
	int error;

	errno = 0;
	name_source(f, root[0] ? "sysroot" : "live");
	error = take_topology(f, &source, root[0] ? root : "hwloc", why);
	if (error)
		return error;
	gather_kernel(f, root);
	error = gather_unit(f, root);
	if (!error)
		error = gather_network(f, root);
	if (!error)
		error = gather_sysctls(f, root, own_root);
	if (error) {
		snprintf(why, FACTS_TEXT_MAX, "%s", error_text(error));
		return error;
	}
	gather_cpus(f, root);
	gather_group(f, root);
	gather_limits(f, root);
	if (!root[0]) {
		gather_ethtool(f);
		gather_openssl(f);
		gather_ktls(f);
	}
	gather_module(f, root); /* after it: to ask may load it */
	gather_io_uring(f, root, !root[0]);
	return 0;
}
