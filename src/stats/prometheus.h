/* SPDX-License-Identifier: MIT
 * The registry as Prometheus text (exposition format 0.0.4). */
#ifndef HD_STATS_PROMETHEUS_H
#define HD_STATS_PROMETHEUS_H

#include "stats/stats.h"
#include "util/bytes.h"

/* Appends every metric of the table, drops_total{reason,kind},
 * closes_total{reason}, send_errors_total{reason}, logins_total{result},
 * refused_total{reason} and login_seconds; sums over all threads. */
HD_MUST_CHECK int prometheus_write(struct bytes *out, const struct stats_registry *r);
/* One more metric with HELP and TYPE lines (build info, workers, ...).
 * labels: NULL or `a="b",c="d"`. */
HD_MUST_CHECK int prometheus_gauge(struct bytes *out, const char *name, const char *help, const char *labels,
				   double value);

#endif
