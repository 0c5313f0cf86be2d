/* SPDX-License-Identifier: MIT
 * The steps of a login, one row each: name, what it does, how many bytes it
 * can wait for. A step takes from the front of what was received and says what
 * comes next; it never reads, never closes, never blocks. */
#ifndef HD_ACCEPT_STEP_H
#define HD_ACCEPT_STEP_H

#include <stddef.h>
#include <stdint.h>

#include "stats/reasons.h"

struct login;

enum step_id {
	STEP_TLS,         /* handshake, where TLS is spoken */
	STEP_HTTP,        /* request head: a page, or the upgrade */
	STEP_GREETING,    /* the HTTP response and ServerKey */
	STEP_CLIENT_INFO, /* its whole frame */
	STEP_VERIFY,      /* box, JSON, mesh key */
	STEP_HANDOVER,    /* ServerInfo, and to the shard */
	STEP_LINGER,      /* the last page is read by the client before the connection closes */
	STEP_COUNT
};

/* Received bytes that no step has taken yet. A step may overwrite those it takes. */
struct step_input {
	uint8_t *at;
	size_t left;
};

enum step_verb {
	STEP_WAIT,  /* for more bytes */
	STEP_DRAIN, /* for the socket to take what the step itself writes */
	STEP_RETRY, /* shortly, with the same bytes */
	STEP_GO,    /* on to step `next` */
	STEP_END,   /* the connection ends with `result` */
};

struct step_move {
	enum step_verb verb;
	enum step_id next;
	enum login_result result;
};

struct step_move step_run(struct login *l, struct step_input *in);
/* "http", "verify", ... */
const char *step_name(enum step_id id);
/* Bytes that may lie unread in front of a step; 0: it wants none. */
size_t step_input_max(enum step_id id);

#endif
