/* SPDX-License-Identifier: MIT */
#include "accept/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/http_response.h"
#include "util/bytes.h"
#include "util/error.h"

#define HEAD_MAX 4096     /* bytes of a response head with a location and of a line of text */
#define LOCATION_MAX 2048
#define HOME_MAX 16384
#define CHALLENGE_MAX 64
#define DATE_SIZE 64

static const char home_head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\"><head><meta charset=\"utf-8\"><title>DERP relay</title></head>\n"
	"<body>\n"
	"<h1>DERP relay";
static const char home_rest[] =
	"</h1>\n"
	"<p>This host runs <b>hyper-derp</b>, a DERP relay. It helps Tailscale clients that cannot reach one\n"
	"another directly: it passes their packets on, which are encrypted from end to end, and it cannot\n"
	"read them.</p>\n"
	"<p><a href=\"https://tailscale.com/kb/1232/derp-servers\">What DERP relays are</a></p>\n"
	"</body></html>\n";

static const char no_content_cache[] = "no-cache, no-store, must-revalidate, no-transform, max-age=0";
static const char robots_text[] = "User-agent: *\nDisallow: /\n";

/* Text as it may stand in HTML. */
static int append_escaped(struct bytes *b, const char *text)
{
	int err = 0;

	for (; *text && !err; text++) {
		switch (*text) {
		case '&': err = bytes_append_text(b, "&amp;"); break;
		case '<': err = bytes_append_text(b, "&lt;"); break;
		case '>': err = bytes_append_text(b, "&gt;"); break;
		case '"': err = bytes_append_text(b, "&quot;"); break;
		default: err = bytes_append(b, text, 1); break;
		}
	}
	return err;
}

static int build_home(char **home, const char *hostname)
{
	struct bytes b;
	size_t len;
	int err;

	bytes_init(&b, HOME_MAX);
	err = bytes_append_text(&b, home_head);
	if (!err && hostname && *hostname)
		err = bytes_append_text(&b, " ");
	if (!err && hostname)
		err = append_escaped(&b, hostname);
	if (!err)
		err = bytes_append_text(&b, home_rest);
	if (!err)
		err = bytes_append(&b, "", 1);
	if (err) {
		bytes_release(&b);
		return err;
	}
	*home = (char *)bytes_steal(&b, &len);
	return 0;
}

/* A URL as it can stand in a field: visible ASCII. */
static int check_location(const char *url)
{
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return ERROR_MALFORMED;
	if (strlen(url) > LOCATION_MAX)
		return ERROR_TOO_BIG;
	for (; *url; url++)
		if (*url <= 0x20 || *url >= 0x7f)
			return ERROR_MALFORMED;
	return 0;
}

int page_site_init(struct page_site *site, const char *home, const char *hostname)
{
	struct page_site s = { 0 };
	int err = 0;

	if (strcmp(home, "") == 0) {
		err = build_home(&s.home, hostname);
	} else if (strcmp(home, "blank") == 0) {
		s.home = calloc(1, 1);
		err = s.home ? 0 : ERROR_NO_MEMORY;
	} else {
		err = check_location(home);
		if (!err) {
			s.location = strdup(home);
			err = s.location ? 0 : ERROR_NO_MEMORY;
		}
	}
	if (err)
		return err;
	s.size_max = HEAD_MAX + (s.home ? strlen(s.home) : 0);
	*site = s;
	return 0;
}

void page_site_release(struct page_site *site)
{
	free(site->home);
	free(site->location);
	*site = (struct page_site){ 0 };
}

/* What all answers to one request share. */
struct answer {
	struct writer *w;
	const struct page_site *site;
	const struct http_request *req;
	time_t now;
	bool keep;
	bool head_only;
};

/* Always in English, whatever the locale (RFC 9110, 5.6.7). */
static void field_date(struct writer *w, time_t now)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	char text[DATE_SIZE];
	struct tm tm;

	if (!gmtime_r(&now, &tm))
		return;
	snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
		 months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	http_response_field(w, "Date", text);
}

static void begin(struct answer *a, int status)
{
	http_response_begin(a->w, status);
	field_date(a->w, a->now);
}

static void end(struct answer *a, const char *body)
{
	http_response_end(a->w, body, strlen(body), !a->keep, a->head_only);
}

/* Sent with what a browser may show: no framing, no scripts from elsewhere. */
static void browser_fields(struct writer *w)
{
	http_response_field(w, "Strict-Transport-Security", "max-age=63072000; includeSubDomains");
	http_response_field(w, "Content-Security-Policy",
			    "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'self'; "
			    "block-all-mixed-content; object-src 'none'");
	http_response_field(w, "X-Frame-Options", "DENY");
	http_response_field(w, "X-Content-Type-Options", "nosniff");
}

static void text_fields(struct writer *w)
{
	http_response_field(w, "Content-Type", "text/plain; charset=utf-8");
	http_response_field(w, "X-Content-Type-Options", "nosniff");
}

