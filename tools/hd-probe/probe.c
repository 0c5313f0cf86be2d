/* SPDX-License-Identifier: MIT */
#include "tools/hd-probe/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto/http_response.h"
#include "tools/hd-probe/pair.h"
#include "tools/lib/derp_stream.h"
#include "tools/lib/target.h"
#include "tools/lib/tls_client.h"
#include "tools/lib/tls_stream.h"
#include "util/error.h"
#include "util/mono.h"

#define HTTP_OK 200

struct probe {
	struct result *result;
	const struct options *options;
	uint32_t timeout_ms;
	char host[TARGET_HOST_SIZE];
	char address[NI_MAXHOST]; /* numeric, connected to */
	uint16_t port;
	struct tls_client *tls;
	struct derp_stream stream;
};

/* --- addresses --------------------------------------------------------------- */

static bool connect_to(struct probe *p, const struct addrinfo *a)
{
	struct sockaddr_storage ss = { 0 };
	uint8_t ip[16];
	uint16_t port;
	int err;

	memcpy(&ss, a->ai_addr, a->ai_addrlen);
	addr_split(a->ai_addr, ip, &port);
	addr_text(p->result->address, ip, port);
	if (getnameinfo(a->ai_addr, a->ai_addrlen, p->address, sizeof(p->address), NULL, 0, NI_NUMERICHOST) != 0)
		return false;
	err = derp_stream_connect(&p->stream, &ss, a->ai_addrlen, 0, p->timeout_ms);
	if (!err)
		return true;
	result_note(p->result, RESULT_CONNECT, RESULT_CRITICAL, "%s: %s", p->result->address,
		    err == ERROR_IO ? strerror(errno) : error_text(err));
	return false;
}

/* The first address that answers. One that does not is worth a warning: clients
 * lose time with it. */
static bool connect_first(struct probe *p, const struct addrinfo *found)
{
	struct result_finding *f = &p->result->findings[RESULT_CONNECT];

	for (const struct addrinfo *a = found; a; a = a->ai_next) {
		uint64_t start = mono_now_ns();

		if (!connect_to(p, a))
			continue;
		if (f->state == RESULT_CRITICAL)
			f->state = RESULT_WARNING;
		result_note(p->result, RESULT_CONNECT, RESULT_OK, "%s", p->result->address);
		result_time(p->result, RESULT_CONNECT, mono_now_ns() - start);
		return true;
	}
	return false;
}

static bool resolve_and_connect(struct probe *p)
{
	const char *name = p->options->address ? p->options->address : p->host;
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *found;
	uint64_t start = mono_now_ns();
	unsigned count = 0;
	char service[8];
	bool connected;
	int rc;

	if (p->options->address)
		hints.ai_flags = AI_NUMERICHOST;
	snprintf(service, sizeof(service), "%u", p->port);
	rc = getaddrinfo(name, service, &hints, &found);
	if (rc != 0) {
		result_note(p->result, RESULT_RESOLVE, RESULT_CRITICAL, "%s: %s", name, gai_strerror(rc));
		return false;
	}
	for (const struct addrinfo *a = found; a; a = a->ai_next)
		count++;
	result_note(p->result, RESULT_RESOLVE, RESULT_OK, count == 1 ? "%u address" : "%u addresses", count);
	result_time(p->result, RESULT_RESOLVE, mono_now_ns() - start);
	connected = connect_first(p, found);
	freeaddrinfo(found);
	return connected;
}

/* --- TLS --------------------------------------------------------------------- */

static const char *version_text(uint16_t version)
{
	return version == TLS_CLIENT_TLS_1_3 ? "TLS 1.3" : "TLS 1.2"; /* others are not offered */
}

static void look_at_certificate(struct probe *p)
{
	struct result *r = p->result;
	int err = cert_read(&r->cert, p->stream.tls);
	int64_t days;

	if (err) {
		result_note(r, RESULT_CERTIFICATE, RESULT_CRITICAL, "%s", error_text(err));
		return;
	}
	days = cert_days_left(&r->cert, (int64_t)time(NULL));
	result_note(r, RESULT_CERTIFICATE, RESULT_OK, "%" PRId64 " days left%s", days,
		    p->options->insecure ? ", not verified" : p->options->pin ? ", as pinned" : "");
	if (days < 0)
		result_note(r, RESULT_CERTIFICATE, RESULT_CRITICAL, "expired %" PRId64 " days ago", -days);
	else if (days < (int64_t)p->options->cert_warn_days)
		result_note(r, RESULT_CERTIFICATE, RESULT_WARNING, "expires in %" PRId64 " days", days);
}

