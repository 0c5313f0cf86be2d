/* SPDX-License-Identifier: MIT */
#include "accept/step.h"

#include <string.h>
#include <time.h>

#include "accept/login.h"
#include "accept/page.h"
#include "net/addr.h"
#include "proto/client_info.h"
#include "proto/frame.h"
#include "proto/http_request.h"
#include "proto/http_response.h"
#include "proto/server_info.h"
#include "tls/handshake.h"
#include "util/assert.h"
#include "util/error.h"
#include "util/log.h"
#include "util/writer.h"

#define PAGES_MAX 1000   /* of one connection */
#define LINGER_MS 3000   /* a client that has its answer closes well within this */
#define GREETING_MAX 512

/* A key that was refused says so in the log once in a while. */
static struct log_limit mesh_key_limit = { .burst = 1, .interval_ms = 60000 };

static struct step_move step_wait(void)
{
	return (struct step_move){ .verb = STEP_WAIT };
}

static struct step_move step_go(enum step_id next)
{
	return (struct step_move){ .verb = STEP_GO, .next = next };
}

static struct step_move step_end(enum login_result result)
{
	return (struct step_move){ .verb = STEP_END, .result = result };
}

static void take(struct step_input *in, size_t n)
{
	hd_assert(n <= in->left);
	in->at += n;
	in->left -= n;
}

/* The result of a failed login_write. */
static enum login_result write_result(int err)
{
	switch (err) {
	case ERROR_CLOSED:
		return LOGIN_EOF;
	case ERROR_CRYPTO: /* what came meanwhile does not verify */
		return LOGIN_TLS_BAD_RECORD;
	case ERROR_UNSUPPORTED:
		return LOGIN_TLS;
	case ERROR_NO_MEMORY:
		return LOGIN_NO_MEMORY;
	default:
		return LOGIN_IO_ERROR;
	}
}

/* Sends a page; then the next request, or the end with `result`. */
static struct step_move send_page(struct login *l, const struct writer *w, bool keep, enum login_result result)
{
	int err;

	hd_assert(!w->failed);
	err = login_write(l, w->start, writer_len(w));
	if (err)
		return step_end(write_result(err));
	if (!keep) {
		l->result = (uint8_t)result;
		return step_go(STEP_LINGER);
	}
	l->pages++;
	login_restart_deadline(l, l->thread->plane->settings.handshake_timeout_ms);
	return step_go(STEP_HTTP);
}

/* req: NULL if there was none that could be read. */
static struct step_move refuse(struct login *l, const struct http_request *req, int status, const char *text,
			       enum login_result result)
{
	struct writer w = writer_over(l->thread->answer, l->thread->plane->site.size_max);

	page_error(&w, status, text, req && http_text_is(req->method, "HEAD"), time(NULL));
	return send_page(l, &w, false, result);
}

static struct step_move refuse_head(struct login *l, int err)
{
	switch (err) {
	case ERROR_TOO_BIG:
		return refuse(l, NULL, 431, "request head too large", LOGIN_HTTP_TOO_BIG);
	case ERROR_UNSUPPORTED:
		return refuse(l, NULL, 505, "only HTTP/1.x is spoken here", LOGIN_BAD_HTTP);
	default:
		return refuse(l, NULL, 400, "malformed request", LOGIN_BAD_HTTP);
	}
}

static bool field_is(const struct http_request *req, const char *name, const char *value)
{
	const struct http_text *field = http_request_field(req, name);

	return field && http_text_is(*field, value);
}

/* Very old clients say "websocket" and mean DERP; real WebSockets name the
 * subprotocol. */
static struct step_move upgrade(struct login *l, const struct http_request *req)
{
	const struct http_text *to = http_request_field(req, "Upgrade");
	const struct http_text *ideal = http_request_field(req, "Ideal-Node");
	bool websocket = to && http_text_is_nocase(*to, "websocket");

	if (!websocket && !(to && http_text_is_nocase(*to, "derp")))
		return refuse(l, req, 426, "DERP requires connection upgrade", LOGIN_NO_UPGRADE);
	if (websocket && http_request_has_token(req, "Sec-WebSocket-Protocol", "derp"))
		return refuse(l, req, 501, "this relay does not speak DERP over WebSocket", LOGIN_NO_UPGRADE);
	l->fast_start = field_is(req, "Derp-Fast-Start", "1");
	if (ideal && ideal->len > 0)
		l->flags |= PEER_FLAG_NOT_IDEAL;
	return step_go(STEP_GREETING);
}

