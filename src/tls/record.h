/* SPDX-License-Identifier: MIT
 * The record layer in user space, TLS 1.3 and 1.2, for connections whose kernel
 * has no kTLS. Opens in place, seals gathered slices; no system call, no
 * allocation per record. One thread at a time; it may be another one later.
 *
 * Receiving: record_peek tells how long the record at the front is; when it is
 * whole, record_open; if that gives another type than data, record_control
 * before the next record is opened.
 * Sending: record_seal, also when there is nothing to send but record_owes(). */
#ifndef HD_TLS_RECORD_H
#define HD_TLS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "tls/control.h"
#include "util/assert.h"

#define RECORD_HEADER_SIZE 5
#define RECORD_PLAIN_MAX 16384                          /* data bytes in one record */
#define RECORD_BODY_MAX (RECORD_PLAIN_MAX + 256)        /* sealed */
#define RECORD_MAX (RECORD_HEADER_SIZE + RECORD_BODY_MAX)
#define RECORD_OVERHEAD_MAX 29                          /* bytes a sealed record has more than its data */
#define RECORD_ALERT_MAX (CONTROL_ALERT_SIZE + RECORD_OVERHEAD_MAX)

struct tls_record_keys; /* about 2.5 KB with the expanded keys of both directions */

/* Copies what it needs of `s`; wipe that afterwards. ERROR_NO_MEMORY. */
HD_MUST_CHECK int record_keys_new(struct tls_record_keys **keys, const struct tls_secrets *s);
void record_keys_free(struct tls_record_keys *keys); /* wipes; NULL is fine */

/* ---- receiving ---- */

/* Bytes of the whole record that begins at `data`, header included (<=
 * RECORD_MAX). ERROR_MORE with less than a header, ERROR_MALFORMED for what no
 * record after a handshake begins with, ERROR_TOO_BIG. */
HD_MUST_CHECK int record_peek(const uint8_t *data, size_t len);

struct record_opened {
	uint8_t *data; /* inside of the record */
	uint32_t len;
	uint8_t type;  /* enum tls_record_type */
};

/* Opens one whole record (record_peek's length) in place. Failures: ERROR_CRYPTO,
 * one and the same for whatever is wrong inside; ERROR_MALFORMED, ERROR_FULL as
 * control_data. The bytes are then of no use and the connection is to be closed. */
HD_MUST_CHECK int record_open(struct tls_record_keys *keys, uint8_t *record, size_t len,
			      struct record_opened *out);
/* What record_open gave, type not data: does what it asks of this layer (new
 * key; an answer that is then owed). An enum control_event, or ERROR_MALFORMED,
 * ERROR_FULL, ERROR_CRYPTO (no memory). */
HD_MUST_CHECK int record_control(struct tls_record_keys *keys, const struct record_opened *in);
/* The alert in the last CONTROL_ALERT. */
uint8_t record_last_alert(const struct tls_record_keys *keys);

/* ---- sending ---- */

/* A KeyUpdate is due: the client asked for one, or our key has sealed enough.
 * The next record_seal puts it in front. */
bool record_owes(const struct tls_record_keys *keys);
/* TLS 1.2: the key has sealed what it may. Say close_notify and close; soon
 * after, sealing fails. */
bool record_used_up(const struct tls_record_keys *keys);
/* TLS 1.3: makes a KeyUpdate due; `ask`: the client shall send one too. */
void record_want_key_update(struct tls_record_keys *keys, bool ask);

/* Bytes record_seal would write for so many bytes of data, what is owed
 * included; and the most data for which it writes at most `cap` (0 if none). */
size_t record_sealed_size(const struct tls_record_keys *keys, size_t plain);
size_t record_plain_max(const struct tls_record_keys *keys, size_t cap);
/* Seals the slices, in order, into records of RECORD_PLAIN_MAX and a rest,
 * written one behind the other. Returns the bytes written. The slices stay as
 * they are and may not overlap `out`. ERROR_TOO_BIG (nothing has changed),
 * ERROR_RANGE (used up), ERROR_CRYPTO (no memory): close without another word. */
HD_MUST_CHECK ssize_t record_seal(struct tls_record_keys *keys, const struct iovec *slices, size_t count,
				  uint8_t *out, size_t cap);
/* One record with messages of type handshake, at most RECORD_PLAIN_MAX bytes; `out` holds
 * RECORD_OVERHEAD_MAX more. Errors as record_seal. */
HD_MUST_CHECK ssize_t record_seal_handshake(struct tls_record_keys *keys, const void *data, size_t len,
					    uint8_t *out);
/* One record with an alert; `out` holds RECORD_ALERT_MAX bytes. The last record
 * of a connection. Errors as record_seal. */
HD_MUST_CHECK ssize_t record_seal_alert(struct tls_record_keys *keys, enum tls_alert alert, uint8_t *out);

/* Records opened and sealed with the keys of now. */
uint64_t record_rx_seq(const struct tls_record_keys *keys);
uint64_t record_tx_seq(const struct tls_record_keys *keys);

#endif
