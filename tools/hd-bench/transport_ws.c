/* SPDX-License-Identifier: MIT */
#include "tools/hd-bench/transport_ws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/box.h"
#include "proto/http_response.h"
#include "tools/lib/ws_frame.h"
#include "tools/lib/ws_upgrade.h"
#include "util/error.h"

#define OUT_SIZE (WS_FRAME_HEADER_MAX + TRANSPORT_WS_MESSAGE_MAX)
#define HEAD_SIZE 8192 /* of a response, and what may have come right behind it */
#define MASKS 64 /* drawn at once */
#define CONTROL_SIZE (WS_FRAME_HEADER_MAX + WS_FRAME_CONTROL_MAX)

_Static_assert(WS_UPGRADE_REQUEST_MAX <= OUT_SIZE, "the request goes out from there");

struct ws {
	struct transport carrier;
	struct transport_rules carrier_rules;
	enum { WS_CARRIER, WS_ASKING, WS_AWAITING, WS_OPEN } stage;
	struct ws_upgrade upgrade;
	struct ws_frame_reader reader;
	uint8_t *out; /* OUT_SIZE, or NULL: the request, then one message at a time */
	size_t out_at, out_len;
	size_t told; /* bytes of the message's payload that the caller knows to be out */
	uint8_t control[CONTROL_SIZE]; /* a pong that is to go out between two messages */
	size_t control_at, control_len;
	uint8_t *head; /* HEAD_SIZE, or NULL: the response, then what came behind it */
	size_t head_at, head_len;
	uint8_t masks[MASKS][WS_FRAME_MASK_SIZE];
	unsigned masks_left;
	char why[80];
};

static int explain(struct ws *w, int err, const char *text)
{
	snprintf(w->why, sizeof(w->why), "%s", text);
	return err;
}

static const uint8_t *next_mask(struct ws *w)
{
	if (w->masks_left == 0) {
		box_random(w->masks, sizeof(w->masks));
		w->masks_left = MASKS;
	}
	return w->masks[--w->masks_left];
}

static int ensure(uint8_t **room, size_t size)
{
	if (!*room)
		*room = malloc(size);
	return *room ? 0 : ERROR_NO_MEMORY;
}

/* --- the upgrade -------------------------------------------------------------- */

static struct ws *begin(const struct transport *t)
{
	struct ws *w = calloc(1, sizeof(*w));
	uint8_t nonce[WS_UPGRADE_NONCE_SIZE];

	if (!w)
		return NULL;
	box_random(nonce, sizeof(nonce));
	if (ensure(&w->out, OUT_SIZE) != 0 || ws_upgrade_init(&w->upgrade, nonce) != 0) {
		free(w->out);
		free(w);
		return NULL;
	}
	w->carrier_rules = *t->rules;
	w->carrier_rules.ops = t->rules->carrier;
	w->carrier = (struct transport){ .rules = &w->carrier_rules, .fd = t->fd };
	return w;
}

/* What is in `out` goes on its way. */
static int push(struct ws *w)
{
	while (w->out_at < w->out_len) {
		ssize_t n = w->carrier.rules->ops->write(&w->carrier, w->out + w->out_at, w->out_len - w->out_at);

		if (n < 0)
			return (int)n;
		w->out_at += (size_t)n;
	}
	return 0;
}

static int check_response(struct ws *w)
{
	struct http_response response;
	size_t scanned = 0;
	int err = http_response_parse(&response, w->head, w->head_len, &scanned);

	if (err == ERROR_MORE)
		return w->head_len < HEAD_SIZE ? ERROR_MORE : ERROR_TOO_BIG;
	if (err)
		return explain(w, ERROR_MALFORMED, "not an HTTP response");
	err = ws_upgrade_check(&w->upgrade, &response);
	if (err == ERROR_DENIED) {
		snprintf(w->why, sizeof(w->why), "the relay answers the WebSocket upgrade with status %d",
			 response.status);
		return err;
	}
	if (err == ERROR_UNSUPPORTED)
		return explain(w, err, "the relay does not speak DERP over WebSocket");
	if (err)
		return explain(w, err, "not an answer to this WebSocket upgrade");
	w->head_at = response.head_len;
	return 0;
}

static int await_response(struct ws *w)
{
	for (;;) {
		ssize_t n;
		int err = ensure(&w->head, HEAD_SIZE);

		if (err)
			return err;
		n = w->carrier.rules->ops->read(&w->carrier, w->head + w->head_len, HEAD_SIZE - w->head_len);
		if (n < 0)
			return (int)n;
		w->head_len += (size_t)n;
		err = check_response(w);
		if (err != ERROR_MORE)
			return err;
	}
}

