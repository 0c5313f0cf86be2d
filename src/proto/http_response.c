/* SPDX-License-Identifier: MIT */
#include "proto/http_response.h"

#include <string.h>

#include "util/bytes.h"
#include "util/error.h"

void http_response_begin(struct writer *w, int status)
{
	hd_assert(status >= 100 && status <= 999);
	writer_text(w, "HTTP/1.1 ");
	writer_decimal(w, status);
	writer_text(w, " ");
	writer_text(w, http_status_text(status));
	writer_text(w, "\r\n");
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	}
	return false;
}

void http_response_field(struct writer *w, const char *name, const char *value)
{
	hd_assert(http_text_is_token((struct http_text){ name, strlen(name) }));
	hd_assert(!has_control(value));
	writer_text(w, name);
	writer_text(w, ": ");
	writer_text(w, value);
	writer_text(w, "\r\n");
}

void http_response_end_empty(struct writer *w, bool close)
{
	if (close)
		http_response_field(w, "Connection", "close");
	writer_text(w, "\r\n");
}

void http_response_end(struct writer *w, const void *body, size_t body_len, bool close, bool head_only)
{
	writer_text(w, "Content-Length: ");
	writer_decimal(w, (int64_t)body_len);
	writer_text(w, "\r\n");
	http_response_end_empty(w, close);
	if (!head_only)
		writer_bytes(w, body, body_len);
}

void http_response_upgrade_derp(struct writer *w, const struct key *server)
{
	char hex[KEY_HEX_SIZE];

	bytes_to_hex(hex, server->bytes, KEY_SIZE);
	http_response_begin(w, 101);
	http_response_field(w, "Upgrade", "DERP");
	http_response_field(w, "Connection", "Upgrade");
	http_response_field(w, "Derp-Version", "2");
	http_response_field(w, "Derp-Public-Key", hex);
	http_response_end_empty(w, false);
}

static int parse_status(struct http_text digits)
{
	int status = 0;

	for (size_t i = 0; i < digits.len; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return ERROR_MALFORMED;
		status = status * 10 + (digits.at[i] - '0');
		if (i == 3)
			return ERROR_MALFORMED;
	}
	return status >= 100 ? status : ERROR_MALFORMED;
}

/* "HTTP/1.1 101 Switching Protocols"; the reason may be missing. */
static int parse_first_line(struct http_response *res, struct http_text line)
{
	struct http_text version, status, rest;
	int rc;

	http_text_cut(line, ' ', &version, &rest);
	rc = http_head_version(version);
	if (rc < 0)
		return rc;
	res->version_minor = rc;
	http_text_cut(rest, ' ', &status, &rest);
	rc = parse_status(status);
	if (rc < 0)
		return rc;
	res->status = rc;
	return 0;
}

int http_response_parse(struct http_response *res, const uint8_t *data, size_t len, size_t *scanned)
{
	struct http_text head;
	int rc;

	/* what cannot become a response is told at once */
	if (len > 0 && data[0] != 'H')
		return ERROR_MALFORMED;
	rc = http_head_length(data, len, scanned);
	if (rc < 0)
		return rc;
	res->head_len = (size_t)rc;
	head = (struct http_text){ (const char *)data, res->head_len };
	rc = parse_first_line(res, http_head_line(&head));
	if (rc < 0)
		return rc;
	rc = http_head_fields(res->fields, head);
	if (rc < 0)
		return rc;
	res->field_count = (size_t)rc;
	return 0;
}

const struct http_text *http_response_field_of(const struct http_response *res, const char *name)
{
	return http_head_field(res->fields, res->field_count, name);
}
