/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/document.h"

#include <stdlib.h>
#include <string.h>

#include "util/error.h"

#define TEXT_MAX 4096
#define LIST_MAX (64 * 1024) /* bytes */

int document_put(json_t *object, const char *name, json_t *value)
{
	return value && json_object_set_new(object, name, value) == 0 ? 0 : ERROR_NO_MEMORY;
}

int document_push(json_t *array, json_t *value)
{
	return value && json_array_append_new(array, value) == 0 ? 0 : ERROR_NO_MEMORY;
}

json_t *document_next(json_t *array)
{
	json_t *object = json_object();

	return object && json_array_append_new(array, object) == 0 ? object : NULL;
}

int document_put_number(json_t *object, const char *name, int64_t n)
{
	return document_put(object, name, n == -1 ? json_null() : json_integer(n));
}

int document_put_flag(json_t *object, const char *name, int64_t n)
{
	return document_put(object, name, n == -1 ? json_null() : json_boolean(n != 0));
}

int document_put_text(json_t *object, const char *name, const char *text)
{
	json_t *value = json_string(text);
	size_t len = strnlen(text, TEXT_MAX - 1);
	char ascii[TEXT_MAX];

	if (value)
		return document_put(object, name, value);
	for (size_t i = 0; i < len; i++)
		ascii[i] = text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?';
	ascii[len] = '\0';
	return document_put(object, name, json_string(ascii));
}

int document_put_cpus(json_t *object, const char *name, const struct cpuset *cpus)
{
	struct bytes text;
	int error;

	bytes_init(&text, LIST_MAX);
	error = cpuset_print(cpus, &text);
	if (!error)
		error = document_put(object, name,
				     json_stringn(text.data ? (const char *)text.data : "", text.len));
	bytes_release(&text);
	return error;
}

int document_print(const json_t *top, unsigned indent, struct bytes *out)
{
	char *text = json_dumps(top, JSON_INDENT(indent));
	int error = text ? bytes_append_text(out, text) : ERROR_NO_MEMORY;

	free(text);
	return error ? error : bytes_append_text(out, "\n");
}