static struct step_move page(struct login *l, const struct http_request *req)
{
	const struct page_site *site = &l->thread->plane->site;
	struct writer w = writer_over(l->thread->answer, site->size_max);
	bool keep = page_answer(&w, site, req, time(NULL), l->pages + 1 < PAGES_MAX);

	return send_page(l, &w, keep, LOGIN_PAGE);
}

static enum login_result tls_result(enum handshake_failure failure)
{
	static const enum login_result results[HANDSHAKE_FAILURE_COUNT] = {
		[HANDSHAKE_FAILURE_NONE] = LOGIN_TLS,
		[HANDSHAKE_FAILURE_NOT_TLS] = LOGIN_NOT_TLS,
		[HANDSHAKE_FAILURE_EOF] = LOGIN_EOF,
		[HANDSHAKE_FAILURE_IO] = LOGIN_IO_ERROR,
		[HANDSHAKE_FAILURE_VERSION] = LOGIN_TLS_VERSION,
		[HANDSHAKE_FAILURE_NO_SHARED] = LOGIN_TLS_NO_SHARED,
		[HANDSHAKE_FAILURE_MALFORMED] = LOGIN_TLS_MALFORMED,
		[HANDSHAKE_FAILURE_BAD_RECORD] = LOGIN_TLS_BAD_RECORD,
		[HANDSHAKE_FAILURE_REFUSED] = LOGIN_TLS_REFUSED,
		[HANDSHAKE_FAILURE_INTERNAL] = LOGIN_TLS,
	};

	return results[failure];
}

static struct step_move tls_failed(struct login *l)
{
	char from[ADDR_TEXT_SIZE];

	addr_text(from, l->addr.ip, l->addr.port);
	log_debug("accept", "TLS handshake with %s: %s (%s)", from,
		  handshake_failure_text(handshake_failure(l->handshake)), handshake_detail(l->handshake));
	return step_end(tls_result(handshake_failure(l->handshake)));
}

/* What the handshake leaves behind takes its place. */
static int go_over(struct login *l, struct handshake_result *result)
{
	int err = transport_secure(&l->transport, &result->secrets, l->thread->plane->settings.ktls);

	secrets_wipe(&result->secrets);
	handshake_free(l->handshake);
	l->handshake = NULL;
	return err;
}

static struct step_move tls_done(struct login *l)
{
	uint8_t tickets[HANDSHAKE_TICKETS_MAX];
	struct handshake_result result;
	size_t len;
	int err;

	handshake_take_result(l->handshake, &result);
	len = handshake_put_tickets(l->handshake, tickets);
	err = go_over(l, &result);
	if (err)
		return step_end(err == ERROR_NO_MEMORY ? LOGIN_NO_MEMORY : LOGIN_TLS);
	stats_add(l->thread->stats, result.resumed ? STAT_TLS_RESUMED : STAT_TLS_FULL, 1);
	err = len > 0 ? transport_put_tickets(&l->transport, tickets, len) : 0;
	return err ? step_end(write_result(err)) : step_go(STEP_HTTP);
}

/* OpenSSL reads and writes the socket itself: this step takes no input. */
static struct step_move run_tls(struct login *l, struct step_input *in)
{
	(void)in;
	switch (handshake_step(l->handshake)) {
	case HANDSHAKE_DONE:
		return tls_done(l);
	case HANDSHAKE_WANT_READ:
		return step_wait();
	case HANDSHAKE_WANT_WRITE:
		return (struct step_move){ .verb = STEP_DRAIN };
	default:
		return tls_failed(l);
	}
}

static struct step_move run_http(struct login *l, struct step_input *in)
{
	struct http_request req;
	struct step_move move;
	int err;

	if (in->left == 0)
		return step_wait();
	err = http_request_parse(&req, in->at, in->left, &l->head_scanned);
	if (err == ERROR_MORE)
		return step_wait();
	l->head_scanned = 0;
	if (err)
		return refuse_head(l, err);
	move = http_text_is(req.path, "/derp") ? upgrade(l, &req) : page(l, &req);
	take(in, req.head_len);
	return move;
}