static const char *why_not_secure(const struct probe *p, int err)
{
	if (err == ERROR_CRYPTO && p->stream.tls)
		return tls_stream_why(p->stream.tls);
	return err == ERROR_IO && errno ? strerror(errno) : error_text(err);
}

static bool secure(struct probe *p)
{
	struct result *r = p->result;
	uint64_t start = mono_now_ns();
	int err = derp_stream_secure(&p->stream, p->tls, p->host, p->timeout_ms);

	if (err) {
		result_note(r, RESULT_TLS, RESULT_CRITICAL, "handshake: %s", why_not_secure(p, err));
		return false;
	}
	r->tls = true;
	r->tls_version = tls_stream_version(p->stream.tls);
	snprintf(r->tls_suite, sizeof(r->tls_suite), "%s", tls_stream_suite(p->stream.tls));
	result_note(r, RESULT_TLS, RESULT_OK, "%s, %s", version_text(r->tls_version), r->tls_suite);
	result_time(r, RESULT_TLS, mono_now_ns() - start);
	look_at_certificate(p);
	return true;
}

/* --- HTTP -------------------------------------------------------------------- */

static int get(struct probe *p, struct http_response *res)
{
	char request[TARGET_HOST_SIZE + 100];
	int len = snprintf(request, sizeof(request),
			   "GET /derp/probe HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", p->host);
	struct iovec part = { request, (size_t)len };
	size_t scanned = 0;
	int err = derp_stream_send(&p->stream, &part, 1, p->timeout_ms);

	while (!err) {
		size_t came;
		const uint8_t *data = derp_stream_pending(&p->stream, &came);

		err = came ? http_response_parse(res, data, came, &scanned) : ERROR_MORE;
		if (err != ERROR_MORE)
			return err;
		err = derp_stream_fill(&p->stream, p->timeout_ms);
	}
	return err;
}

/* Clients measure their way to relays by this page, browsers' among them. */
static void ask_http(struct probe *p)
{
	static struct http_response res; /* points into the stream's buffer; large */
	uint64_t start = mono_now_ns();
	int err = get(p, &res);

	if (err) {
		result_note(p->result, RESULT_HTTP, RESULT_CRITICAL, "/derp/probe: %s",
			    err == ERROR_IO ? strerror(errno) : error_text(err));
		return;
	}
	result_time(p->result, RESULT_HTTP, mono_now_ns() - start);
	result_note(p->result, RESULT_HTTP, res.status == HTTP_OK ? RESULT_OK : RESULT_CRITICAL,
		    "/derp/probe: status %d", res.status);
	if (!http_response_field_of(&res, "Access-Control-Allow-Origin"))
		result_note(p->result, RESULT_HTTP, RESULT_WARNING,
			    "/derp/probe: clients in browsers may not read it");
}

/* --- all ----------------------------------------------------------------------- */

static int start(struct probe *p, char *why, size_t why_cap)
{
	const struct options *o = p->options;
	struct tls_client_options tls = { .ca_file = o->ca_file, .pin = o->pin, .insecure = o->insecure };
	const char *option = "";
	int err;

	p->port = o->tls ? TARGET_PORT_TLS : TARGET_PORT_PLAIN;
	err = target_split(p->host, &p->port, o->relay);
	if (err) {
		snprintf(why, why_cap, "%s: not HOST[:PORT]", o->relay);
		return ERROR_USAGE;
	}
	snprintf(p->result->relay, sizeof(p->result->relay), strchr(p->host, ':') ? "[%s]:%u" : "%s:%u", p->host,
		 p->port);
	if (!o->tls)
		return 0;
	err = tls_client_new(&p->tls, &tls, &option);
	if (!err || err == ERROR_NO_MEMORY)
		return err;
	if (err == ERROR_NOT_FOUND)
		snprintf(why, why_cap, "cannot read %s", o->ca_file ? o->ca_file : "the system's certificates");
	else
		snprintf(why, why_cap, "--%s: %s", option, error_text(err));
	return ERROR_USAGE;
}

int probe_run(struct result *r, const struct options *o, char *why, size_t why_cap)
{
	struct probe p = { .result = r, .options = o, .timeout_ms = (uint32_t)(o->timeout_ns / MONO_NS_PER_MS) };
	int err = start(&p, why, why_cap);

	if (err)
		return err;
	derp_stream_init(&p.stream);
	if (resolve_and_connect(&p) && (!p.tls || secure(&p))) {
		struct pair_target target = { p.host, p.address, p.port, p.tls };

		ask_http(&p);
		pair_probe(r, o, &target);
	}
	derp_stream_close(&p.stream);
	tls_client_free(p.tls);
	return 0;
}
