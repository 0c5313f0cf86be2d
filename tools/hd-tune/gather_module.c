/* SPDX-License-Identifier: MIT
 * Whether the module tls is loaded, can be, or must not be. */
#include "tools/hd-tune/gather_parts.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/hd-tune/sysroot.h"

#define FILE_MAX (16 * 1024 * 1024)

static bool has_text(const char *root, const char *path, const char *text)
{
	struct bytes file;
	bool has;

	bytes_init(&file, FILE_MAX);
	has = sysroot_file(root, path, &file) == 0 && bytes_append(&file, "", 1) == 0 &&
	      strstr((const char *)file.data, text);
	bytes_release(&file);
	return has;
}

/* "install tls /bin/false", "blacklist tls": neither boot nor a program gets it. */
static bool forbids(char *line)
{
	char *rest = NULL, *verb = strtok_r(line, " \t\r", &rest), *module = strtok_r(NULL, " \t\r", &rest);
	char *command = strtok_r(NULL, " \t\r", &rest);

	if (!verb || !module || strcmp(module, "tls") != 0)
		return false;
	if (strcmp(verb, "blacklist") == 0)
		return true;
	return strcmp(verb, "install") == 0 && command &&
	       (strstr(command, "/false") || strstr(command, "/true"));
}

static bool file_forbids(const char *root, const char *folder, const char *name)
{
	char path[PATH_MAX], *rest = NULL;
	struct bytes file;
	bool found = false;
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

	bytes_init(&file, FILE_MAX);
	if (n > 0 && n < (int)sizeof(path) && sysroot_file(root, path, &file) == 0 &&
	    bytes_append(&file, "", 1) == 0)
		for (char *line = strtok_r((char *)file.data, "\n", &rest); line && !found;
		     line = strtok_r(NULL, "\n", &rest))
			found = forbids(line);
	bytes_release(&file);
	return found;
}

static bool is_refused(const char *root)
{
	static const char *const folders[] = { "/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d",
					       "/usr/lib/modprobe.d", "/lib/modprobe.d" };
	bool found = false;

	for (size_t i = 0; i < HD_ARRAY_LEN(folders) && !found; i++) {
		char path[PATH_MAX];
		struct dirent *e;
		DIR *dir;
		int n = snprintf(path, sizeof(path), "%s%s", root, folders[i]);

		dir = n > 0 && n < (int)sizeof(path) ? opendir(path) : NULL;
		while (dir && !found && (e = readdir(dir)))
			found = strstr(e->d_name, ".conf") && file_forbids(root, folders[i], e->d_name);
		if (dir)
			closedir(dir);
	}
	return found;
}

static enum facts_module on_disk(const char *root, const char *release)
{
	char folder[128], path[192];

	snprintf(folder, sizeof(folder), "/lib/modules/%s", release);
	if (!release[0] || strchr(release, '/') || !sysroot_exists(root, folder))
		return FACTS_MODULE_UNKNOWN;
	snprintf(path, sizeof(path), "%s/modules.builtin", folder);
	if (has_text(root, path, "/net/tls/tls.ko"))
		return FACTS_MODULE_LOADED;
	snprintf(path, sizeof(path), "%s/modules.dep", folder);
	return has_text(root, path, "/net/tls/tls.ko") ? FACTS_MODULE_THERE : FACTS_MODULE_ABSENT;
}

void gather_module(struct facts *f, const char *root)
{
	if (f->ktls == 1 || sysroot_exists(root, "/sys/module/tls"))
		f->tls_module = FACTS_MODULE_LOADED;
	else if (!root[0] && f->ktls == 0 && !sysroot_exists("", "/proc/modules"))
		f->tls_module = FACTS_MODULE_ABSENT; /* a kernel that loads none at all */
	else
		f->tls_module = on_disk(root, f->kernel);
	if (f->tls_module != FACTS_MODULE_THERE)
		return;
	if (is_refused(root))
		f->tls_module = FACTS_MODULE_REFUSED;
	else if (sysroot_number(root, "/proc/sys/kernel/modules_disabled") == 1)
		f->tls_module = FACTS_MODULE_LOCKED;
}
