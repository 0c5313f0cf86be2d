/* SPDX-License-Identifier: MIT
 * What the metrics listener serves, without the connection: a request gives a
 * page, a page gives its bytes in parts, so that a listing of any length holds
 * up the control thread no longer than one part takes. */
#ifndef HD_CONTROL_PAGE_H
#define HD_CONTROL_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/json_writer.h"
#include "control/presence.h"
#include "proto/http_request.h"
#include "stats/stats.h"
#include "util/assert.h"
#include "util/bytes.h"

#define PAGE_PART (32 * 1024)     /* bytes after which a part ends */
#define PAGE_PART_MAX (64 * 1024) /* bytes that a part never reaches */

/* What pages tell about. Control thread only. */
struct page_site {
	const struct stats_registry *registry;
	const struct presence *presence;
	const char *version;
	uint64_t started_ns; /* mono_now_ns() */
	uint16_t workers;
	bool debug_endpoints;
	bool stopping;
};

struct page;
typedef int page_fill_fn(struct page *p, struct bytes *out);

struct page {
	const struct page_site *site;
	page_fill_fn *fill;
	const char *content_type;
	int status;
	bool begun;
	bool whole;          /* all of it was given */
	uint16_t shard;      /* where a listing goes on */
	uint32_t slot;
	struct json_writer json;
};

/* The page that answers a request: the one asked for, or one that says why not
 * (403, 404, 405). loopback: the client is on this host. */
void page_open(struct page *p, const struct page_site *site, const struct http_request *req, bool loopback);
/* The page that only says its status. */
void page_open_status(struct page *p, const struct page_site *site, int status);
/* Appends the next part to `out`, which has room for PAGE_PART_MAX bytes; sets
 * p->whole with the last. Errors of bytes.h. */
HD_MUST_CHECK int page_next_part(struct page *p, struct bytes *out);

#endif
