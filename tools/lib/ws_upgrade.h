/* SPDX-License-Identifier: MIT
 * The HTTP upgrade to WebSocket with the subprotocol "derp" (RFC 6455, 4.1),
 * the client's half and what a server answers to it. */
#ifndef HD_TOOLS_LIB_WS_UPGRADE_H
#define HD_TOOLS_LIB_WS_UPGRADE_H

#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

struct http_response;

#define WS_UPGRADE_NONCE_SIZE 16
#define WS_UPGRADE_KEY_SIZE 25 /* Sec-WebSocket-Key and its NUL */
#define WS_UPGRADE_ACCEPT_SIZE 29 /* Sec-WebSocket-Accept and its NUL */
#define WS_UPGRADE_REQUEST_MAX 640
#define WS_UPGRADE_HOST_MAX 255

struct ws_upgrade {
	char key[WS_UPGRADE_KEY_SIZE];
	char accept[WS_UPGRADE_ACCEPT_SIZE]; /* what the server must answer */
};

/* The nonce is to be random, one for each connection. ERROR_CRYPTO. */
HD_MUST_CHECK int ws_upgrade_init(struct ws_upgrade *u, const uint8_t nonce[WS_UPGRADE_NONCE_SIZE]);
/* What a server answers to that key. ERROR_CRYPTO. */
HD_MUST_CHECK int ws_upgrade_accept(char accept[WS_UPGRADE_ACCEPT_SIZE], const char *key);
/* The request; a host of more than WS_UPGRADE_HOST_MAX bytes is cut. Its length. */
size_t ws_upgrade_request(const struct ws_upgrade *u, char out[WS_UPGRADE_REQUEST_MAX], const char *host);
/* ERROR_DENIED: the status is not 101; ERROR_UNSUPPORTED: this is no WebSocket
 * server, or not one for DERP; ERROR_MALFORMED: it answers to another key, or
 * wants an extension that was not offered. */
HD_MUST_CHECK int ws_upgrade_check(const struct ws_upgrade *u, const struct http_response *response);

#endif
