/* SPDX-License-Identifier: MIT
 * Plain HTTP on the relay's port: what derper serves besides DERP. Requests in,
 * whole responses out; no descriptor, no state between requests. */
#ifndef HD_ACCEPT_PAGE_H
#define HD_ACCEPT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "proto/http_request.h"
#include "util/assert.h"
#include "util/writer.h"

struct page_site {
	char *home;     /* body of the home page, owned; NULL: redirect */
	char *location; /* where the home page redirects to, owned; or NULL */
	size_t size_max; /* bytes of the largest response */
};

/* home: "" (a page of our own, with the host's name if there is one), "blank",
 * or an http:// or https:// URL to redirect to. ERROR_MALFORMED (anything else,
 * or characters no URL has), ERROR_TOO_BIG, ERROR_NO_MEMORY. */
HD_MUST_CHECK int page_site_init(struct page_site *site, const char *home, const char *hostname);
void page_site_release(struct page_site *site);

/* Writes the response to a request for anything but a DERP upgrade. Returns
 * true if the connection stays open for another request: if may_keep, the
 * client does not mind, and its request has no body. */
bool page_answer(struct writer *w, const struct page_site *site, const struct http_request *req, time_t now,
		 bool may_keep);

/* Writes an error response with a line of text, which the answer to a HEAD does
 * without; the connection is to be closed. */
void page_error(struct writer *w, int status, const char *text, bool head_only, time_t now);

#endif
