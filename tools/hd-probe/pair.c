/* SPDX-License-Identifier: MIT */
#include "tools/hd-probe/pair.h"

#include <errno.h>
#include <string.h>

#include "crypto/box.h"
#include "proto/frame.h"
#include "tools/lib/derp_client.h"
#include "tools/lib/tls_stream.h"
#include "util/be.h"
#include "util/error.h"
#include "util/mono.h"

#define PACKET_SIZE 1200
#define HEALTH_TEXT_MAX 120

struct pair {
	struct result *result;
	const struct options *options;
	uint32_t timeout_ms;
	struct derp_client *clients[2];
};

static const char *why(struct derp_client *c, int err)
{
	const struct derp_stream *s = derp_client_stream(c);

	if (err == ERROR_IO)
		return strerror(errno);
	if (err == ERROR_CRYPTO && s->tls && *tls_stream_why(s->tls))
		return tls_stream_why(s->tls);
	return error_text(err);
}

static uint32_t ms_until(uint64_t deadline_ns)
{
	uint64_t now = mono_now_ns();

	return now < deadline_ns ? (uint32_t)((deadline_ns - now) / MONO_NS_PER_MS) + 1 : 0;
}

/* --- login -------------------------------------------------------------------- */

static int log_in(struct derp_client *c, const char **step)
{
	int err;

	*step = "connecting";
	err = derp_client_connect(c);
	if (!err) {
		*step = "the HTTP upgrade";
		err = derp_client_upgrade(c);
	}
	if (!err) {
		*step = "the keys";
		err = derp_client_login(c);
	}
	return err;
}

/* The second goes the short way, if there is one: no HTTP response is awaited. */
static bool open_client(struct pair *p, const struct pair_target *target, int which)
{
	struct derp_client_options o = {
		.address = target->address,
		.port = target->port,
		.timeout_ms = p->timeout_ms,
		.host = target->host,
		.tls = target->tls,
		.fast_start = which == 1 && p->result->cert.has_meta,
		.prober = true,
		.can_ack_pings = true,
	};
	const char *step = "starting";
	int err = derp_client_new(&p->clients[which], &o);

	if (err) {
		result_note(p->result, RESULT_LOGIN, RESULT_CRITICAL, "%s: %s", step, error_text(err));
		return false;
	}
	err = log_in(p->clients[which], &step);
	if (err)
		result_note(p->result, RESULT_LOGIN, RESULT_CRITICAL, "%s%s failed: %s", step,
			    o.fast_start ? " (fast start)" : "", why(p->clients[which], err));
	return err == 0;
}

/* A Tailscale client takes the key of the meta certificate for the relay's. */
static void compare_keys(struct result *r)
{
	if (r->cert.has_meta && !key_equal(&r->cert.meta_key, &r->key))
		result_note(r, RESULT_CERTIFICATE, RESULT_CRITICAL,
			    "the certificate of fast start has another key than the relay");
}

static bool log_in_both(struct pair *p, const struct pair_target *target)
{
	uint64_t start = mono_now_ns();

	if (!open_client(p, target, 0))
		return false;
	result_time(p->result, RESULT_LOGIN, mono_now_ns() - start);
	p->result->key = *derp_client_server_key(p->clients[0]);
	compare_keys(p->result);
	if (!open_client(p, target, 1))
		return false;
	if (!key_equal(derp_client_server_key(p->clients[1]), &p->result->key)) {
		result_note(p->result, RESULT_LOGIN, RESULT_CRITICAL,
			    "two logins met two keys: more than one relay?");
		return false;
	}
	result_note(p->result, RESULT_LOGIN, RESULT_OK, "DERP version %u%s",
		    (unsigned)derp_client_server_info(p->clients[0])->version,
		    p->result->cert.has_meta ? ", with fast start too" : "");
	return true;
}

/* --- frames --------------------------------------------------------------------- */

/* What a relay says besides, that an operator wants to hear. */
static void listen_to(struct pair *p, const struct derp_frame *f)
{
	char text[HEALTH_TEXT_MAX + 1];
	uint32_t len = f->len < HEALTH_TEXT_MAX ? f->len : HEALTH_TEXT_MAX;

	if (f->type == FRAME_RESTARTING)
		result_note(p->result, RESULT_LOGIN, RESULT_WARNING, "the relay is about to restart");
	if (f->type != FRAME_HEALTH || len == 0)
		return;
	for (uint32_t i = 0; i < len; i++)
		text[i] = f->body[i] >= ' ' && f->body[i] < 0x7f ? (char)f->body[i] : '?';
	text[len] = '\0';
	result_note(p->result, RESULT_LOGIN, RESULT_WARNING, "the relay reports: %s", text);
}

