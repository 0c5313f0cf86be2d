/* SPDX-License-Identifier: MIT
 * The input is what an HTTP server sends; and it is what our own answers are
 * built from. */
#include <stdlib.h>
#include <string.h>

#include "proto/http_response.h"
#include "tests/fuzz/driver.h"
#include "util/error.h"

#define ANSWER_MAX 1024
#define VALUE_MAX 100

static struct http_response whole, other;

static bool same_text(struct http_text a, struct http_text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static void check_same(void)
{
	hd_assert(whole.status == other.status);
	hd_assert(whole.version_minor == other.version_minor);
	hd_assert(whole.head_len == other.head_len);
	hd_assert(whole.field_count == other.field_count);
	for (size_t i = 0; i < whole.field_count; i++) {
		hd_assert(same_text(whole.fields[i].name, other.fields[i].name));
		hd_assert(same_text(whole.fields[i].value, other.fields[i].value));
		hd_assert(http_response_field_of(&whole, "\n") == NULL);
	}
}

/* The same bytes, one more at each call: the same end, at its first byte. */
static void check_byte_by_byte(const uint8_t *data, size_t size, int expected)
{
	size_t scanned = 0, len = 0;
	int rc;

	do
		rc = http_response_parse(&other, data, len, &scanned);
	while (rc == ERROR_MORE && len++ < size);
	hd_assert(rc == expected);
	if (rc == 0) {
		hd_assert(len == whole.head_len);
		check_same();
	}
}

/* A value with what may stand in one: no control bytes, no blanks at the ends. */
static void make_value(char value[VALUE_MAX + 1], const uint8_t *data, size_t size)
{
	size_t len = size < VALUE_MAX ? size : VALUE_MAX;

	for (size_t i = 0; i < len; i++)
		value[i] = (char)(data[i] <= 0x20 || data[i] == 0x7f ? '_' : data[i]);
	value[len] = '\0';
}

/* What we build, we can parse, and find in it what we put there. */
static void check_answer(const uint8_t *data, size_t size)
{
	char value[VALUE_MAX + 1];
	uint8_t answer[ANSWER_MAX];
	struct writer w = writer_over(answer, sizeof(answer));
	int status = 100 + (size > 1 ? (data[0] << 8 | data[1]) % 900 : 0);
	bool close = size > 2 && (data[2] & 1), head_only = size > 2 && (data[2] & 2);
	const struct http_text *connection;
	size_t scanned = 0, body_len;

	make_value(value, data, size);
	http_response_begin(&w, status);
	http_response_field(&w, "X-Value", value);
	http_response_end(&w, value, strlen(value), close, head_only);
	hd_assert(!w.failed);
	hd_assert(http_response_parse(&other, answer, writer_len(&w), &scanned) == 0);
	hd_assert(other.status == status);
	hd_assert(http_text_is(*http_response_field_of(&other, "x-value"), value));
	connection = http_response_field_of(&other, "Connection");
	hd_assert(close ? connection && http_text_is(*connection, "close") : !connection);
	body_len = writer_len(&w) - other.head_len;
	hd_assert(body_len == (head_only ? 0 : strlen(value)));
	hd_assert(memcmp(answer + other.head_len, value, body_len) == 0);
}

static void check_upgrade(const uint8_t *data)
{
	uint8_t answer[ANSWER_MAX];
	struct writer w = writer_over(answer, sizeof(answer));
	const struct http_text *text;
	char hex[KEY_HEX_SIZE];
	struct key key, again;
	size_t scanned = 0;

	memcpy(key.bytes, data, KEY_SIZE);
	http_response_upgrade_derp(&w, &key);
	hd_assert(!w.failed);
	hd_assert(http_response_parse(&other, answer, writer_len(&w), &scanned) == 0);
	hd_assert(other.status == 101 && other.head_len == writer_len(&w));
	text = http_response_field_of(&other, "Derp-Public-Key");
	hd_assert(text && text->len == KEY_HEX_SIZE - 1);
	memcpy(hex, text->at, text->len);
	hex[text->len] = '\0';
	hd_assert(key_parse(&again, hex) && key_equal(&key, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t scanned = 0;
	int rc = http_response_parse(&whole, data, size, &scanned);

	hd_assert(rc == 0 || rc == ERROR_MORE || rc == ERROR_TOO_BIG || rc == ERROR_MALFORMED ||
		  rc == ERROR_UNSUPPORTED);
	if (rc == 0) {
		hd_assert(whole.head_len <= size && whole.head_len <= HTTP_HEAD_MAX);
		hd_assert(whole.status >= 100 && whole.status <= 999);
	}
	check_byte_by_byte(data, size, rc);
	check_answer(data, size);
	if (size >= KEY_SIZE)
		check_upgrade(data);
	return 0;
}