static struct step_move run_greeting(struct login *l, struct step_input *in)
{
	const struct key *server = &l->thread->plane->settings.public_key;
	uint8_t buf[GREETING_MAX], frame[FRAME_SERVER_KEY_SIZE];
	struct writer w = writer_over(buf, sizeof(buf));
	int err;

	(void)in;
	if (!l->fast_start)
		http_response_upgrade_derp(&w, server);
	writer_bytes(&w, frame, frame_put_server_key(frame, server));
	hd_assert(!w.failed);
	err = login_write(l, buf, writer_len(&w));
	return err ? step_end(write_result(err)) : step_go(STEP_CLIENT_INFO);
}

static struct step_move run_client_info(struct login *l, struct step_input *in)
{
	struct frame_header h;

	(void)l;
	if (in->left < FRAME_HEADER_SIZE)
		return step_wait();
	h = frame_header_load(in->at);
	if (h.type != FRAME_CLIENT_INFO || h.body_len < FRAME_CLIENT_INFO_MIN ||
	    h.body_len > FRAME_CLIENT_INFO_MAX)
		return step_end(LOGIN_BAD_FRAME);
	if (in->left < FRAME_HEADER_SIZE + h.body_len)
		return step_wait();
	return step_go(STEP_VERIFY);
}

/* The client's mesh key against the region's. A wrong one, or one for a relay
 * without a mesh, makes an ordinary client, as with derper. */
static bool mesh_key_ok(const struct login *l, const struct client_info *info)
{
	const struct accept_settings *s = &l->thread->plane->settings;
	char from[ADDR_TEXT_SIZE];

	if (!info->has_mesh_key)
		return false;
	if (s->has_mesh_key && bytes_equal_secret(s->mesh_key, info->mesh_key, sizeof(s->mesh_key)))
		return true;
	addr_text(from, l->addr.ip, l->addr.port);
	log_limited(&mesh_key_limit, LOG_LEVEL_INFO, "accept", "%s sent a mesh key that is not this relay's: "
		    "served as an ordinary client", from);
	return false;
}

static uint8_t flags_of(const struct login *l, const struct client_info *info)
{
	uint8_t flags = l->flags;

	if (mesh_key_ok(l, info))
		flags |= PEER_FLAG_MESH;
	if (info->is_prober)
		flags |= PEER_FLAG_PROBER;
	if (info->can_ack_pings)
		flags |= PEER_FLAG_CAN_ACK_PINGS;
	return flags;
}

/* Opens the box where it lies. `body`: key, nonce, box. */
static enum login_result open_info(struct login *l, uint8_t *body, size_t len)
{
	uint8_t *box = body + KEY_SIZE + FRAME_NONCE_SIZE;
	size_t box_len = len - KEY_SIZE - FRAME_NONCE_SIZE;
	struct client_info info;
	int err;

	memcpy(l->key.bytes, body, KEY_SIZE);
	if (key_is_zero(&l->key) ||
	    box_share(&l->shared, l->key.bytes, l->thread->plane->settings.private_key) != 0)
		return LOGIN_BAD_KEY;
	if (box_open(box, box, box_len, body + KEY_SIZE, &l->shared) != 0)
		return LOGIN_BAD_BOX;
	err = client_info_parse(&info, box, box_len - BOX_MAC_SIZE);
	bytes_wipe(box, box_len);
	if (err)
		return LOGIN_BAD_INFO;
	l->flags = flags_of(l, &info);
	bytes_wipe(&info, sizeof(info));
	return LOGIN_OK;
}

static struct step_move run_verify(struct login *l, struct step_input *in)
{
	struct frame_header h = frame_header_load(in->at);
	enum login_result result;

	result = open_info(l, in->at + FRAME_HEADER_SIZE, h.body_len);
	take(in, FRAME_HEADER_SIZE + h.body_len);
	return result == LOGIN_OK ? step_go(STEP_HANDOVER) : step_end(result);
}

