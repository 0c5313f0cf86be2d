/* SPDX-License-Identifier: MIT */
#include "tools/lib/derp_client.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/box.h"
#include "net/addr.h"
#include "proto/frame.h"
#include "proto/http_response.h"
#include "tools/lib/tls_stream.h"
#include "util/error.h"
#include "util/mono.h"

#define CLIENT_JSON_MAX 512
#define SERVER_JSON_MAX 4096
#define HTTP_SWITCHING_PROTOCOLS 101

struct derp_client {
	struct derp_stream stream;
	struct sockaddr_storage address;
	socklen_t address_len;
	uint32_t timeout_ms;
	uint32_t recv_buffer;
	uint8_t private_key[BOX_KEY_SIZE];
	struct key public_key;
	struct key server_key; /* zero: not known */
	struct box_shared shared;
	bool shared_ready; /* of private_key and server_key */
	bool server_key_given; /* by the caller */
	bool server_key_told;  /* by the meta certificate of this connection */
	bool wants_fast_start;
	bool fast_start; /* of this connection */
	struct client_info info;
	struct server_info server_info;
	struct tls_client *tls;
	char *host;
};

static void take_options(struct derp_client *c, const struct derp_client_options *o)
{
	if (o->private_key)
		memcpy(c->private_key, o->private_key, sizeof(c->private_key));
	else
		box_new_private(c->private_key);
	box_public_of(c->public_key.bytes, c->private_key);
	if (o->server_key) {
		c->server_key = *o->server_key;
		c->server_key_given = true;
	}
	c->info.version = FRAME_PROTOCOL_VERSION;
	c->info.is_prober = o->prober;
	c->info.can_ack_pings = o->can_ack_pings;
	c->info.has_mesh_key = o->mesh_key != NULL;
	if (o->mesh_key)
		memcpy(c->info.mesh_key, o->mesh_key, sizeof(c->info.mesh_key));
	c->timeout_ms = o->timeout_ms;
	c->recv_buffer = o->recv_buffer;
	c->wants_fast_start = c->fast_start = o->fast_start;
	c->tls = o->tls;
}

int derp_client_new(struct derp_client **client, const struct derp_client_options *options)
{
	struct derp_client *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return ERROR_NO_MEMORY;
	derp_stream_init(&c->stream);
	err = addr_parse(&c->address, &c->address_len, options->address, options->port);
	c->host = strdup(options->host ? options->host : options->address);
	if (!err && !c->host)
		err = ERROR_NO_MEMORY;
	if (err) {
		derp_client_free(c);
		return err;
	}
	take_options(c, options);
	*client = c;
	return 0;
}

void derp_client_free(struct derp_client *c)
{
	if (!c)
		return;
	derp_stream_close(&c->stream);
	box_shared_wipe(&c->shared);
	bytes_wipe(c->private_key, sizeof(c->private_key));
	free(c->host);
	free(c);
}

void derp_client_disconnect(struct derp_client *c)
{
	derp_stream_close(&c->stream);
}

const struct key *derp_client_key(const struct derp_client *c)
{
	return &c->public_key;
}

const struct key *derp_client_server_key(const struct derp_client *c)
{
	return &c->server_key;
}

const uint8_t *derp_client_private_key(const struct derp_client *c)
{
	return c->private_key;
}

const struct server_info *derp_client_server_info(const struct derp_client *c)
{
	return &c->server_info;
}

struct derp_stream *derp_client_stream(struct derp_client *c)
{
	return &c->stream;
}

/* --- login ---------------------------------------------------------------- */

static void set_server_key(struct derp_client *c, const struct key *server)
{
	if (!key_equal(server, &c->server_key))
		c->shared_ready = false;
	c->server_key = *server;
}

/* The key in a meta certificate must be the one given, if one was given. */
static int take_relay_key(struct derp_client *c)
{
	struct key relay;

	c->server_key_told = c->wants_fast_start && tls_stream_relay_key(c->stream.tls, &relay);
	c->fast_start = c->wants_fast_start && (c->server_key_told || c->server_key_given);
	if (c->server_key_told && c->server_key_given)
		return key_equal(&relay, &c->server_key) ? 0 : ERROR_CRYPTO;
	if (c->server_key_told)
		set_server_key(c, &relay);
	return 0;
}

