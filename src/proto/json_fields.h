/* SPDX-License-Identifier: MIT
 * Filling a struct from a JSON document as Go's encoding/json fills one: names
 * match in any case, the last of equal names wins, unknown members are skipped
 * whatever they hold, `null` as the whole document is an empty one. */
#ifndef HD_PROTO_JSON_FIELDS_H
#define HD_PROTO_JSON_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"
#include "util/json.h"

/* Puts one member into the struct. 0 or ERROR_MALFORMED. */
typedef int json_fields_set_fn(void *into, struct json_value value);

struct json_field {
	const char *name;
	json_fields_set_fn *set;
};

/* Stops at the first member that does not fit: ERROR_MALFORMED, and *into is half
 * filled. So is a document that is neither an object nor null, or not JSON. */
HD_MUST_CHECK int json_fields_fill(void *into, const struct json_field *fields, size_t count, const uint8_t *json,
				   size_t len);

/* Members of these types; null leaves them as they are. ERROR_MALFORMED. */
HD_MUST_CHECK int json_fields_bool(bool *out, struct json_value v);
HD_MUST_CHECK int json_fields_int64(int64_t *out, struct json_value v);

#endif
