/* SPDX-License-Identifier: MIT */
#include "proto/http_text.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool http_text_is(struct http_text t, const char *text)
{
	return strlen(text) == t.len && memcmp(t.at, text, t.len) == 0;
}

bool http_text_is_nocase(struct http_text t, const char *text)
{
	if (strlen(text) != t.len)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (lower(t.at[i]) != lower(text[i]))
			return false;
	}
	return true;
}

static bool is_token_char(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

bool http_text_is_token(struct http_text t)
{
	for (size_t i = 0; i < t.len; i++) {
		if (!is_token_char(t.at[i]))
			return false;
	}
	return t.len > 0;
}

struct http_text http_text_trim(struct http_text t)
{
	while (t.len > 0 && (t.at[0] == ' ' || t.at[0] == '\t')) {
		t.at++;
		t.len--;
	}
	while (t.len > 0 && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t'))
		t.len--;
	return t;
}

bool http_text_cut(struct http_text t, char c, struct http_text *before, struct http_text *rest)
{
	const char *found = t.len > 0 ? memchr(t.at, c, t.len) : NULL;
	size_t len = found ? (size_t)(found - t.at) : t.len;
	size_t skip = found ? len + 1 : len;

	*before = (struct http_text){ t.at, len };
	*rest = (struct http_text){ t.at + skip, t.len - skip };
	return found != NULL;
}