static int secure(struct derp_client *c)
{
	int err = derp_stream_secure(&c->stream, c->tls, c->host, c->timeout_ms);

	if (!err)
		err = take_relay_key(c);
	return err;
}

int derp_client_connect(struct derp_client *c)
{
	int err = derp_stream_connect(&c->stream, &c->address, c->address_len, c->recv_buffer, c->timeout_ms);

	return err || !c->tls ? err : secure(c);
}

int derp_client_write_request(const struct derp_client *c, struct bytes *out)
{
	return bytes_printf(out,
			    "GET /derp HTTP/1.1\r\nHost: %s\r\nUpgrade: DERP\r\nConnection: Upgrade\r\n%s\r\n",
			    c->host, c->fast_start ? "Derp-Fast-Start: 1\r\n" : "");
}

static int send_bytes(struct derp_client *c, struct bytes *b)
{
	int err = derp_client_send_raw(c, b->data, b->len, c->timeout_ms);

	bytes_release(b);
	return err;
}

int derp_client_upgrade(struct derp_client *c)
{
	struct bytes request;
	int err;

	bytes_init(&request, HTTP_HEAD_MAX);
	err = derp_client_write_request(c, &request);
	if (err) {
		bytes_release(&request);
		return err;
	}
	err = send_bytes(c, &request);
	if (err || c->fast_start)
		return err;
	return derp_client_await_response(c);
}

static uint32_t ms_left(uint64_t deadline_ns)
{
	uint64_t now = mono_now_ns();

	return now < deadline_ns ? (uint32_t)((deadline_ns - now) / MONO_NS_PER_MS) + 1 : 0;
}

int derp_client_await_response(struct derp_client *c)
{
	uint64_t deadline_ns = mono_now_ns() + c->timeout_ms * MONO_NS_PER_MS;
	struct http_response res;
	size_t scanned = 0;

	for (;;) {
		size_t len;
		const uint8_t *p = derp_stream_pending(&c->stream, &len);
		int err = len ? http_response_parse(&res, p, len, &scanned) : ERROR_MORE;

		if (err == 0) {
			derp_stream_skip(&c->stream, res.head_len);
			return res.status == HTTP_SWITCHING_PROTOCOLS ? 0 : ERROR_DENIED;
		}
		if (err != ERROR_MORE)
			return ERROR_MALFORMED;
		err = derp_stream_fill(&c->stream, ms_left(deadline_ns));
		if (err)
			return err;
	}
}

int derp_client_await_server_key(struct derp_client *c)
{
	struct derp_frame f;
	struct key server;
	int err = derp_stream_recv(&c->stream, &f, c->timeout_ms);

	if (err)
		return err;
	if (f.type != FRAME_SERVER_KEY || !frame_read_server_key(&server, f.body, f.len))
		return ERROR_MALFORMED;
	if (c->server_key_given || c->server_key_told)
		return key_equal(&server, &c->server_key) ? 0 : ERROR_CRYPTO;
	set_server_key(c, &server);
	return 0;
}

static int ready_shared(struct derp_client *c)
{
	int err;

	if (c->shared_ready)
		return 0;
	err = box_share(&c->shared, c->server_key.bytes, c->private_key);
	if (!err)
		c->shared_ready = true;
	return err;
}

int derp_client_write_client_json(struct derp_client *c, struct bytes *out, const void *json, size_t len)
{
	size_t body = KEY_SIZE + BOX_NONCE_SIZE + BOX_MAC_SIZE + len;
	uint8_t *p;
	int err = ready_shared(c);

	if (!err)
		err = bytes_reserve(out, FRAME_HEADER_SIZE + body);
	if (err)
		return err;
	p = out->data + out->len;
	frame_header_store(p, FRAME_CLIENT_INFO, (uint32_t)body);
	p += FRAME_HEADER_SIZE;
	memcpy(p, c->public_key.bytes, KEY_SIZE);
	p += KEY_SIZE;
	box_seal(p + BOX_NONCE_SIZE, p, json, len, &c->shared);
	out->len += FRAME_HEADER_SIZE + body;
	return 0;
}

int derp_client_write_client_info(struct derp_client *c, struct bytes *out)
{
	uint8_t json[CLIENT_JSON_MAX];
	int n = client_info_write(json, sizeof(json), &c->info);

	return n < 0 ? n : derp_client_write_client_json(c, out, json, (size_t)n);
}

