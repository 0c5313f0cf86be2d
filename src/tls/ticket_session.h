/* SPDX-License-Identifier: MIT
 * A session of TLS 1.3 as OpenSSL's d2i_SSL_SESSION() reads it, with nothing in
 * it that resuming does not want. Pure computation, any thread. */
#ifndef HD_TLS_TICKET_SESSION_H
#define HD_TLS_TICKET_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "tls/suite.h"

#define TICKET_SESSION_MAX 128
#define TICKET_SESSION_CONTEXT "hyper-derp" /* sessions of other servers are not resumed */

struct ticket_session {
	enum suite suite;
	uint8_t psk[SUITE_HASH_MAX]; /* suite_hash_size() bytes; wipe after use */
	int64_t made_at;             /* seconds since 1970 */
	uint32_t lifetime_s;
	uint32_t age_add;
};

/* Returns the bytes written: at most TICKET_SESSION_MAX. They are as secret as the key. */
size_t ticket_session_put(uint8_t out[TICKET_SESSION_MAX], const struct ticket_session *s);

#endif