/* The next frame of this type. */
static int await_frame(struct pair *p, struct derp_client *c, uint8_t type, struct derp_frame *f)
{
	uint64_t deadline_ns = mono_now_ns() + p->timeout_ms * MONO_NS_PER_MS;

	for (;;) {
		int err = derp_client_recv(c, f, ms_until(deadline_ns));

		if (err || f->type == type)
			return err;
		listen_to(p, f);
	}
}

/* Notes that a step failed. */
static bool failed(struct pair *p, enum result_step step, struct derp_client *c, const char *what, int err)
{
	result_note(p->result, step, RESULT_CRITICAL, "%s: %s", what, why(c, err));
	return false;
}

/* --- pings ---------------------------------------------------------------------- */

static bool ping_once(struct pair *p, struct derp_client *c, uint64_t number)
{
	uint8_t body[FRAME_PING_SIZE];
	struct derp_frame f;
	uint64_t start = mono_now_ns();
	int err;

	be_store64(body, number ^ start);
	p->result->pings.sent++;
	err = derp_client_send_frame(c, FRAME_PING, body, sizeof(body), p->timeout_ms);
	if (err)
		return failed(p, RESULT_PING, c, "a ping cannot be sent", err);
	err = await_frame(p, c, FRAME_PONG, &f);
	if (err)
		return failed(p, RESULT_PING, c, "no pong", err);
	if (f.len != sizeof(body) || memcmp(f.body, body, sizeof(body)) != 0) {
		result_note(p->result, RESULT_PING, RESULT_CRITICAL, "the pong is not of the ping");
		return false;
	}
	latency_add(&p->result->pings, mono_now_ns() - start);
	return true;
}

static bool ping(struct pair *p)
{
	for (uint64_t i = 0; i < p->options->pings; i++)
		if (!ping_once(p, p->clients[0], i))
			return false;
	result_note(p->result, RESULT_PING, RESULT_OK, "%u of %u answered", p->result->pings.count,
		    p->result->pings.sent);
	result_time(p->result, RESULT_PING, latency_median(&p->result->pings));
	return true;
}

/* --- packets ---------------------------------------------------------------------- */

static bool is_packet(const struct derp_frame *f, const struct key *from, const uint8_t packet[PACKET_SIZE])
{
	return f->len == KEY_SIZE + PACKET_SIZE && memcmp(f->body, from->bytes, KEY_SIZE) == 0 &&
	       memcmp(f->body + KEY_SIZE, packet, PACKET_SIZE) == 0;
}

static bool send_once(struct pair *p, struct derp_client *from, struct derp_client *to)
{
	uint8_t packet[PACKET_SIZE];
	struct derp_frame f;
	uint64_t start;
	int err;

	box_random(packet, sizeof(packet)); /* what comes back was not made up */
	start = mono_now_ns();
	p->result->packets.sent++;
	err = derp_client_send_packet(from, derp_client_key(to), packet, sizeof(packet), p->timeout_ms);
	if (err)
		return failed(p, RESULT_PACKETS, from, "a packet cannot be sent", err);
	err = await_frame(p, to, FRAME_RECV_PACKET, &f);
	if (err)
		return failed(p, RESULT_PACKETS, to, "a packet did not arrive", err);
	if (!is_packet(&f, derp_client_key(from), packet)) {
		result_note(p->result, RESULT_PACKETS, RESULT_CRITICAL, "a packet arrived changed");
		return false;
	}
	latency_add(&p->result->packets, mono_now_ns() - start);
	return true;
}

/* To and fro. */
static void send_packets(struct pair *p)
{
	const struct latency *l = &p->result->packets;

	for (uint64_t i = 0; i < p->options->packets; i++)
		if (!send_once(p, p->clients[i % 2], p->clients[1 - i % 2]))
			return;
	result_note(p->result, RESULT_PACKETS, RESULT_OK, "%u of %u arrived", l->count, l->sent);
	result_time(p->result, RESULT_PACKETS, latency_median(l));
	if (p->options->latency_warn_ns && latency_median(l) > p->options->latency_warn_ns)
		result_note(p->result, RESULT_PACKETS, RESULT_WARNING, "packets take longer than they should");
}

void pair_probe(struct result *r, const struct options *o, const struct pair_target *target)
{
	struct pair p = { .result = r, .options = o, .timeout_ms = (uint32_t)(o->timeout_ns / MONO_NS_PER_MS) };

	if (log_in_both(&p, target) && ping(&p))
		send_packets(&p);
	derp_client_free(p.clients[0]);
	derp_client_free(p.clients[1]);
}
