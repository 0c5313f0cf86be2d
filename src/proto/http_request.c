/* SPDX-License-Identifier: MIT */
#include "proto/http_request.h"

#include <string.h>

#include "util/bytes.h"
#include "util/error.h"

/* Visible ASCII only. */
static bool target_chars_ok(struct http_text target)
{
	for (size_t i = 0; i < target.len; i++) {
		if (target.at[i] <= 0x20 || target.at[i] >= 0x7f)
			return false;
	}
	return target.len > 0;
}

/* "http" or "https" and "://" in front of an absolute-form target, in any case. */
static bool cut_scheme(struct http_text *target)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < HD_ARRAY_LEN(schemes); i++) {
		size_t len = strlen(schemes[i]);

		if (target->len > len && http_text_is_nocase((struct http_text){ target->at, len }, schemes[i])) {
			*target = (struct http_text){ target->at + len, target->len - len };
			return true;
		}
	}
	return false;
}

/* Fills path and query from the four forms of a target (RFC 9112, 3.2). */
static int parse_target(struct http_request *req)
{
	struct http_text rest = req->target;

	if (!target_chars_ok(rest))
		return ERROR_MALFORMED;
	if (cut_scheme(&rest)) {
		size_t host = 0;

		while (host < rest.len && rest.at[host] != '/' && rest.at[host] != '?')
			host++;
		if (host == 0)
			return ERROR_MALFORMED;
		rest = (struct http_text){ rest.at + host, rest.len - host };
		http_text_cut(rest, '?', &req->path, &req->query);
		if (req->path.len == 0)
			req->path = (struct http_text){ "/", 1 };
		return 0;
	}
	if (http_text_is(req->method, "CONNECT") && rest.at[0] != '/') {
		req->path = req->query = (struct http_text){ rest.at + rest.len, 0 };
		return 0;
	}
	if (rest.at[0] != '/' && !http_text_is(rest, "*"))
		return ERROR_MALFORMED;
	http_text_cut(rest, '?', &req->path, &req->query);
	return 0;
}

static int parse_first_line(struct http_request *req, struct http_text line)
{
	struct http_text rest, version;
	int minor;

	if (!http_text_cut(line, ' ', &req->method, &rest) || !http_text_is_token(req->method))
		return ERROR_MALFORMED;
	if (!http_text_cut(rest, ' ', &req->target, &version))
		return ERROR_MALFORMED;
	minor = http_head_version(version);
	if (minor < 0)
		return minor;
	req->version_minor = minor;
	return parse_target(req);
}

static bool host_ok(const struct http_request *req)
{
	size_t hosts = 0;

	for (size_t i = 0; i < req->field_count; i++)
		hosts += http_text_is_nocase(req->fields[i].name, "Host");
	return hosts == 1 || (hosts == 0 && req->version_minor == 0);
}

/* Parses a whole head into *req, which is written as it goes. */
static int parse_head(struct http_request *req, struct http_text head)
{
	int rc = parse_first_line(req, http_head_line(&head));

	if (rc < 0)
		return rc;
	rc = http_head_fields(req->fields, head);
	if (rc < 0)
		return rc;
	req->field_count = (size_t)rc;
	return host_ok(req) ? 0 : ERROR_MALFORMED;
}

int http_request_parse(struct http_request *req, const uint8_t *data, size_t len, size_t *scanned)
{
	struct http_text first = { (const char *)data, 1 };
	int head_len;

	/* What cannot become a request (a TLS greeting, say) is told at once
	 * rather than when the time for sending a head is up. */
	if (len > 0 && !http_text_is_token(first))
		return ERROR_MALFORMED;
	head_len = http_head_length(data, len, scanned);
	if (head_len < 0)
		return head_len;
	req->head_len = (size_t)head_len;
	return parse_head(req, (struct http_text){ (const char *)data, (size_t)head_len });
}

const struct http_text *http_request_field(const struct http_request *req, const char *name)
{
	return http_head_field(req->fields, req->field_count, name);
}

bool http_request_has_token(const struct http_request *req, const char *name, const char *token)
{
	for (size_t i = 0; i < req->field_count; i++) {
		struct http_text element, rest = req->fields[i].value;
		bool more = http_text_is_nocase(req->fields[i].name, name);

		while (more) {
			more = http_text_cut(rest, ',', &element, &rest);
			if (http_text_is_nocase(http_text_trim(element), token))
				return true;
		}
	}
	return false;
}

/* Takes one decoded character off t (not empty). Not 0: it ends C strings. */
static int next_decoded(struct http_text *t)
{
	int c = (unsigned char)t->at[0];
	size_t used = 1;

	if (c == '+') {
		c = ' ';
	} else if (c == '%') {
		int high = t->len > 2 ? bytes_hex_value(t->at[1]) : -1;
		int low = t->len > 2 ? bytes_hex_value(t->at[2]) : -1;

		c = high < 0 || low < 0 ? 0 : high << 4 | low;
		used = 3;
	}
	if (c == 0)
		return ERROR_MALFORMED;
	*t = (struct http_text){ t->at + used, t->len - used };
	return c;
}

static bool decoded_is(struct http_text t, const char *name)
{
	while (t.len > 0) {
		int c = next_decoded(&t);

		if (c < 0 || c != (unsigned char)*name)
			return false;
		name++;
	}
	return *name == '\0';
}

/* Decodes into `out`, or only measures if that is NULL. */
static int decode(char *out, size_t cap, struct http_text t)
{
	size_t len = 0;

	while (t.len > 0) {
		int c = next_decoded(&t);

		if (c < 0)
			return c;
		if (out)
			out[len] = (char)c;
		len++;
	}
	if (len >= cap)
		return ERROR_TOO_BIG;
	if (out)
		out[len] = '\0';
	return 0;
}

int http_request_query(char *out, size_t cap, const struct http_request *req, const char *name)
{
	struct http_text pair, key, value, rest = req->query;

	while (rest.len > 0) {
		http_text_cut(rest, '&', &pair, &rest);
		http_text_cut(pair, '=', &key, &value);
		if (decoded_is(key, name)) {
			int rc = decode(NULL, cap, value);

			return rc < 0 ? rc : decode(out, cap, value);
		}
	}
	return ERROR_NOT_FOUND;
}
