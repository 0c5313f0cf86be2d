/* SPDX-License-Identifier: MIT */
#include "tests/e2e/plain_login.h"

#include <string.h>

#include "crypto/box.h"
#include "proto/frame.h"
#include "proto/http_response.h"
#include "proto/server_info.h"
#include "util/error.h"

#define JSON_MAX 256

static uint8_t private_key[BOX_KEY_SIZE];
static struct key public_key;

int plain_login_start(void)
{
	int err = box_start();

	if (err)
		return err;
	box_new_private(private_key);
	box_public_of(public_key.bytes, private_key);
	return 0;
}

size_t plain_login_hello(uint8_t out[PLAIN_LOGIN_MAX])
{
	struct writer w = writer_over(out, PLAIN_LOGIN_MAX - FRAME_SERVER_KEY_SIZE);

	http_response_upgrade_derp(&w, &public_key);
	hd_assert(!w.failed);
	return writer_len(&w) + frame_put_server_key(out + writer_len(&w), &public_key);
}

size_t plain_login_server_key(uint8_t out[PLAIN_LOGIN_MAX])
{
	return frame_put_server_key(out, &public_key);
}

int plain_login_answer(uint8_t out[PLAIN_LOGIN_MAX], struct key *client, const uint8_t *body, size_t len)
{
	struct server_info info = { .version = FRAME_PROTOCOL_VERSION };
	struct box_shared shared;
	uint8_t json[JSON_MAX];
	int n = server_info_write(json, sizeof(json), &info);
	size_t sealed = FRAME_NONCE_SIZE + BOX_MAC_SIZE + (size_t)n;

	hd_assert(n > 0 && FRAME_HEADER_SIZE + sealed <= PLAIN_LOGIN_MAX);
	if (len < FRAME_CLIENT_INFO_MIN)
		return ERROR_MALFORMED;
	if (box_share(&shared, body, private_key) != 0)
		return ERROR_CRYPTO;
	memcpy(client->bytes, body, KEY_SIZE);
	frame_header_store(out, FRAME_SERVER_INFO, (uint32_t)sealed);
	out += FRAME_HEADER_SIZE;
	box_seal(out + FRAME_NONCE_SIZE, out, json, (size_t)n, &shared);
	return (int)(FRAME_HEADER_SIZE + sealed);
}
