/* SPDX-License-Identifier: MIT
 * Assertions that stay in release builds. They state the design: arguments,
 * invariants, sizes. Bytes from outside are never asserted, they are handled. */
#ifndef HD_UTIL_ASSERT_H
#define HD_UTIL_ASSERT_H

/* Prints the failed expression and its place to stderr, then abort(3). */
_Noreturn void assert_fail(const char *expr, const char *file, int line, const char *func);

#define hd_assert(expr) \
	(__builtin_expect(!!(expr), 1) ? (void)0 : assert_fail(#expr, __FILE__, __LINE__, __func__))

#define hd_likely(expr) __builtin_expect(!!(expr), 1)
#define hd_unlikely(expr) __builtin_expect(!!(expr), 0)

#define HD_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define HD_CACHE_LINE 64 /* bytes, for keeping what two threads write apart */

/* Results of these must be looked at. */
#define HD_MUST_CHECK __attribute__((warn_unused_result))
#define HD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
