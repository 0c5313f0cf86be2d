/* SPDX-License-Identifier: MIT
 * What options mean together. */
#include "config/draft.h"

#include <inttypes.h>

#include "util/error.h"

static const struct option_row *row_of(const char *name)
{
	const struct option_row *row = option_by_name(name);

	hd_assert(row);
	return row;
}

static int check_pair(struct draft *d, const char *one, const char *one_value, const char *other,
		      const char *other_value)
{
	const char *set = one_value ? one : other;
	const char *absent = one_value ? other : one;

	if (!one_value == !other_value)
		return 0;
	return draft_fail_option(d, ERROR_MALFORMED, draft_place_of(d, row_of(set)), row_of(set),
				 "goes with %s, which is not set: set both or neither", absent);
}

/* One CPU per worker; without a number of workers the pins give it. */
static int check_pins(struct draft *d)
{
	const struct option_row *pins = row_of("pin_cores");
	struct settings *s = &d->settings;

	if (s->pin_cores.count == 0)
		return 0;
	if ((int64_t)s->pin_cores.count > row_of("workers")->max)
		return draft_fail_option(d, ERROR_RANGE, draft_place_of(d, pins), pins,
					 "names %zu CPUs, but there are at most %" PRId64 " workers",
					 s->pin_cores.count, row_of("workers")->max);
	if (s->workers == 0)
		s->workers = (int64_t)s->pin_cores.count;
	if ((int64_t)s->pin_cores.count != s->workers)
		return draft_fail_option(d, ERROR_MALFORMED, draft_place_of(d, pins), pins,
					 "names %zu CPUs for %" PRId64 " workers: one each is needed",
					 s->pin_cores.count, s->workers);
	return 0;
}

int draft_check(struct draft *d)
{
	const struct settings *s = &d->settings;
	int error = check_pair(d, "tls_cert", s->tls_cert, "tls_key", s->tls_key);

	if (!error)
		error = check_pair(d, "tls_cert_2", s->tls_cert_2, "tls_key_2", s->tls_key_2);
	if (!error && s->tls_cert_2)
		error = check_pair(d, "tls_cert_2", s->tls_cert_2, "tls_cert", s->tls_cert);
	if (!error)
		error = check_pair(d, "metrics.tls_cert", s->metrics_tls_cert, "metrics.tls_key",
				   s->metrics_tls_key);
	return error ? error : check_pins(d);
}
