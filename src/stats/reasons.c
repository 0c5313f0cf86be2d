/* SPDX-License-Identifier: MIT */
#include "stats/reasons.h"

#include <stddef.h>

#include "util/assert.h"

struct reason_row {
	const char *label;
	const char *text;
};

#define REASON_ROW(name, label, text) { label, text },
static const struct reason_row close_rows[] = { CLOSE_REASON_TABLE(REASON_ROW) };
static const struct reason_row drop_rows[] = { DROP_REASON_TABLE(REASON_ROW) };
static const struct reason_row login_rows[] = { LOGIN_RESULT_TABLE(REASON_ROW) };
static const struct reason_row refuse_rows[] = { REFUSE_REASON_TABLE(REASON_ROW) };
#undef REASON_ROW

_Static_assert(HD_ARRAY_LEN(close_rows) == CLOSE_REASON_COUNT && HD_ARRAY_LEN(drop_rows) == DROP_REASON_COUNT &&
		       HD_ARRAY_LEN(login_rows) == LOGIN_RESULT_COUNT &&
		       HD_ARRAY_LEN(refuse_rows) == REFUSE_REASON_COUNT,
	       "one row per reason");

static const struct reason_row out_of_range = { "?", "?" };

static const struct reason_row *row_at(const struct reason_row *rows, size_t count, size_t i)
{
	return i < count ? &rows[i] : &out_of_range;
}

const char *close_reason_label(enum close_reason r)
{
	return row_at(close_rows, CLOSE_REASON_COUNT, r)->label;
}

const char *close_reason_text(enum close_reason r)
{
	return row_at(close_rows, CLOSE_REASON_COUNT, r)->text;
}

const char *drop_reason_label(enum drop_reason r)
{
	return row_at(drop_rows, DROP_REASON_COUNT, r)->label;
}

const char *drop_reason_text(enum drop_reason r)
{
	return row_at(drop_rows, DROP_REASON_COUNT, r)->text;
}

const char *drop_kind_label(enum drop_kind k)
{
	switch (k) {
	case DROP_KIND_OTHER:
		return "other";
	case DROP_KIND_DISCO:
		return "disco";
	case DROP_KIND_COUNT:
		break;
	}
	return out_of_range.label;
}

const char *login_result_label(enum login_result r)
{
	return row_at(login_rows, LOGIN_RESULT_COUNT, r)->label;
}

const char *login_result_text(enum login_result r)
{
	return row_at(login_rows, LOGIN_RESULT_COUNT, r)->text;
}

const char *refuse_reason_label(enum refuse_reason r)
{
	return row_at(refuse_rows, REFUSE_REASON_COUNT, r)->label;
}

const char *refuse_reason_text(enum refuse_reason r)
{
	return row_at(refuse_rows, REFUSE_REASON_COUNT, r)->text;
}
