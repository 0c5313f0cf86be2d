/* SPDX-License-Identifier: MIT
 * A blocking DERP client over TCP or TLS, for tools and tests. How time-outs
 * and partial writes are treated, and the errors of all calls on the socket:
 * see derp_stream.h. One thread per client. box_start() must have been called. */
#ifndef HD_TOOLS_LIB_DERP_CLIENT_H
#define HD_TOOLS_LIB_DERP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/client_info.h"
#include "proto/key.h"
#include "proto/server_info.h"
#include "tools/lib/derp_stream.h"
#include "util/assert.h"
#include "util/bytes.h"

struct derp_client;
struct tls_client;

struct derp_client_options {
	const char *address;          /* numeric IPv4 or IPv6 */
	uint16_t port;
	uint32_t timeout_ms;          /* of connecting and of each step of the login */
	const uint8_t *private_key;   /* 32 bytes; NULL: a fresh one */
	const uint8_t *mesh_key;      /* 32 bytes, or NULL */
	const struct key *server_key; /* when known beforehand: a fast start then awaits nothing; or NULL */
	const char *host;             /* for the Host field and as TLS name; NULL: the address */
	struct tls_client *tls;       /* TLS by these rules, not owned; NULL: plain */
	uint32_t recv_buffer;         /* bytes for SO_RCVBUF, 0: leave */
	bool fast_start;              /* ask for no HTTP response; with TLS only if its key is known */
	bool prober;
	bool can_ack_pings;
};

/* Keys and memory, no connection yet. ERROR_NO_MEMORY, ERROR_MALFORMED (address). */
HD_MUST_CHECK int derp_client_new(struct derp_client **client, const struct derp_client_options *options);
/* Closes the connection, if there is one. NULL is fine. */
void derp_client_free(struct derp_client *c);

/* The steps of a login, in this order. ERROR_MALFORMED: not what a relay says;
 * ERROR_DENIED: the HTTP status is not 101; ERROR_CRYPTO: ServerInfo does not open. */
HD_MUST_CHECK int derp_client_connect(struct derp_client *c); /* TCP, and TLS if wanted */
HD_MUST_CHECK int derp_client_upgrade(struct derp_client *c); /* HTTP */
HD_MUST_CHECK int derp_client_login(struct derp_client *c);   /* ServerKey, ClientInfo, ServerInfo */
/* new, connect, upgrade and login; frees all on failure. */
HD_MUST_CHECK int derp_client_open(struct derp_client **client, const struct derp_client_options *options);
/* Closes the connection; the client may connect again, as the same key. */
void derp_client_disconnect(struct derp_client *c);

const struct key *derp_client_key(const struct derp_client *c);        /* our public key */
const struct key *derp_client_server_key(const struct derp_client *c); /* zero before it is known */
const uint8_t *derp_client_private_key(const struct derp_client *c);   /* 32 bytes */
const struct server_info *derp_client_server_info(const struct derp_client *c); /* after the login */
/* For flush, raw receiving and polling. */
struct derp_stream *derp_client_stream(struct derp_client *c);

/* What a login sends, appended to `out`, for callers that send it in their own
 * way (derp_client_send_raw): the upgrade request; the ClientInfo frame, for
 * which the server's key must be known. ERROR_NO_MEMORY, ERROR_TOO_BIG, ERROR_CRYPTO. */
HD_MUST_CHECK int derp_client_write_request(const struct derp_client *c, struct bytes *out);
HD_MUST_CHECK int derp_client_write_client_info(struct derp_client *c, struct bytes *out);
/* A ClientInfo frame around any document, well-formed or not. */
HD_MUST_CHECK int derp_client_write_client_json(struct derp_client *c, struct bytes *out, const void *json,
						size_t len);
/* The receiving half of the login, each after the caller sent its part. */
HD_MUST_CHECK int derp_client_await_response(struct derp_client *c); /* HTTP head */
HD_MUST_CHECK int derp_client_await_server_key(struct derp_client *c);
HD_MUST_CHECK int derp_client_await_server_info(struct derp_client *c);

HD_MUST_CHECK int derp_client_send_frame(struct derp_client *c, uint8_t type, const void *body, size_t len,
					 uint32_t timeout_ms);
HD_MUST_CHECK int derp_client_send_packet(struct derp_client *c, const struct key *to, const void *packet,
					  size_t len, uint32_t timeout_ms);
HD_MUST_CHECK int derp_client_forward_packet(struct derp_client *c, const struct key *from, const struct key *to,
					     const void *packet, size_t len, uint32_t timeout_ms);
/* Bytes as they are: several frames, parts of one, or garbage. */
HD_MUST_CHECK int derp_client_send_raw(struct derp_client *c, const void *data, size_t len, uint32_t timeout_ms);

/* The next frame, of whatever type. */
HD_MUST_CHECK int derp_client_recv(struct derp_client *c, struct derp_frame *f, uint32_t timeout_ms);

#endif
