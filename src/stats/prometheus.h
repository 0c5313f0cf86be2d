/* SPDX-License-Identifier: MIT
 * The registry as Prometheus text (exposition format 0.0.4). Errors are those
 * of bytes.h; what was appended before one stays. */
#ifndef HD_STATS_PROMETHEUS_H
#define HD_STATS_PROMETHEUS_H

#include <stdint.h>

#include "stats/stats.h"
#include "util/assert.h"
#include "util/bytes.h"

#define PROMETHEUS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends every metric of the table, drops_total{reason,kind},
 * closes_total{reason}, send_errors_total{reason}, logins_total{result},
 * refused_total{reason} and login_seconds; sums over all threads. Every
 * labelled series is there from the start, with 0. */
HD_MUST_CHECK int prometheus_write(struct bytes *out, const struct stats_registry *r);
/* One more metric with HELP and TYPE lines (build info, workers, ...).
 * labels: NULL or `a="b",c="d"`, values escaped (prometheus_label_append). */
HD_MUST_CHECK int prometheus_gauge(struct bytes *out, const char *name, const char *help, const char *labels,
				   double value);

/* For a metric with several series: its HELP and TYPE lines, then each sample.
 * Names are without STATS_PREFIX. */
HD_MUST_CHECK int prometheus_family(struct bytes *out, const char *name, const char *type, const char *help);
HD_MUST_CHECK int prometheus_sample(struct bytes *out, const char *name, const char *labels, uint64_t value);
/* Appends name="value" to a list of labels (with a comma if it is not empty),
 * the value escaped. */
HD_MUST_CHECK int prometheus_label_append(struct bytes *labels, const char *name, const char *value);

#endif
