/* SPDX-License-Identifier: MIT
 * What was measured, for people and for programs. */
#include "tools/hd-tune/show.h"

#include <inttypes.h>

#include "tools/hd-tune/document.h"
#include "util/error.h"

#define COLUMN 48

static int print_pins(const struct measure_setting *s, struct bytes *out)
{
	struct cpuset cpus;

	if (s->pin_count == 0)
		return bytes_append_text(out, "not pinned");
	cpuset_clear(&cpus);
	for (size_t i = 0; i < s->pin_count; i++)
		cpuset_add(&cpus, s->pins[i]);
	return bytes_append_text(out, "CPU ") ? ERROR_NO_MEMORY : cpuset_print(&cpus, out);
}

int show_setting(const struct measure_setting *s, struct bytes *out)
{
	int error = s->workers ? bytes_printf(out, "%u worker%s, ", s->workers, s->workers == 1 ? "" : "s") :
				 bytes_append_text(out, "workers as the relay chooses, ");

	return error ? error : print_pins(s, out);
}

static int show_runs(const struct measure_candidate *c, const struct measure_runs *r, const char *mark,
		     struct bytes *out)
{
	size_t from = out->len;
	int error = bytes_printf(out, "  %s", mark);

	if (!error)
		error = show_setting(&c->setting, out);
	while (!error && out->len - from < COLUMN)
		error = bytes_append_text(out, " ");
	return error ? error : bytes_printf(out, " %10" PRIu64 " packets/s, spread %" PRIu64 ", %zu runs\n",
					    measure_median(r), measure_spread(r), r->count);
}

static int show_verdict(const struct measure *m, struct bytes *out)
{
	const struct measure_candidate *before = &m->candidates[0], *after = &m->candidates[m->best];
	int error;

	if (m->best == 0)
		return bytes_append_text(out, "\nkept: nothing was faster than the present setting\n");
	error = bytes_append_text(out, "\nThe best of them and the present setting, once more\n");
	if (!error)
		error = show_runs(before, &before->second, "before: ", out);
	if (!error)
		error = show_runs(after, &after->second, "after:  ", out);
	if (error)
		return error;
	return bytes_append_text(out, m->keep ? "\nbetter: by more than the spread of the runs\n" :
				 "\nkept: the difference is within the noise, or the time was too short\n");
}

int show_measure(const struct measure *m, struct bytes *out)
{
	int error = bytes_append_text(out, "Settings in turns, on loopback: medians\n");

	for (size_t i = 0; i < m->count && !error; i++)
		error = show_runs(&m->candidates[i], &m->candidates[i].first, i ? "         " : "present: ", out);
	return error ? error : show_verdict(m, out);
}

static int put_runs(json_t *object, const char *name, const struct measure_runs *r)
{
	json_t *row = json_object(), *list = json_array();
	int error = document_put(object, name, row);

	error = error ? (json_decref(list), error) : document_put(row, "runs", list);
	for (size_t i = 0; i < r->count && !error; i++)
		error = document_push(list, json_integer((json_int_t)r->rate[i]));
	if (!error)
		error = document_put_number(row, "median", (int64_t)measure_median(r));
	return error ? error : document_put_number(row, "spread", (int64_t)measure_spread(r));
}

static int put_candidate(json_t *row, const struct measure_candidate *c)
{
	json_t *pins = json_array();
	int error = document_put(row, "pin_cores", pins);

	for (size_t i = 0; i < c->setting.pin_count && !error; i++)
		error = document_push(pins, json_integer(c->setting.pins[i]));
	if (!error)
		error = document_put_number(row, "workers", c->setting.workers);
	if (!error)
		error = put_runs(row, "first", &c->first);
	return error ? error : put_runs(row, "second", &c->second);
}

int show_measure_json(const struct measure *m, struct bytes *out)
{
	json_t *top = json_object(), *list = json_array();
	int error = document_put(top, "settings", list);

	for (size_t i = 0; i < m->count && !error; i++) {
		json_t *row = document_next(list);

		error = row ? put_candidate(row, &m->candidates[i]) : ERROR_NO_MEMORY;
	}
	if (!error)
		error = document_put_number(top, "present", 0);
	if (!error)
		error = document_put_number(top, "best", (int64_t)m->best);
	if (!error)
		error = document_put_flag(top, "better", m->keep);
	if (!error)
		error = document_print(top, 2, out);
	json_decref(top);
	return error;
}
