/* SPDX-License-Identifier: MIT */
#include "control/page.h"

#include <string.h>

#include "net/addr.h"
#include "proto/http_response.h"
#include "stats/prometheus.h"
#include "util/mono.h"

#define CONTENT_TEXT "text/plain; charset=utf-8"
#define CONTENT_JSON "application/json"
/* A listing of few peers in a large table pauses, too. */
#define SLOTS_PER_LOOK 256
#define STEPS_PER_PART 256

static const struct {
	const char *name;
	const char *label; /* in the metrics */
} transports[PRESENCE_TRANSPORTS] = {
	[PEER_TRANSPORT_PLAIN] = { "plain", "transport=\"plain\"" },
	[PEER_TRANSPORT_KTLS] = { "ktls", "transport=\"ktls\"" },
	[PEER_TRANSPORT_TLS] = { "tls", "transport=\"tls\"" },
};

static uint64_t uptime_s(const struct page_site *site)
{
	return (mono_now_ns() - site->started_ns) / MONO_NS_PER_S;
}

static int fill_status(struct page *p, struct bytes *out)
{
	p->whole = true;
	return bytes_printf(out, "%d %s\n", p->status, http_status_text(p->status));
}

static int put_build_info(struct bytes *out, const char *version)
{
	struct bytes labels;
	int err;

	bytes_init(&labels, 1024);
	err = prometheus_label_append(&labels, "version", version);
	if (!err)
		err = bytes_append(&labels, "", 1);
	if (!err)
		err = prometheus_gauge(out, "build_info", "Version of the relay", (const char *)labels.data, 1);
	bytes_release(&labels);
	return err;
}

static int put_transports(struct bytes *out, const struct presence_counts *counts)
{
	int err = prometheus_family(out, "peers", "gauge", "Clients connected now, by transport");

	for (unsigned i = 0; i < PRESENCE_TRANSPORTS && !err; i++)
		err = prometheus_sample(out, "peers", transports[i].label, counts->transports[i]);
	return err;
}

static int fill_metrics(struct page *p, struct bytes *out)
{
	const struct page_site *site = p->site;
	struct presence_counts counts = presence_counts(site->presence);
	int err = prometheus_write(out, site->registry);

	p->whole = true;
	if (!err)
		err = put_build_info(out, site->version);
	if (!err)
		err = prometheus_gauge(out, "workers", "Worker threads", NULL, site->workers);
	if (!err)
		err = prometheus_gauge(out, "uptime_seconds", "Time since the start", NULL,
				       (double)uptime_s(site));
	if (!err)
		err = put_transports(out, &counts);
	if (!err)
		err = prometheus_gauge(out, "keys", "Different keys connected now", NULL, (double)counts.keys);
	if (!err)
		err = prometheus_gauge(out, "peers_home", "Clients that have this as their home relay", NULL,
				       (double)counts.preferred);
	return err;
}

static void put_number(struct json_writer *j, const char *name, uint64_t n)
{
	json_writer_name(j, name);
	json_writer_number(j, n);
}

static void put_text(struct json_writer *j, const char *name, const char *text)
{
	json_writer_name(j, name);
	json_writer_text(j, text);
}

static int fill_health(struct page *p, struct bytes *out)
{
	const struct page_site *site = p->site;
	struct json_writer j;

	json_writer_init(&j, out);
	json_writer_object(&j);
	put_text(&j, "status", site->stopping ? "stopping" : "ok");
	put_text(&j, "version", site->version);
	put_number(&j, "uptime_seconds", uptime_s(site));
	put_number(&j, "peers", presence_counts(site->presence).conns);
	put_number(&j, "workers", site->workers);
	json_writer_object_end(&j);
	p->whole = true;
	return j.error ? j.error : bytes_append(out, "\n", 1);
}

static void put_drops(struct json_writer *j, const struct stats *s)
{
	json_writer_name(j, "drops");
	json_writer_object(j);
	for (unsigned i = 0; i < DROP_REASON_COUNT; i++) {
		uint64_t n = 0;

		for (unsigned kind = 0; kind < DROP_KIND_COUNT; kind++)
			n += atomic_load_explicit(&s->drops[i][kind], memory_order_relaxed);
		put_number(j, drop_reason_label((enum drop_reason)i), n);
	}
	json_writer_object_end(j);
}

static void put_worker(struct json_writer *j, const struct stats *s)
{
	json_writer_object(j);
	put_text(j, "name", s->name);
	for (unsigned i = 0; i < STAT_COUNT; i++)
		put_number(j, stat_info((enum stat_id)i)->name, stats_get(s, (enum stat_id)i));
	put_drops(j, s);
	json_writer_object_end(j);
}

static void begin_listing(struct page *p, const char *name)
{
	if (p->begun)
		return;
	p->begun = true;
	json_writer_object(&p->json);
	json_writer_name(&p->json, name);
	json_writer_array(&p->json);
}

static void end_listing(struct page *p, struct bytes *out)
{
	json_writer_array_end(&p->json);
	json_writer_object_end(&p->json);
	if (!p->json.error)
		p->json.error = bytes_append(out, "\n", 1);
	p->whole = true;
}

