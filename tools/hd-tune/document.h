/* SPDX-License-Identifier: MIT
 * JSON documents, member by member. A NULL value is a failed allocation and
 * is handed on as ERROR_NO_MEMORY. */
#ifndef HD_TOOLS_TUNE_DOCUMENT_H
#define HD_TOOLS_TUNE_DOCUMENT_H

#include <jansson.h>
#include <stdint.h>

#include "tools/hd-tune/cpuset.h"
#include "util/assert.h"
#include "util/bytes.h"

/* The value is the object's or the array's, also on failure. */
HD_MUST_CHECK int document_put(json_t *object, const char *name, json_t *value);
HD_MUST_CHECK int document_push(json_t *array, json_t *value);
/* A new object in an array, the array's; NULL: no memory. */
json_t *document_next(json_t *array);

/* -1 becomes null. */
HD_MUST_CHECK int document_put_number(json_t *object, const char *name, int64_t n);
HD_MUST_CHECK int document_put_flag(json_t *object, const char *name, int64_t n);
/* What programs and files say need not be UTF-8: other bytes become '?'. */
HD_MUST_CHECK int document_put_text(json_t *object, const char *name, const char *text);
/* As a text, "0-3,8". */
HD_MUST_CHECK int document_put_cpus(json_t *object, const char *name, const struct cpuset *cpus);

HD_MUST_CHECK int document_print(const json_t *top, unsigned indent, struct bytes *out);

#endif
