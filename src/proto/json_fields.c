/* SPDX-License-Identifier: MIT */
#include "proto/json_fields.h"

#include "util/error.h"

static int set_member(void *into, const struct json_field *fields, size_t count, struct json_value name,
		      struct json_value value)
{
	for (size_t i = 0; i < count; i++) {
		if (json_name_is(name, fields[i].name))
			return fields[i].set(into, value);
	}
	return 0;
}

int json_fields_fill(void *into, const struct json_field *fields, size_t count, const uint8_t *json, size_t len)
{
	struct json_value root, name, value;
	struct json_members members;

	if (!json_valid(json, len))
		return ERROR_MALFORMED;
	root = json_root(json, len);
	if (json_kind_of(root) == JSON_NULL)
		return 0;
	if (json_kind_of(root) != JSON_OBJECT)
		return ERROR_MALFORMED;
	members = json_members_of(root);
	while (json_members_next(&members, &name, &value)) {
		if (set_member(into, fields, count, name, value) < 0)
			return ERROR_MALFORMED;
	}
	return 0;
}

int json_fields_bool(bool *out, struct json_value v)
{
	if (json_kind_of(v) == JSON_NULL)
		return 0;
	if (json_kind_of(v) != JSON_BOOL)
		return ERROR_MALFORMED;
	*out = json_is_true(v);
	return 0;
}

int json_fields_int64(int64_t *out, struct json_value v)
{
	if (json_kind_of(v) == JSON_NULL)
		return 0;
	if (json_kind_of(v) != JSON_NUMBER)
		return ERROR_MALFORMED;
	return json_int64(out, v);
}
