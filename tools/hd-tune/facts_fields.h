/* SPDX-License-Identifier: MIT
 * The plain members of the document of facts, one row for each: what writes
 * the document and what reads it go by the same rows, in their order. */
#ifndef HD_TOOLS_TUNE_FACTS_FIELDS_H
#define HD_TOOLS_TUNE_FACTS_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "tools/hd-tune/facts.h"

#define FACTS_NUMBER_MAX (INT64_C(1) << 62)

enum facts_kind {
	FACTS_KIND_END, /* of the rows */
	FACTS_KIND_TEXT, /* char[size] */
	FACTS_KIND_INTERFACE, /* the same, the name of a network interface */
	FACTS_KIND_NUMBER, /* int64_t, 0..max or FACTS_UNKNOWN */
	FACTS_KIND_FLAG, /* int64_t, 0, 1 or FACTS_UNKNOWN */
	FACTS_KIND_CPUS, /* struct cpuset */
};

struct facts_field {
	const char *name; /* of the member of the document */
	enum facts_kind kind;
	size_t offset; /* within the structure that the rows are of */
	size_t size; /* bytes there */
	int64_t max;
};

extern const struct facts_field facts_fields_top[]; /* these are of struct facts */
extern const struct facts_field facts_fields_cpus[];
extern const struct facts_field facts_fields_network[];
extern const struct facts_field facts_fields_limits[];
extern const struct facts_field facts_fields_probes[];
extern const struct facts_field facts_fields_nic[];  /* of struct facts_nic */
extern const struct facts_field facts_fields_unit[]; /* of struct facts_unit */

static inline const void *facts_field_in(const struct facts_field *field, const void *from)
{
	return (const uint8_t *)from + field->offset;
}

static inline void *facts_field_to(const struct facts_field *field, void *to)
{
	return (uint8_t *)to + field->offset;
}

#endif