static void answer_probe(struct answer *a)
{
	bool get = http_text_is(a->req->method, "GET") || http_text_is(a->req->method, "HEAD");

	begin(a, get ? 200 : 405);
	if (get) {
		http_response_field(a->w, "Access-Control-Allow-Origin", "*");
	} else {
		http_response_field(a->w, "Allow", "GET, HEAD");
		text_fields(a->w);
	}
	end(a, get ? "" : "bogus probe method\n");
}

static bool challenge_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
	       c == '-' || c == '_' || c == ':';
}

static bool challenge_ok(const struct http_text *challenge)
{
	if (!challenge || challenge->len == 0 || challenge->len > CHALLENGE_MAX)
		return false;
	for (size_t i = 0; i < challenge->len; i++)
		if (!challenge_char(challenge->at[i]))
			return false;
	return true;
}

/* Asked by clients that want to know whether a captive portal is in the way;
 * the echo of their challenge tells that nobody else answered. */
static void answer_no_content(struct answer *a)
{
	const struct http_text *challenge = http_request_field(a->req, "X-Tailscale-Challenge");
	char response[CHALLENGE_MAX + 16];

	begin(a, 204);
	if (challenge_ok(challenge)) {
		snprintf(response, sizeof(response), "response %.*s", (int)challenge->len, challenge->at);
		http_response_field(a->w, "X-Tailscale-Response", response);
	}
	http_response_field(a->w, "Cache-Control", no_content_cache);
	http_response_end_empty(a->w, !a->keep);
}

static void answer_robots(struct answer *a)
{
	begin(a, 200);
	browser_fields(a->w);
	http_response_field(a->w, "Content-Type", "text/plain; charset=utf-8");
	end(a, robots_text);
}

/* A relay that publishes no names answers with nothing at all. Clients ask
 * seldom and from everywhere: not worth an open connection. */
static void answer_bootstrap_dns(struct answer *a)
{
	a->keep = false;
	begin(a, 200);
	browser_fields(a->w);
	http_response_field(a->w, "Content-Type", "application/json");
	end(a, "");
}

static void answer_home(struct answer *a)
{
	begin(a, a->site->location ? 302 : 200);
	browser_fields(a->w);
	if (a->site->location)
		http_response_field(a->w, "Location", a->site->location);
	http_response_field(a->w, "Content-Type",
			    a->site->location ? "text/plain; charset=utf-8" : "text/html; charset=utf-8");
	end(a, a->site->location ? "Found elsewhere\n" : a->site->home);
}

static void answer_no_proxy(struct answer *a)
{
	a->keep = false;
	begin(a, 405);
	http_response_field(a->w, "Allow", "GET, HEAD");
	text_fields(a->w);
	end(a, "this is not a proxy\n");
}

static const struct {
	const char *path;
	void (*answer)(struct answer *a);
} pages[] = {
	{ "/derp/probe", answer_probe },
	{ "/derp/latency-check", answer_probe },
	{ "/generate_204", answer_no_content },
	{ "/robots.txt", answer_robots },
	{ "/bootstrap-dns", answer_bootstrap_dns },
};

/* Another request can follow only if it is known where this one ends; bodies
 * are not wanted here and not read. */
static bool has_body(const struct http_request *req)
{
	for (size_t i = 0; i < req->field_count; i++) {
		const struct http_field *f = &req->fields[i];

		if (http_text_is_nocase(f->name, "Transfer-Encoding"))
			return true;
		if (http_text_is_nocase(f->name, "Content-Length") && !http_text_is(f->value, "0"))
			return true;
	}
	return false;
}

bool page_answer(struct writer *w, const struct page_site *site, const struct http_request *req, time_t now,
		 bool may_keep)
{
	struct answer a = {
		.w = w,
		.site = site,
		.req = req,
		.now = now,
		.keep = may_keep && req->version_minor >= 1 && !has_body(req) &&
			!http_request_has_token(req, "Connection", "close"),
		.head_only = http_text_is(req->method, "HEAD"),
	};
	void (*answer)(struct answer *) = answer_home;

	if (http_text_is(req->method, "CONNECT"))
		answer = answer_no_proxy;
	else
		for (size_t i = 0; i < HD_ARRAY_LEN(pages); i++)
			if (http_text_is(req->path, pages[i].path))
				answer = pages[i].answer;
	answer(&a);
	return a.keep;
}

void page_error(struct writer *w, int status, const char *text, bool head_only, time_t now)
{
	char body[256];
	int len = snprintf(body, sizeof(body), "%s\n", text);

	hd_assert(len > 0 && (size_t)len < sizeof(body));
	http_response_begin(w, status);
	field_date(w, now);
	if (status == 426) /* what to upgrade to (RFC 9110, 15.5.22) */
		http_response_field(w, "Upgrade", "DERP");
	text_fields(w);
	http_response_end(w, body, (size_t)len, true, head_only);
}
