/* SPDX-License-Identifier: MIT
 * Is a text one JSON document (RFC 8259) and nothing else? For tests. */
#ifndef HD_TESTS_UNIT_CONTROL_JSON_CHECK_H
#define HD_TESTS_UNIT_CONTROL_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "util/assert.h"

struct json_check {
	const char *at;
	const char *end;
};

static inline bool json_check_value(struct json_check *c);

static inline void json_check_space(struct json_check *c)
{
	while (c->at < c->end && strchr(" \t\r\n", *c->at) && *c->at)
		c->at++;
}

static inline bool json_check_take(struct json_check *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

static inline bool json_check_escape(struct json_check *c)
{
	if (c->at == c->end)
		return false;
	if (*c->at != 'u')
		return *c->at && strchr("\"\\/bfnrt", *c->at++);
	c->at++;
	for (unsigned i = 0; i < 4; i++)
		if (c->at == c->end || !*c->at || !strchr("0123456789abcdefABCDEF", *c->at++))
			return false;
	return true;
}

static inline bool json_check_text(struct json_check *c)
{
	if (!json_check_take(c, '"'))
		return false;
	while (c->at < c->end && *c->at != '"') {
		if ((unsigned char)*c->at < 0x20)
			return false;
		if (*c->at++ == '\\' && !json_check_escape(c))
			return false;
	}
	return json_check_take(c, '"');
}

/* Whole numbers without a sign: others are not written here. */
static inline bool json_check_number(struct json_check *c)
{
	const char *start = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return c->at > start && (*start != '0' || c->at == start + 1);
}

static inline bool json_check_word(struct json_check *c)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < HD_ARRAY_LEN(words); i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(c->end - c->at) >= n && memcmp(c->at, words[i], n) == 0) {
			c->at += n;
			return true;
		}
	}
	return false;
}

/* Members of an object or elements of an array, with the closing bracket. */
static inline bool json_check_list(struct json_check *c, bool named, char close)
{
	json_check_space(c);
	if (json_check_take(c, close))
		return true;
	do {
		json_check_space(c);
		if (named) {
			if (!json_check_text(c))
				return false;
			json_check_space(c);
			if (!json_check_take(c, ':'))
				return false;
		}
		if (!json_check_value(c))
			return false;
		json_check_space(c);
	} while (json_check_take(c, ','));
	return json_check_take(c, close);
}

static inline bool json_check_value(struct json_check *c)
{
	json_check_space(c);
	if (json_check_take(c, '{'))
		return json_check_list(c, true, '}');
	if (json_check_take(c, '['))
		return json_check_list(c, false, ']');
	if (c->at < c->end && *c->at == '"')
		return json_check_text(c);
	return json_check_number(c) || json_check_word(c);
}

static inline bool json_check(const void *text, size_t len)
{
	struct json_check c = { text, (const char *)text + len };

	if (!json_check_value(&c))
		return false;
	json_check_space(&c);
	return c.at == c.end;
}

#endif
