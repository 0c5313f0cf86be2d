/* SPDX-License-Identifier: MIT
 * The input is a topology as XML. Whatever hwloc does with it, hd-tune ends with
 * a reason or with facts that make a plan. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/driver.h"
#include "tools/hd-tune/gather.h"
#include "tools/hd-tune/plan.h"
#include "tools/hd-tune/show.h"

#define TEXT_MAX ((size_t)16 * 1024 * 1024)

static void check_plan(const struct facts *f)
{
	struct options o;
	struct bytes out;
	struct plan *p;

	options_init(&o);
	p = plan_make(f, &o);
	hd_assert(p);
	hd_assert(p->workers >= 1 && p->workers <= 32);
	hd_assert(p->pins.count == 0 || p->pins.count == p->workers);
	bytes_init(&out, TEXT_MAX);
	hd_assert(show_text(p, f, (struct show_style){ false }, &out) == 0);
	hd_assert(show_json(p, &out) == 0);
	bytes_release(&out);
	plan_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[FACTS_TEXT_MAX] = "", path[64];
	int fd = memfd_create("topology", MFD_CLOEXEC);
	struct facts f;

	hd_assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	facts_init(&f);
	if (gather_topology(&f, path, why) == 0)
		check_plan(&f);
	else
		hd_assert(why[0] && memchr(why, '\0', sizeof(why)));
	facts_release(&f);
	close(fd);
	return 0;
}
