/* SPDX-License-Identifier: MIT
 * The input is what an HTTP client sends. */
#include <stdlib.h>
#include <string.h>

#include "proto/http_request.h"
#include "tests/fuzz/driver.h"
#include "util/error.h"
#include "util/writer.h"

static struct http_request whole, other;

static bool same_text(struct http_text a, struct http_text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static void check_same(const struct http_request *a, const struct http_request *b)
{
	hd_assert(same_text(a->method, b->method));
	hd_assert(same_text(a->target, b->target));
	hd_assert(same_text(a->path, b->path));
	hd_assert(same_text(a->query, b->query));
	hd_assert(a->version_minor == b->version_minor);
	hd_assert(a->field_count == b->field_count);
	for (size_t i = 0; i < a->field_count; i++) {
		hd_assert(same_text(a->fields[i].name, b->fields[i].name));
		hd_assert(same_text(a->fields[i].value, b->fields[i].value));
	}
}

/* The same bytes, one more at each call: the same end, at its first byte. */
static void check_byte_by_byte(const uint8_t *data, size_t size, int expected)
{
	size_t scanned = 0, len = 0;
	int rc;

	do
		rc = http_request_parse(&other, data, len, &scanned);
	while (rc == ERROR_MORE && len++ < size);
	hd_assert(rc == expected);
	if (rc == 0) {
		hd_assert(len == whole.head_len);
		check_same(&whole, &other);
	}
}

static void check_fields(void)
{
	for (size_t i = 0; i < whole.field_count; i++) {
		struct http_text value = whole.fields[i].value;

		hd_assert(http_text_is_token(whole.fields[i].name));
		hd_assert(http_text_trim(value).len == value.len);
		for (size_t j = 0; j < value.len; j++)
			hd_assert((unsigned char)value.at[j] >= 0x20 || value.at[j] == '\t');
	}
}

/* Written in the plainest form and parsed again: the same request. */
static void check_round_trip(void)
{
	/* each line may grow by a space and a CR */
	size_t cap = whole.head_len + 2 * (whole.field_count + 2);
	uint8_t *text = malloc(cap);
	struct writer w = writer_over(text, cap);
	size_t scanned = 0;

	hd_assert(text);
	writer_bytes(&w, whole.method.at, whole.method.len);
	writer_text(&w, " ");
	writer_bytes(&w, whole.target.at, whole.target.len);
	writer_text(&w, " HTTP/1.");
	writer_decimal(&w, whole.version_minor);
	writer_text(&w, "\r\n");
	for (size_t i = 0; i < whole.field_count; i++) {
		writer_bytes(&w, whole.fields[i].name.at, whole.fields[i].name.len);
		writer_text(&w, ": ");
		writer_bytes(&w, whole.fields[i].value.at, whole.fields[i].value.len);
		writer_text(&w, "\r\n");
	}
	writer_text(&w, "\r\n");
	hd_assert(!w.failed);
	/* growing past the limit is not the parser's fault */
	if (writer_len(&w) <= HTTP_HEAD_MAX) {
		hd_assert(http_request_parse(&other, text, writer_len(&w), &scanned) == 0);
		hd_assert(other.head_len == writer_len(&w));
		check_same(&whole, &other);
	}
	free(text);
}

static void check_queries(void)
{
	char small[4] = "old", big[256];
	int rc = http_request_query(small, sizeof(small), &whole, "q");

	if (rc == 0)
		hd_assert(strlen(small) < sizeof(small));
	else
		hd_assert(strcmp(small, "old") == 0);
	if (whole.query.len < sizeof(big)) {
		/* decoding never makes anything longer */
		int big_rc = http_request_query(big, sizeof(big), &whole, "q");

		hd_assert(big_rc != ERROR_TOO_BIG);
		hd_assert(rc == big_rc || rc == ERROR_TOO_BIG);
	}
}

static void check_request(void)
{
	bool upgrade = http_request_has_token(&whole, "Upgrade", "derp");

	hd_assert(http_text_is_token(whole.method));
	hd_assert(!upgrade || http_request_field(&whole, "UPGRADE") != NULL);
	hd_assert(whole.version_minor == 0 || http_request_field(&whole, "host") != NULL);
	check_fields();
	check_round_trip();
	check_queries();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t scanned = 0;
	int rc = http_request_parse(&whole, data, size, &scanned);

	hd_assert(rc == 0 || rc == ERROR_MORE || rc == ERROR_TOO_BIG || rc == ERROR_MALFORMED ||
		  rc == ERROR_UNSUPPORTED);
	hd_assert(scanned <= size);
	if (rc == 0) {
		hd_assert(whole.head_len <= size && whole.head_len <= HTTP_HEAD_MAX);
		hd_assert(whole.field_count <= HTTP_FIELDS_MAX);
		check_request();
	}
	check_byte_by_byte(data, size, rc);
	return 0;
}
