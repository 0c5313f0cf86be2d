/* SPDX-License-Identifier: MIT
 * The relay's half of a login over plain TCP, for programs that stand in for a
 * relay. One key pair per process. */
#ifndef HD_TESTS_E2E_PLAIN_LOGIN_H
#define HD_TESTS_E2E_PLAIN_LOGIN_H

#include <stddef.h>
#include <stdint.h>

#include "proto/key.h"
#include "util/assert.h"

#define PLAIN_LOGIN_MAX 512 /* bytes of an answer */

/* Makes the keys. ERROR_CRYPTO. */
HD_MUST_CHECK int plain_login_start(void);
/* To an upgrade request: the HTTP response and the ServerKey frame. Its length. */
size_t plain_login_hello(uint8_t out[PLAIN_LOGIN_MAX]);
/* The ServerKey frame alone. Its length. */
size_t plain_login_server_key(uint8_t out[PLAIN_LOGIN_MAX]);
/* To a ClientInfo frame with that body: the ServerInfo frame, its length. What
 * is in the box is not looked at. ERROR_MALFORMED, ERROR_CRYPTO. */
HD_MUST_CHECK int plain_login_answer(uint8_t out[PLAIN_LOGIN_MAX], struct key *client, const uint8_t *body,
				     size_t len);

#endif
