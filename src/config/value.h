/* SPDX-License-Identifier: MIT
 * One option's value in a struct settings: from text, to YAML, compared. */
#ifndef HD_CONFIG_VALUE_H
#define HD_CONFIG_VALUE_H

#include <stdbool.h>

#include "config/option.h"
#include "config/settings.h"
#include "util/assert.h"
#include "util/bytes.h"

#define VALUE_REASON_MAX 320
#define VALUE_ITEMS_MAX 4096 /* of a list */
#define VALUE_TEXT_MAX 4095  /* bytes: the longest path */

/* Sets from text as on the command line: a list's items are separated by
 * commas, "" is an empty list, or a text that is not set where that is the
 * default. ERROR_MALFORMED, ERROR_RANGE, ERROR_UNSUPPORTED (this build does not
 * have the feature), ERROR_NO_MEMORY; the field is untouched then and `reason`
 * says what is wrong and what would be right. */
HD_MUST_CHECK int value_set(struct settings *s, const struct option_row *row, const char *text,
			    char reason[VALUE_REASON_MAX]);
/* Appends to a list, items separated by commas. Errors as above. */
HD_MUST_CHECK int value_add(struct settings *s, const struct option_row *row, const char *text,
			    char reason[VALUE_REASON_MAX]);
bool value_is_list(const struct option_row *row);
/* Frees what is owned: the list is empty, the text not set. Other types keep theirs. */
void value_clear(struct settings *s, const struct option_row *row);

/* Appends the value as YAML. Codes of bytes.h. In value_print.c. */
HD_MUST_CHECK int value_print(const struct settings *s, const struct option_row *row, struct bytes *out);

#endif
