/* SPDX-License-Identifier: MIT
 * A strict reader of Prometheus text (exposition format 0.0.4) for tests. */
#ifndef HD_TESTS_UNIT_STATS_PROM_CHECK_H
#define HD_TESTS_UNIT_STATS_PROM_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* NULL if the whole text is valid: one HELP and one TYPE per metric, in that
 * order and before its samples, samples of a metric together, no series twice,
 * names, labels, escapes and values as the format has them, counters named
 * _total and not negative, histograms cumulative and complete. Else what is
 * wrong, with the line, in a static buffer. */
const char *prom_check(const char *text, size_t len);

/* Value of one series, given as `name` or `name{label="value"}` exactly as
 * written. False if it is not there. */
bool prom_check_value(double *value, const char *text, size_t len, const char *series);

#endif
