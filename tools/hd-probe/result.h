/* SPDX-License-Identifier: MIT
 * What a probe found, step by step. */
#ifndef HD_TOOLS_HD_PROBE_RESULT_H
#define HD_TOOLS_HD_PROBE_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"
#include "proto/key.h"
#include "tools/hd-probe/cert.h"
#include "tools/hd-probe/latency.h"
#include "util/assert.h"

/* One row: name, word of the report. In the order they are taken. */
#define RESULT_STEP_TABLE(X)                \
	X(RESULT_RESOLVE, "resolve")         \
	X(RESULT_CONNECT, "connect")         \
	X(RESULT_TLS, "tls")                 \
	X(RESULT_CERTIFICATE, "certificate") \
	X(RESULT_HTTP, "http")               \
	X(RESULT_LOGIN, "login")             \
	X(RESULT_PING, "ping")               \
	X(RESULT_PACKETS, "packets")

enum result_step {
#define RESULT_STEP_ROW(name, word) name,
	RESULT_STEP_TABLE(RESULT_STEP_ROW)
#undef RESULT_STEP_ROW
	RESULT_STEPS
};
const char *result_step_word(enum result_step step);

enum result_state { RESULT_SKIPPED, RESULT_OK, RESULT_WARNING, RESULT_CRITICAL };
const char *result_state_word(enum result_state state);

struct result_finding {
	enum result_state state;
	bool timed;
	uint64_t ns; /* if timed: what the step took */
	char text[200]; /* for people; "" if there is nothing to say */
};

struct result { /* zero: nothing was found out yet */
	struct result_finding findings[RESULT_STEPS];
	char relay[280]; /* "HOST:PORT" */
	char address[ADDR_TEXT_SIZE]; /* connected to; "": none */
	struct key key; /* the relay's; zero: not known */
	bool tls; /* the handshake was done: the next three hold */
	uint16_t tls_version; /* as tls_stream.h has it */
	char tls_suite[64];
	struct cert cert;
	struct latency pings;
	struct latency packets;
};

/* Notes what a step came to; a worse state stays and its text with it. */
void result_note(struct result *r, enum result_step step, enum result_state state, const char *fmt, ...)
	HD_PRINTF(4, 5);
void result_time(struct result *r, enum result_step step, uint64_t ns);
/* The first step with the worst state of all; RESULT_STEPS: all are skipped. */
enum result_step result_worst(const struct result *r);
/* That step's state. */
enum result_state result_state(const struct result *r);

#endif
