/* SPDX-License-Identifier: MIT */
#include "tls/control.h"

#include <string.h>

#include "util/be.h"
#include "util/error.h"

#define ALERT_FATAL 2
#define ALERT_WARNING 1
#define MESSAGE_HEADER_SIZE 4
#define MESSAGE_KEY_UPDATE 24

/* A client that seals 2^24 records with one key sends a KeyUpdate now and then;
 * some at once are somebody trying it out. More is a way to make us compute. */
#define KEY_UPDATES_AT_ONCE 16
#define KEY_UPDATE_PER_RECORDS 1024
#define IDLE_RECORDS_MAX 32

void control_init(struct control *c)
{
	*c = (struct control){ .key_updates_left = KEY_UPDATES_AT_ONCE };
}

static int idle_record(struct control *c)
{
	if (c->idle_records >= IDLE_RECORDS_MAX)
		return ERROR_FULL;
	c->idle_records++;
	return 0;
}

int control_data(struct control *c, size_t len)
{
	if (hd_unlikely(c->message_len > 0))
		return ERROR_MALFORMED; /* nothing may come between the parts of a message */
	if (hd_unlikely(len == 0))
		return idle_record(c);
	c->idle_records = 0;
	if (++c->data_records >= KEY_UPDATE_PER_RECORDS) {
		c->data_records = 0;
		if (c->key_updates_left < KEY_UPDATES_AT_ONCE)
			c->key_updates_left++;
	}
	return 0;
}

static int take_alert(struct control *c, enum tls_version version, const uint8_t *data, size_t len)
{
	if (len != CONTROL_ALERT_SIZE || c->message_len > 0 ||
	    (data[0] != ALERT_WARNING && data[0] != ALERT_FATAL))
		return ERROR_MALFORMED;
	c->alert = data[1];
	if (c->alert == TLS_ALERT_CLOSE_NOTIFY)
		return CONTROL_CLOSE_NOTIFY;
	/* In TLS 1.3 the level means nothing: all but these two end a connection. */
	if (c->alert == TLS_ALERT_USER_CANCELED || (version == TLS_VERSION_1_2 && data[0] == ALERT_WARNING))
		return idle_record(c) < 0 ? ERROR_FULL : CONTROL_NONE;
	return CONTROL_ALERT;
}

/* The message is whole: type, length of 1, and what is wanted. */
static int take_key_update(struct control *c)
{
	const uint8_t *m = c->message;

	if (m[4] > 1)
		return ERROR_MALFORMED;
	if (c->key_updates_left == 0)
		return ERROR_FULL;
	c->key_updates_left--;
	c->message_len = 0;
	return m[4] == 1 ? CONTROL_KEY_UPDATE_ASKED : CONTROL_KEY_UPDATE;
}

/* Of all handshake messages a client may send KeyUpdate only, in TLS 1.3 only.
 * It ends its record, because the next one has another key. */
static int take_handshake(struct control *c, enum tls_version version, const uint8_t *data, size_t len)
{
	static const uint8_t head[MESSAGE_HEADER_SIZE] = { MESSAGE_KEY_UPDATE, 0, 0, 1 };
	size_t head_len;

	if (version != TLS_VERSION_1_3 || len == 0 || len > sizeof(c->message) - c->message_len)
		return ERROR_MALFORMED;
	memcpy(c->message + c->message_len, data, len);
	c->message_len = (uint8_t)(c->message_len + len);
	head_len = c->message_len < sizeof(head) ? c->message_len : sizeof(head);
	if (memcmp(c->message, head, head_len) != 0)
		return ERROR_MALFORMED;
	if (idle_record(c) < 0)
		return ERROR_FULL;
	return c->message_len == sizeof(c->message) ? take_key_update(c) : CONTROL_NONE;
}

int control_take(struct control *c, enum tls_version version, uint8_t type, const uint8_t *data, size_t len)
{
	switch (type) {
	case TLS_RECORD_ALERT:
		return take_alert(c, version, data, len);
	case TLS_RECORD_HANDSHAKE:
		return take_handshake(c, version, data, len);
	default:
		return ERROR_MALFORMED;
	}
}

uint8_t control_last_alert(const struct control *c)
{
	return c->alert;
}

void control_put_alert(uint8_t to[CONTROL_ALERT_SIZE], enum tls_alert alert)
{
	to[0] = alert == TLS_ALERT_CLOSE_NOTIFY ? ALERT_WARNING : ALERT_FATAL;
	to[1] = (uint8_t)alert;
}

void control_put_key_update(uint8_t to[CONTROL_KEY_UPDATE_SIZE], bool ask)
{
	to[0] = MESSAGE_KEY_UPDATE;
	to[1] = 0;
	be_store16(to + 2, 1);
	to[4] = ask;
}

enum tls_alert control_alert_of(int error)
{
	switch (error) {
	case ERROR_CRYPTO:
		return TLS_ALERT_BAD_RECORD_MAC;
	case ERROR_TOO_BIG:
		return TLS_ALERT_RECORD_OVERFLOW;
	case ERROR_MALFORMED:
	case ERROR_FULL:
		return TLS_ALERT_UNEXPECTED_MESSAGE;
	default:
		return TLS_ALERT_INTERNAL_ERROR;
	}
}
