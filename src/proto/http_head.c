/* SPDX-License-Identifier: MIT */
#include "proto/http_head.h"

#include <string.h>

#include "util/error.h"

int http_head_length(const uint8_t *data, size_t len, size_t *scanned)
{
	size_t limit = len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX;
	/* an end that was not whole yet began at most two bytes before */
	size_t at = *scanned > 2 ? *scanned - 2 : 0;

	hd_assert(*scanned <= len);
	while (at < limit) {
		const uint8_t *lf = memchr(data + at, '\n', limit - at);

		if (!lf)
			break;
		at = (size_t)(lf - data) + 1;
		if (at < limit && data[at] == '\n')
			return (int)at + 1;
		if (at + 1 < limit && data[at] == '\r' && data[at + 1] == '\n')
			return (int)at + 2;
	}
	*scanned = limit;
	return limit == HTTP_HEAD_MAX ? ERROR_TOO_BIG : ERROR_MORE;
}

struct http_text http_head_line(struct http_text *head)
{
	struct http_text line;

	http_text_cut(*head, '\n', &line, head);
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* No control byte but the tab; bytes of 0x80 and more are somebody's text. */
static bool value_ok(struct http_text value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

int http_head_fields(struct http_field fields[HTTP_FIELDS_MAX], struct http_text head)
{
	int count = 0;

	for (;;) {
		struct http_text line = http_head_line(&head);
		struct http_field field;

		if (line.len == 0)
			return count;
		/* A name that is a token also excludes folded lines, which begin
		 * with white space, and white space before the colon. */
		if (!http_text_cut(line, ':', &field.name, &field.value) || !http_text_is_token(field.name))
			return ERROR_MALFORMED;
		field.value = http_text_trim(field.value);
		if (!value_ok(field.value))
			return ERROR_MALFORMED;
		if (count == HTTP_FIELDS_MAX)
			return ERROR_TOO_BIG;
		fields[count++] = field;
	}
}

const struct http_text *http_head_field(const struct http_field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (http_text_is_nocase(fields[i].name, name))
			return &fields[i].value;
	}
	return NULL;
}

int http_head_version(struct http_text version)
{
	const char *p = version.at;

	if (version.len != strlen("HTTP/1.1") || memcmp(p, "HTTP/", 5) != 0 || p[6] != '.')
		return ERROR_MALFORMED;
	if (p[5] < '0' || p[5] > '9' || p[7] < '0' || p[7] > '9')
		return ERROR_MALFORMED;
	return p[5] == '1' ? p[7] - '0' : ERROR_UNSUPPORTED;
}
