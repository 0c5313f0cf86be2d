/* SPDX-License-Identifier: MIT
 * ck_assert for loops of a million: that one tells the test's parent of every
 * check it passes, this one speaks up only when it fails. */
#ifndef HD_TESTS_UNIT_CONTROL_MUST_H
#define HD_TESTS_UNIT_CONTROL_MUST_H

#include <check.h>

#define must(condition, ...)                       \
	do {                                       \
		if (!(condition))                  \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

#endif
