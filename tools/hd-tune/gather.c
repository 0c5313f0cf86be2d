/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/hd-tune/gather_parts.h"
#include "tools/hd-tune/read_all.h"
#include "tools/hd-tune/sysroot.h"
#include "util/error.h"

#define XML_SECONDS 20 /* of CPU time; the largest machines take less than one */
#define CHILD_FAILED 100 /* its exit code less its error; others are of a crash */

static int take_topology(struct facts *f, const struct topology_source *source, const char *name,
			 char why[FACTS_TEXT_MAX])
{
	struct topology t = { 0 };
	int error = topology_read(&t, source);

	if (!error)
		error = facts_take_topology(f, &t);
	if (error)
		snprintf(why, FACTS_TEXT_MAX, "%.128s: %s", name,
			 error == ERROR_MALFORMED ? "there is no CPU in it" :
			 error != ERROR_IO ? error_text(error) :
			 errno ? strerror(errno) : "hwloc cannot read it");
	topology_release(&t);
	return error;
}

static void name_source(struct facts *f, const char *source)
{
	snprintf(f->source, sizeof(f->source), "%s", source);
}

/* hwloc trusts what it reads; who sent the file need not be trusted. So it is
 * read in a child, which hands over a document of facts. */
static _Noreturn void read_in_child(const char *xml, int to)
{
	char why[FACTS_TEXT_MAX] = "";
	struct facts f;
	struct bytes out;
	struct rlimit cpu = { XML_SECONDS, XML_SECONDS }, core = { 0, 0 };
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int error;

	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_CORE, &core);
	if (nowhere >= 0)
		dup2(nowhere, STDERR_FILENO); /* it talks there */
	facts_init(&f);
	bytes_init(&out, FACTS_DOCUMENT_MAX);
	errno = 0;
	name_source(&f, "topology");
	error = take_topology(&f, &(struct topology_source){ .xml = xml }, xml, why);
	if (!error)
		error = facts_print(&f, &out);
	if (error)
		out.len = 0;
	if (error && bytes_append_text(&out, why[0] ? why : error_text(error)))
		out.len = 0;
	for (size_t done = 0; done < out.len;) {
		ssize_t n = write(to, out.data + done, out.len - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	bytes_release(&out);
	facts_release(&f);
	_exit(error ? CHILD_FAILED - error : 0);
}

/* The child's document, or its error and what it said. */
static int take_document(struct facts *f, const char *xml, const struct bytes *text, int status,
			 char why[FACTS_TEXT_MAX])
{
	char reason[FACTS_TEXT_MAX] = "";
	int error;

	if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) <= CHILD_FAILED)) {
		snprintf(why, FACTS_TEXT_MAX, "%.128s: hwloc cannot read it and gave up", xml);
		return ERROR_MALFORMED;
	}
	if (WEXITSTATUS(status) != 0) {
		snprintf(why, FACTS_TEXT_MAX, "%.*s", (int)text->len, text->data ? (const char *)text->data : "");
		return CHILD_FAILED - WEXITSTATUS(status);
	}
	error = facts_parse(f, text->data ? (const char *)text->data : "", text->len, reason);
	if (error)
		snprintf(why, FACTS_TEXT_MAX, "%.100s: %.150s", xml, reason);
	return error;
}

/* Larger ones describe no machine. */
static int refuse_size(const char *xml, char why[FACTS_TEXT_MAX])
{
	struct stat st;

	if (stat(xml, &st) < 0)
		snprintf(why, FACTS_TEXT_MAX, "%.128s: %s", xml, strerror(errno));
	else if (!S_ISREG(st.st_mode) || st.st_size > FACTS_DOCUMENT_MAX)
		snprintf(why, FACTS_TEXT_MAX, "%.128s: not a file of at most 16 MiB", xml);
	else
		return 0;
	return ERROR_IO;
}

int gather_topology(struct facts *f, const char *xml, char why[FACTS_TEXT_MAX])
{
	int ends[2], status = 0, error = refuse_size(xml, why);
	struct bytes text;
	pid_t pid;

	if (error)
		return error;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		snprintf(why, FACTS_TEXT_MAX, "%.128s: %s", xml, strerror(errno));
		return ERROR_IO;
	}
	pid = fork();
	if (pid == 0)
		read_in_child(xml, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		snprintf(why, FACTS_TEXT_MAX, "%.128s: %s", xml, strerror(errno));
		close(ends[0]);
		return ERROR_IO;
	}
	bytes_init(&text, FACTS_DOCUMENT_MAX);
	error = read_all(ends[0], &text);
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (error)
		snprintf(why, FACTS_TEXT_MAX, "%.128s: %s", xml, error_text(error));
	else
		error = take_document(f, xml, &text, status, why);
	bytes_release(&text);
	return error;
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

	name_source(f, root[0] ? "sysroot" : "live");
	error = gather_unit(f, root);
	if (error) {
		snprintf(why, FACTS_TEXT_MAX, "%s", error_text(error));
		return error;
	}
	gather_group(f, root);
	/* the cpuset of whoever asks is not the service's */
	source.hidden_too = !cpuset_empty(&f->group);
	errno = 0;
	error = take_topology(f, &source, root[0] ? root : "hwloc", why);
	if (error)
		return error;
	gather_kernel(f, root);
	error = gather_network(f, root);
	if (!error)
		error = gather_sysctls(f, root, own_root);
	if (error) {
		snprintf(why, FACTS_TEXT_MAX, "%s", error_text(error));
		return error;
	}
	gather_cpus(f, root);
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
