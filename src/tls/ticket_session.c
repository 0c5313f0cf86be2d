/* SPDX-License-Identifier: MIT
 * DER by hand: OpenSSL's own encoder goes through tables of the whole structure,
 * whose 25 members are nearly all absent here. */
#include "tls/ticket_session.h"

#include <string.h>

#include "util/assert.h"
#include "util/writer.h"

#define TAG_INTEGER 0x02
#define TAG_OCTETS 0x04
#define TAG_SEQUENCE 0x30
#define TAG_EXPLICIT(n) (0xa0 | (n))
#define TAG_TIME TAG_EXPLICIT(1)
#define TAG_TIMEOUT TAG_EXPLICIT(2)
#define TAG_CONTEXT TAG_EXPLICIT(4)
#define TAG_AGE_ADD TAG_EXPLICIT(14)

#define FORMAT 1 /* of the structure */
#define TLS_1_3 0x0304
#define SHORT_MAX 127 /* a length of one byte */
#define HEAD_MAX 3    /* tag and length of the whole */

/* The fewest bytes that hold it, the first bit being the sign's. */
static uint8_t integer_size(uint64_t value)
{
	uint8_t n = 1;

	for (; value > 0x7f; value >>= 8)
		n++;
	return n;
}

static void put_integer(struct writer *w, uint64_t value)
{
	uint8_t n = integer_size(value);

	writer_u8(w, TAG_INTEGER);
	writer_u8(w, n);
	while (n-- > 0)
		writer_u8(w, n < sizeof(value) ? (uint8_t)(value >> 8 * n) : 0);
}

static void put_octets(struct writer *w, const void *data, size_t len)
{
	hd_assert(len <= SHORT_MAX);
	writer_u8(w, TAG_OCTETS);
	writer_u8(w, (uint8_t)len);
	writer_bytes(w, data, len);
}

/* Absent if it is 0, as OpenSSL has it. */
static void put_optional(struct writer *w, uint8_t tag, uint64_t value)
{
	if (value == 0)
		return;
	writer_u8(w, tag);
	writer_u8(w, (uint8_t)(2 + integer_size(value)));
	put_integer(w, value);
}

static void put_members(struct writer *w, const struct ticket_session *s)
{
	uint16_t id = suite_wire_id(s->suite);
	const uint8_t cipher[] = { (uint8_t)(id >> 8), (uint8_t)id };

	put_integer(w, FORMAT);
	put_integer(w, TLS_1_3);
	put_octets(w, cipher, sizeof(cipher));
	put_octets(w, "", 0); /* the session's ID, which tickets have not */
	put_octets(w, s->psk, suite_hash_size(s->suite));
	put_optional(w, TAG_TIME, (uint64_t)s->made_at);
	put_optional(w, TAG_TIMEOUT, s->lifetime_s);
	writer_u8(w, TAG_CONTEXT);
	writer_u8(w, 2 + sizeof(TICKET_SESSION_CONTEXT) - 1);
	put_octets(w, TICKET_SESSION_CONTEXT, sizeof(TICKET_SESSION_CONTEXT) - 1);
	put_optional(w, TAG_AGE_ADD, s->age_add);
}

size_t ticket_session_put(uint8_t out[TICKET_SESSION_MAX], const struct ticket_session *s)
{
	struct writer w = writer_over(out + HEAD_MAX, TICKET_SESSION_MAX - HEAD_MAX);
	size_t len, head;

	hd_assert(s->made_at >= 0);
	put_members(&w, s);
	hd_assert(!w.failed);
	len = writer_len(&w);
	hd_assert(len <= TICKET_SESSION_MAX - HEAD_MAX);
	head = len > SHORT_MAX ? 3 : 2;
	memmove(out + head, out + HEAD_MAX, len);
	out[0] = TAG_SEQUENCE;
	if (len > SHORT_MAX)
		out[1] = 0x81;
	out[head - 1] = (uint8_t)len;
	return head + len;
}