static int ws_secure(struct transport *t)
{
	struct ws *w;
	int err = 0;

	if (!t->state)
		t->state = begin(t);
	w = t->state;
	if (!w)
		return ERROR_NO_MEMORY;
	if (w->stage == WS_CARRIER) {
		err = w->carrier.rules->ops->secure(&w->carrier);
		if (err)
			return err;
		w->out_len = ws_upgrade_request(&w->upgrade, (char *)w->out, t->rules->host);
		w->stage = WS_ASKING;
	}
	if (w->stage == WS_ASKING) {
		err = push(w);
		if (err)
			return err;
		w->out_at = w->out_len = 0;
		free(w->out); /* an idle client keeps none */
		w->out = NULL;
		w->stage = WS_AWAITING;
	}
	err = await_response(w);
	if (!err)
		w->stage = WS_OPEN;
	return err;
}

/* --- to the relay ------------------------------------------------------------- */

static int push_control(struct ws *w)
{
	while (w->control_at < w->control_len) {
		ssize_t n = w->carrier.rules->ops->write(&w->carrier, w->control + w->control_at,
							 w->control_len - w->control_at);

		if (n < 0)
			return (int)n;
		w->control_at += (size_t)n;
	}
	w->control_at = w->control_len = 0;
	return 0;
}

/* Never between the parts of a message, and not before an earlier one is out. */
static int answer_ping(struct ws *w)
{
	int err;

	if (w->reader.pinged && w->control_len == 0) {
		w->control_len = ws_frame_put(w->control, WS_FRAME_PONG, next_mask(w), w->reader.ping,
					      w->reader.ping_len);
		w->reader.pinged = false;
	}
	if (w->out_len)
		return 0;
	err = push_control(w);
	return err == ERROR_MORE ? 0 : err;
}

/* Bytes of the message's payload that have gone out since the last call. */
static size_t progress(struct ws *w)
{
	size_t head = w->out_len <= 125 + 6 ? 6 : 8; /* with the mask, see ws_frame_put */
	size_t out = w->out_at > head ? w->out_at - head : 0;
	size_t n = out - w->told;

	w->told = out;
	return n;
}

static ssize_t ws_write(struct transport *t, const void *data, size_t len)
{
	struct ws *w = t->state;
	int err = ensure(&w->out, OUT_SIZE);

	if (!err && w->out_len == 0)
		err = push_control(w);
	if (err || len == 0)
		return err;
	if (w->out_len == 0) {
		if (len > TRANSPORT_WS_MESSAGE_MAX)
			len = TRANSPORT_WS_MESSAGE_MAX;
		w->out_len = ws_frame_put(w->out, WS_FRAME_BINARY, next_mask(w), data, len);
		w->told = 0;
	}
	err = push(w);
	len = progress(w);
	if (!err)
		w->out_at = w->out_len = 0;
	/* An error other than "later" comes again with the next call. */
	return len ? (ssize_t)len : err;
}

/* --- from the relay ----------------------------------------------------------- */

/* Bytes as they come, framed; what came behind the response first. */
static ssize_t take_raw(struct ws *w, uint8_t *data, size_t cap)
{
	size_t n = w->head_len - w->head_at;

	if (!w->head)
		return w->carrier.rules->ops->read(&w->carrier, data, cap);
	if (n > cap)
		n = cap;
	memcpy(data, w->head + w->head_at, n);
	w->head_at += n;
	if (w->head_at == w->head_len) {
		free(w->head);
		w->head = NULL;
	}
	return (ssize_t)n;
}

static ssize_t ws_read(struct transport *t, void *data, size_t cap)
{
	struct ws *w = t->state;
	uint8_t *to = data;
	size_t len = 0;

	while (len < cap && !w->reader.closed) {
		bool ahead = w->head != NULL;
		size_t room = cap - len;
		ssize_t n = take_raw(w, to + len, room);
		bool last = !ahead && n < (ssize_t)room;
		int err;

		/* An end is told again by the next call. */
		if (n < 0)
			return len ? (ssize_t)len : n;
		n = ws_frame_read(&w->reader, to + len, (size_t)n);
		if (n < 0)
			return explain(w, (int)n, "not WebSocket framing");
		len += (size_t)n;
		err = answer_ping(w);
		if (err)
			return err;
		if (last && len)
			break;
	}
	if (len)
		return (ssize_t)len;
	snprintf(w->why, sizeof(w->why), "closed by the relay with WebSocket code %u", w->reader.close_code);
	return ERROR_CLOSED;
}

/* --- life --------------------------------------------------------------------- */

static void ws_release(struct transport *t)
{
	struct ws *w = t->state;

	if (!w)
		return;
	w->carrier.rules->ops->release(&w->carrier);
	free(w->out);
	free(w->head);
	free(w);
	t->state = NULL;
}

static const char *ws_why(const struct transport *t)
{
	const struct ws *w = t->state;

	if (!w)
		return NULL;
	if (w->why[0] || !w->carrier.rules->ops->why)
		return w->why;
	return w->carrier.rules->ops->why(&w->carrier);
}

const struct transport_ops transport_ws = {
	.secure = ws_secure,
	.read = ws_read,
	.write = ws_write,
	.release = ws_release,
	.why = ws_why,
	.upgrades = true,
};
