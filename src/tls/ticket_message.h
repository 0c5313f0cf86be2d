/* SPDX-License-Identifier: MIT
 * The message that brings a client of TLS 1.3 its ticket (RFC 8446, 4.6.1). libssl
 * encodes the session four times and decodes it once to make one, and sends it in
 * a packet of its own; here it is made in one go and goes with what is sent first.
 * libssl opens it. Any thread. */
#ifndef HD_TLS_TICKET_MESSAGE_H
#define HD_TLS_TICKET_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "tls/suite.h"
#include "tls/ticket.h"
#include "tls/ticket_session.h"
#include "util/assert.h"

/* Type and length, lifetime, what hides the age, a nonce of one byte, extensions. */
#define TICKET_MESSAGE_MAX (4 + 4 + 4 + 2 + 2 + TICKET_SIZE(TICKET_SESSION_MAX) + 2)

/* The ticket number `nonce` of a connection, by its resumption secret. Returns the
 * message's length; ERROR_CRYPTO: there is none. */
HD_MUST_CHECK int ticket_message_put(uint8_t out[TICKET_MESSAGE_MAX], struct ticket_keys *keys, enum suite suite,
				     const uint8_t *resumption_secret, uint8_t nonce);

#endif
