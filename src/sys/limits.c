/* SPDX-License-Identifier: MIT */
#include "sys/limits.h"

#include <sys/resource.h>

#include "util/assert.h"

uint64_t limits_raise_nofile(void)
{
	struct rlimit limit, raised;
	int rc = getrlimit(RLIMIT_NOFILE, &limit);

	hd_assert(rc == 0);
	raised = (struct rlimit){ limit.rlim_max, limit.rlim_max };
	/* Fails where fs.nr_open was lowered below the hard limit. */
	if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
		return raised.rlim_cur;
	return limit.rlim_cur;
}
