/* SPDX-License-Identifier: MIT */
#include "tls/ticket_message.h"

#include <time.h>

#include "tls/hkdf.h"
#include "tls/random.h"
#include "util/be.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/writer.h"

#define NEW_SESSION_TICKET 4
#define HEAD_SIZE 4 /* type, and a length of three bytes */

static int make_session(struct ticket_session *s, enum suite suite, const uint8_t *resumption_secret,
			uint8_t nonce)
{
	time_t now = time(NULL);

	*s = (struct ticket_session){
		.suite = suite,
		.made_at = now > 0 ? now : 0, /* 0: when it is opened */
		.lifetime_s = TICKET_LIFETIME_S,
	};
	if (!random_bytes(&s->age_add, sizeof(s->age_add)))
		return ERROR_CRYPTO;
	return hkdf_expand_label(s->psk, suite_hash_size(suite), suite, resumption_secret,
				 (struct hkdf_bytes){ "resumption", 10 }, (struct hkdf_bytes){ &nonce, 1 });
}

static int make_ticket(uint8_t *ticket, struct ticket_keys *keys, const struct ticket_session *s)
{
	uint8_t encoded[TICKET_SESSION_MAX];
	size_t len = ticket_session_put(encoded, s);
	int n = ticket_keys_seal(keys, ticket, encoded, len);

	bytes_wipe(encoded, sizeof(encoded));
	return n;
}

static int put(uint8_t *out, const struct ticket_session *s, uint8_t nonce, const uint8_t *ticket, size_t len)
{
	struct writer w = writer_over(out, TICKET_MESSAGE_MAX);

	writer_be32(&w, 0);
	writer_be32(&w, s->lifetime_s);
	writer_be32(&w, s->age_add);
	writer_u8(&w, 1);
	writer_u8(&w, nonce);
	writer_be16(&w, (uint16_t)len);
	writer_bytes(&w, ticket, len);
	writer_be16(&w, 0); /* no extensions */
	hd_assert(!w.failed);
	be_store32(out, (uint32_t)(writer_len(&w) - HEAD_SIZE));
	out[0] = NEW_SESSION_TICKET;
	return (int)writer_len(&w);
}

int ticket_message_put(uint8_t out[TICKET_MESSAGE_MAX], struct ticket_keys *keys, enum suite suite,
		       const uint8_t *resumption_secret, uint8_t nonce)
{
	uint8_t ticket[TICKET_SIZE(TICKET_SESSION_MAX)];
	struct ticket_session s;
	int rc = make_session(&s, suite, resumption_secret, nonce);

	if (rc == 0)
		rc = make_ticket(ticket, keys, &s);
	if (rc > 0)
		rc = put(out, &s, nonce, ticket, (size_t)rc);
	bytes_wipe(&s, sizeof(s));
	return rc;
}
