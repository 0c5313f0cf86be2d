/* SPDX-License-Identifier: MIT
 * What a client may say besides data once the handshake is over: alerts, and in
 * TLS 1.3 KeyUpdate. Everything else is an error. One state per connection,
 * the same for records that we opened and records that the kernel did. Pure. */
#ifndef HD_TLS_CONTROL_H
#define HD_TLS_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/secrets.h"
#include "util/assert.h"

/* Types of records, and the alerts that are ever sent or told apart. */
enum tls_record_type { TLS_RECORD_ALERT = 21, TLS_RECORD_HANDSHAKE = 22, TLS_RECORD_DATA = 23 };
enum tls_alert {
	TLS_ALERT_CLOSE_NOTIFY = 0,
	TLS_ALERT_UNEXPECTED_MESSAGE = 10,
	TLS_ALERT_BAD_RECORD_MAC = 20,
	TLS_ALERT_RECORD_OVERFLOW = 22,
	TLS_ALERT_INTERNAL_ERROR = 80,
	TLS_ALERT_USER_CANCELED = 90,
};

#define CONTROL_ALERT_SIZE 2
#define CONTROL_KEY_UPDATE_SIZE 5

enum control_event {
	CONTROL_NONE,          /* nothing to do, go on */
	CONTROL_KEY_UPDATE,    /* from here on the client seals with its next key */
	CONTROL_KEY_UPDATE_ASKED, /* the same, and it wants a KeyUpdate in return */
	CONTROL_CLOSE_NOTIFY,  /* the client sends no more; what is queued for it may still go out */
	CONTROL_ALERT,         /* the client gave up: control_last_alert() */
};

struct control {
	uint8_t message[CONTROL_KEY_UPDATE_SIZE]; /* handshake message begun in an earlier record */
	uint8_t message_len;
	uint8_t key_updates_left; /* may come now; more are earned by data */
	uint8_t idle_records;     /* in a row, without data */
	uint8_t alert;
	uint16_t data_records;    /* since the last KeyUpdate was earned */
};

void control_init(struct control *c);
/* One record of data that came, of `len` bytes. ERROR_MALFORMED inside of a
 * handshake message that has begun, ERROR_FULL for too many empty ones in a row. */
HD_MUST_CHECK int control_data(struct control *c, size_t len);
/* One record of another type. An enum control_event, or ERROR_MALFORMED,
 * ERROR_FULL (a flood of records that say nothing). */
HD_MUST_CHECK int control_take(struct control *c, enum tls_version version, uint8_t type, const uint8_t *data,
			       size_t len);
uint8_t control_last_alert(const struct control *c);

/* Bodies to send. */
void control_put_alert(uint8_t to[CONTROL_ALERT_SIZE], enum tls_alert alert);
void control_put_key_update(uint8_t to[CONTROL_KEY_UPDATE_SIZE], bool ask);
/* The alert that tells a client of an error code of this room. */
enum tls_alert control_alert_of(int error);

#endif
