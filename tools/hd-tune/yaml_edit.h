/* SPDX-License-Identifier: MIT
 * Sets keys of a YAML file in its text: comments, order and all other keys stay
 * as they are. It knows as much of YAML as configuration files use; the caller
 * loads the result and compares before it trusts it. */
#ifndef HD_TOOLS_TUNE_YAML_EDIT_H
#define HD_TOOLS_TUNE_YAML_EDIT_H

#include <stddef.h>

#include "util/assert.h"
#include "util/bytes.h"

/* Copies `text` to `out` with the top-level key set to `value`, which is one
 * line ("8", "[0, 2]"). A key that is not there comes last. A text that says so
 * already is copied as it is. Codes of bytes.h. */
HD_MUST_CHECK int yaml_edit_set(const char *text, size_t len, const char *key, const char *value,
				struct bytes *out);
/* The same for all lines "KEY: VALUE" of `keys`. */
HD_MUST_CHECK int yaml_edit_set_all(const char *text, size_t len, const struct bytes *keys, struct bytes *out);

#endif
