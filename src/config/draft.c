/* SPDX-License-Identifier: MIT */
#include "config/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "util/error.h"

int draft_init(struct draft *d, char message[SETTINGS_MESSAGE_MAX])
{
	struct draft_place *places = calloc(option_count(), sizeof(*places));
	int error = ERROR_NO_MEMORY;

	memset(d, 0, sizeof(*d));
	if (places)
		error = settings_init(&d->settings);
	if (error) {
		free(places);
		snprintf(message, SETTINGS_MESSAGE_MAX, "%s", error_text(error));
		return error;
	}
	d->places = places;
	d->message = message;
	return 0;
}

void draft_release(struct draft *d)
{
	settings_release(&d->settings);
	free(d->places);
	d->places = NULL;
}

struct settings draft_take(struct draft *d)
{
	struct settings taken = d->settings;

	memset(&d->settings, 0, sizeof(d->settings));
	draft_release(d);
	return taken;
}

struct draft_place draft_place_of(const struct draft *d, const struct option_row *row)
{
	return d->places[option_index(row)];
}

int draft_set(struct draft *d, const struct option_row *row, const char *text, struct draft_place at)
{
	char reason[VALUE_REASON_MAX];
	int error = value_set(&d->settings, row, text, reason);

	if (error)
		return draft_fail_option(d, error, at, row, "%s", reason);
	d->places[option_index(row)] = at;
	return 0;
}

int draft_add(struct draft *d, const struct option_row *row, const char *text, struct draft_place at)
{
	struct draft_place *place = &d->places[option_index(row)];
	char reason[VALUE_REASON_MAX];
	int error;

	if (place->source != at.source)
		value_clear(&d->settings, row);
	error = value_add(&d->settings, row, text, reason);
	if (error)
		return draft_fail_option(d, error, at, row, "%s", reason);
	if (place->source != at.source)
		*place = at;
	return 0;
}

/* What stands in front of a message. The text behind it is what matters: a long
 * path is cut at its start. A message is one line, whatever the path holds. */
static size_t put_place(struct draft *d, struct draft_place at)
{
	const size_t path_max = SETTINGS_MESSAGE_MAX / 3;
	const char *path = d->path ? d->path : "";
	bool cut = strlen(path) > path_max;
	int n = 0;

	if (at.source != DRAFT_FILE)
		return 0;
	if (cut)
		path += strlen(path) - path_max;
	if (at.line > 0)
		n = snprintf(d->message, SETTINGS_MESSAGE_MAX, "%s%s:%u:%u: ", cut ? "..." : "", path, at.line,
			     at.column);
	else
		n = snprintf(d->message, SETTINGS_MESSAGE_MAX, "%s%s: ", cut ? "..." : "", path);
	for (char *c = d->message; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return (size_t)n;
}

int draft_fail(struct draft *d, int code, struct draft_place at, const char *fmt, ...)
{
	size_t used = put_place(d, at);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->message + used, SETTINGS_MESSAGE_MAX - used, fmt, ap);
	va_end(ap);
	return code;
}

int draft_fail_option(struct draft *d, int code, struct draft_place at, const struct option_row *row,
		      const char *fmt, ...)
{
	size_t used = put_place(d, at);
	va_list ap;

	if (at.source == DRAFT_COMMAND_LINE && (code == ERROR_MALFORMED || code == ERROR_RANGE))
		code = ERROR_USAGE;
	if (at.source == DRAFT_COMMAND_LINE)
		used += (size_t)snprintf(d->message + used, SETTINGS_MESSAGE_MAX - used, "--%s: ", row->flag);
	else
		used += (size_t)snprintf(d->message + used, SETTINGS_MESSAGE_MAX - used, "%s: ", row->name);
	va_start(ap, fmt);
	vsnprintf(d->message + used, SETTINGS_MESSAGE_MAX - used, fmt, ap);
	va_end(ap);
	return code;
}