static uint8_t put_server_info(uint8_t out[HANDOVER_SERVER_INFO_MAX], const struct login *l)
{
	const struct accept_settings *s = &l->thread->plane->settings;
	struct server_info info = { .version = FRAME_PROTOCOL_VERSION };
	uint8_t *nonce = out + FRAME_HEADER_SIZE;
	uint8_t *box = nonce + FRAME_NONCE_SIZE;
	uint8_t json[HANDOVER_SERVER_INFO_MAX - FRAME_HEADER_SIZE - FRAME_NONCE_SIZE - BOX_MAC_SIZE];
	int len;

	if (s->client_rate && !(l->flags & PEER_FLAG_MESH)) {
		info.rate_bytes_per_s = (int64_t)s->client_rate;
		info.burst_bytes = (int64_t)s->client_burst;
	}
	len = server_info_write(json, sizeof(json), &info);
	hd_assert(len > 0);
	box_seal(box, nonce, json, (size_t)len, &l->shared);
	frame_header_store(out, FRAME_SERVER_INFO, (uint32_t)(FRAME_NONCE_SIZE + BOX_MAC_SIZE + len));
	return (uint8_t)(FRAME_HEADER_SIZE + FRAME_NONCE_SIZE + BOX_MAC_SIZE + len);
}

static uint64_t next_conn_id(struct plane_thread *t)
{
	return (uint64_t)t->index << 48 | ++t->conn_ids;
}

static void fill_handover(struct handover *h, struct login *l)
{
	*h = (struct handover){
		.key = l->key,
		.addr = l->addr,
		.conn_id = next_conn_id(l->thread),
		.accepted_ns = l->accepted_ns,
		.flags = l->flags,
	};
	h->server_info_len = put_server_info(h->server_info, l);
}

static struct step_move run_handover(struct login *l, struct step_input *in)
{
	struct plane_thread *t = l->thread;
	struct accept_plane *plane = t->plane;
	uint16_t shard = plane->shard_of(plane->shard_ctx, &l->key);
	struct spsc *ring = bus_handover(plane->bus, t->index, shard);
	struct handover message, *h;

	if (spsc_room(ring) == 0)
		return (struct step_move){ .verb = STEP_RETRY };
	loop_remove(t->loop, &l->io);
	fill_handover(&message, l);
	if (transport_hand_over(&l->transport, &message, in->at, in->left) < 0)
		return step_end(LOGIN_NO_MEMORY);
	take(in, in->left);
	h = spsc_reserve(ring);
	hd_assert(h);
	*h = message;
	stats_add(t->stats, STAT_FAST_STARTS, l->fast_start);
	spsc_publish(ring);
	wake_soon(&t->wake, shard);
	return step_end(LOGIN_OK);
}

/* Closing at once would reset the connection if the client has sent more than
 * was read, and a reset takes the answer away from it. */
static struct step_move run_linger(struct login *l, struct step_input *in)
{
	if (!l->shut_down) {
		l->shut_down = true;
		transport_shutdown(&l->transport);
		login_restart_deadline(l, LINGER_MS);
	}
	take(in, in->left);
	return step_wait();
}

static const struct {
	const char *name;
	struct step_move (*run)(struct login *l, struct step_input *in);
	size_t input_max;
} steps[STEP_COUNT] = {
	[STEP_TLS] = { "tls", run_tls, 0 },
	[STEP_HTTP] = { "http", run_http, HTTP_HEAD_MAX },
	[STEP_GREETING] = { "greeting", run_greeting, HTTP_HEAD_MAX },
	[STEP_CLIENT_INFO] = { "client_info", run_client_info, FRAME_HEADER_SIZE + FRAME_CLIENT_INFO_MAX },
	[STEP_VERIFY] = { "verify", run_verify, FRAME_HEADER_SIZE + FRAME_CLIENT_INFO_MAX },
	[STEP_HANDOVER] = { "handover", run_handover, 0 },
	[STEP_LINGER] = { "linger", run_linger, PLANE_SCRATCH_SIZE },
};

struct step_move step_run(struct login *l, struct step_input *in)
{
	return steps[l->step].run(l, in);
}

const char *step_name(enum step_id id)
{
	return steps[id].name;
}

size_t step_input_max(enum step_id id)
{
	return steps[id].input_max;
}