/* One block of counters at a time; those of other threads are passed over. */
static int fill_workers(struct page *p, struct bytes *out)
{
	const struct stats_registry *r = p->site->registry;

	p->json.out = out;
	begin_listing(p, "workers");
	while (p->slot < stats_registry_count(r)) {
		const struct stats *s = stats_registry_at(r, p->slot++);

		if (strncmp(s->name, "worker ", 7) != 0)
			continue;
		put_worker(&p->json, s);
		return p->json.error;
	}
	end_listing(p, out);
	return p->json.error;
}

static void put_flags(struct json_writer *j, uint8_t flags)
{
	static const struct {
		enum peer_flag flag;
		const char *name;
	} names[] = {
		{ PEER_FLAG_MESH, "mesh" },
		{ PEER_FLAG_PROBER, "prober" },
		{ PEER_FLAG_CAN_ACK_PINGS, "can_ack_pings" },
		{ PEER_FLAG_NOT_IDEAL, "not_ideal" },
		{ PEER_FLAG_WEBSOCKET, "websocket" },
	};

	json_writer_name(j, "flags");
	json_writer_array(j);
	for (size_t i = 0; i < HD_ARRAY_LEN(names); i++)
		if (flags & names[i].flag)
			json_writer_text(j, names[i].name);
	json_writer_array_end(j);
}

static void put_peer(struct json_writer *j, const struct presence_conn *c)
{
	char key[KEY_NODE_TEXT_SIZE];
	char addr[ADDR_TEXT_SIZE];

	key_node_text(key, &c->of->key);
	addr_text(addr, c->addr.ip, c->addr.port);
	json_writer_object(j);
	put_text(j, "key", key);
	put_text(j, "address", addr);
	put_number(j, "worker", c->shard);
	put_text(j, "transport", transports[c->transport].name);
	put_flags(j, c->flags);
	put_number(j, "connected_seconds", (mono_now_ns() - c->since_ns) / MONO_NS_PER_S);
	json_writer_name(j, "preferred");
	json_writer_bool(j, c->preferred);
	json_writer_name(j, "watching");
	json_writer_bool(j, c->watcher != NULL);
	put_number(j, "conn_id", c->conn_id);
	json_writer_object_end(j);
}

/* One connection at a time; they may come and go between two parts. */
static int fill_peers(struct page *p, struct bytes *out)
{
	const struct presence *presence = p->site->presence;
	const struct presence_conn *c;

	p->json.out = out;
	begin_listing(p, "peers");
	c = presence_scan(presence, p->shard, &p->slot, SLOTS_PER_LOOK);
	if (c) {
		put_peer(&p->json, c);
	} else if (p->slot >= presence_slots(presence, p->shard)) {
		p->slot = 0;
		if (++p->shard == p->site->workers)
			end_listing(p, out);
	}
	return p->json.error;
}

static const struct route {
	const char *path;
	page_fill_fn *fill;
	const char *content_type;
	bool debug;
} routes[] = {
	{ "/metrics", fill_metrics, PROMETHEUS_CONTENT_TYPE, false },
	{ "/health", fill_health, CONTENT_JSON, false },
	{ "/debug/workers", fill_workers, CONTENT_JSON, true },
	{ "/debug/peers", fill_peers, CONTENT_JSON, true },
};

static const struct route *route_of(struct http_text path)
{
	for (size_t i = 0; i < HD_ARRAY_LEN(routes); i++)
		if (http_text_is(path, routes[i].path))
			return &routes[i];
	return NULL;
}

/* A proxy on this host makes everybody look local; it says so. */
static bool may_debug(const struct http_request *req, bool loopback)
{
	return loopback && !http_request_field(req, "X-Forwarded-For") && !http_request_field(req, "Forwarded");
}

static int status_of(const struct page_site *site, const struct route *route, const struct http_request *req,
		     bool loopback)
{
	if (!route || (route->debug && !site->debug_endpoints))
		return 404;
	if (route->debug && !may_debug(req, loopback))
		return 403;
	if (!http_text_is(req->method, "GET") && !http_text_is(req->method, "HEAD"))
		return 405;
	return 200;
}

void page_open_status(struct page *p, const struct page_site *site, int status)
{
	*p = (struct page){ .site = site, .fill = fill_status, .content_type = CONTENT_TEXT, .status = status };
}

void page_open(struct page *p, const struct page_site *site, const struct http_request *req, bool loopback)
{
	const struct route *route = route_of(req->path);
	int status = status_of(site, route, req, loopback);

	page_open_status(p, site, status);
	if (status != 200)
		return;
	p->fill = route->fill;
	p->content_type = route->content_type;
	json_writer_init(&p->json, NULL);
	if (route->fill == fill_health && site->stopping)
		p->status = 503;
}

int page_next_part(struct page *p, struct bytes *out)
{
	int err = 0;

	hd_assert(!p->whole);
	for (unsigned steps = 0; steps < STEPS_PER_PART && out->len < PAGE_PART && !p->whole && !err; steps++)
		err = p->fill(p, out);
	return err;
}