int derp_client_await_server_info(struct derp_client *c)
{
	uint8_t json[SERVER_JSON_MAX];
	struct derp_frame f;
	size_t sealed;
	int err = ready_shared(c);

	if (!err)
		err = derp_stream_recv(&c->stream, &f, c->timeout_ms);
	if (err)
		return err;
	if (f.type != FRAME_SERVER_INFO || f.len < BOX_NONCE_SIZE + BOX_MAC_SIZE)
		return ERROR_MALFORMED;
	sealed = f.len - BOX_NONCE_SIZE;
	if (sealed - BOX_MAC_SIZE > sizeof(json))
		return ERROR_TOO_BIG;
	err = box_open(json, f.body + BOX_NONCE_SIZE, sealed, f.body, &c->shared);
	if (err)
		return err;
	return server_info_parse(&c->server_info, json, sealed - BOX_MAC_SIZE);
}

int derp_client_login(struct derp_client *c)
{
	/* With a key known beforehand ClientInfo goes out at once, as a real fast start does. */
	bool early = c->fast_start && (c->server_key_given || c->server_key_told);
	struct bytes info;
	int err = early ? 0 : derp_client_await_server_key(c);

	if (err)
		return err;
	bytes_init(&info, FRAME_HEADER_SIZE + FRAME_CLIENT_INFO_MAX);
	err = derp_client_write_client_info(c, &info);
	if (err) {
		bytes_release(&info);
		return err;
	}
	err = send_bytes(c, &info);
	if (!err && early)
		err = derp_client_await_server_key(c);
	return err ? err : derp_client_await_server_info(c);
}

int derp_client_open(struct derp_client **client, const struct derp_client_options *options)
{
	struct derp_client *c;
	int err = derp_client_new(&c, options);

	if (err)
		return err;
	err = derp_client_connect(c);
	if (!err)
		err = derp_client_upgrade(c);
	if (!err)
		err = derp_client_login(c);
	if (err)
		derp_client_free(c);
	else
		*client = c;
	return err;
}

/* --- frames --------------------------------------------------------------- */

static int send_parts(struct derp_client *c, uint8_t type, const void *keys, size_t keys_len, const void *rest,
		      size_t rest_len, uint32_t timeout_ms)
{
	uint8_t header[FRAME_HEADER_SIZE];
	struct iovec parts[3] = {
		{ header, sizeof(header) },
		{ (void *)(uintptr_t)keys, keys_len },
		{ (void *)(uintptr_t)rest, rest_len },
	};

	if (rest_len > DERP_STREAM_FRAME_MAX)
		return ERROR_TOO_BIG;
	frame_header_store(header, type, (uint32_t)(keys_len + rest_len));
	return derp_stream_send(&c->stream, parts, HD_ARRAY_LEN(parts), timeout_ms);
}

int derp_client_send_frame(struct derp_client *c, uint8_t type, const void *body, size_t len, uint32_t timeout_ms)
{
	return send_parts(c, type, NULL, 0, body, len, timeout_ms);
}

int derp_client_send_packet(struct derp_client *c, const struct key *to, const void *packet, size_t len,
			    uint32_t timeout_ms)
{
	return send_parts(c, FRAME_SEND_PACKET, to->bytes, KEY_SIZE, packet, len, timeout_ms);
}

int derp_client_forward_packet(struct derp_client *c, const struct key *from, const struct key *to,
			       const void *packet, size_t len, uint32_t timeout_ms)
{
	uint8_t pair[2 * KEY_SIZE];

	memcpy(pair, from->bytes, KEY_SIZE);
	memcpy(pair + KEY_SIZE, to->bytes, KEY_SIZE);
	return send_parts(c, FRAME_FORWARD_PACKET, pair, sizeof(pair), packet, len, timeout_ms);
}

int derp_client_send_raw(struct derp_client *c, const void *data, size_t len, uint32_t timeout_ms)
{
	struct iovec part = { (void *)(uintptr_t)data, len };

	return derp_stream_send(&c->stream, &part, 1, timeout_ms);
}

int derp_client_recv(struct derp_client *c, struct derp_frame *f, uint32_t timeout_ms)
{
	return derp_stream_recv(&c->stream, f, timeout_ms);
}
