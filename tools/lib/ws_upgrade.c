/* SPDX-License-Identifier: MIT */
#include "tools/lib/ws_upgrade.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "proto/http_response.h"
#include "util/error.h"

#define SWITCHING_PROTOCOLS 101
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, 1.3 */

int ws_upgrade_accept(char accept[WS_UPGRADE_ACCEPT_SIZE], const char *key)
{
	uint8_t hash[SHA_DIGEST_LENGTH];
	char text[128];
	int n = snprintf(text, sizeof(text), "%.90s" GUID, key);

	hd_assert(n > 0 && n < (int)sizeof(text));
	if (EVP_Digest(text, (size_t)n, hash, NULL, EVP_sha1(), NULL) != 1)
		return ERROR_CRYPTO;
	n = EVP_EncodeBlock((unsigned char *)accept, hash, sizeof(hash));
	hd_assert(n == WS_UPGRADE_ACCEPT_SIZE - 1);
	return 0;
}

int ws_upgrade_init(struct ws_upgrade *u, const uint8_t nonce[WS_UPGRADE_NONCE_SIZE])
{
	int n = EVP_EncodeBlock((unsigned char *)u->key, nonce, WS_UPGRADE_NONCE_SIZE);

	hd_assert(n == WS_UPGRADE_KEY_SIZE - 1);
	return ws_upgrade_accept(u->accept, u->key);
}

size_t ws_upgrade_request(const struct ws_upgrade *u, char out[WS_UPGRADE_REQUEST_MAX], const char *host)
{
	int n = snprintf(out, WS_UPGRADE_REQUEST_MAX,
			 "GET /derp HTTP/1.1\r\nHost: %.255s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n"
			 "Sec-WebSocket-Protocol: derp\r\n\r\n",
			 host, u->key);

	hd_assert(n > 0 && n < WS_UPGRADE_REQUEST_MAX);
	return (size_t)n;
}

int ws_upgrade_check(const struct ws_upgrade *u, const struct http_response *response)
{
	const struct http_text *upgrade = http_response_field_of(response, "Upgrade");
	const struct http_text *accept = http_response_field_of(response, "Sec-WebSocket-Accept");
	const struct http_text *protocol = http_response_field_of(response, "Sec-WebSocket-Protocol");

	if (response->status != SWITCHING_PROTOCOLS)
		return ERROR_DENIED;
	if (!upgrade || !http_text_is_nocase(*upgrade, "websocket") || !accept)
		return ERROR_UNSUPPORTED;
	if (!http_text_is(*accept, u->accept) || http_response_field_of(response, "Sec-WebSocket-Extensions"))
		return ERROR_MALFORMED;
	return protocol && http_text_is(*protocol, "derp") ? 0 : ERROR_UNSUPPORTED;
}
