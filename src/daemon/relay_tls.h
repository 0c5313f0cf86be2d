/* SPDX-License-Identifier: MIT
 * The relay's certificates: read at the start, read again when asked or when the
 * files have changed, renewed where they carry the meta certificate of fast
 * start, watched for their end. The main thread's. */
#ifndef HD_DAEMON_RELAY_TLS_H
#define HD_DAEMON_RELAY_TLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "config/settings.h"
#include "daemon/exit_code.h"
#include "proto/key.h"
#include "stats/stats.h"
#include "tls/context.h"
#include "util/assert.h"

#define RELAY_TLS_FILES 4

/* Tells a file from what it was. */
struct relay_tls_stamp {
	struct timespec mtime;
	off_t size;
	ino_t inode;
};

struct relay_tls {
	struct ticket_keys *ticket_keys;
	struct tls_context *context; /* in force; NULL: plain DERP */
	struct key public_key;
	struct stats *stats;
	struct relay_tls_stamp stamps[RELAY_TLS_FILES];
	int64_t warned_day;          /* days since 1970 of the last warning of expiry */
	bool ktls;
};

/* Nothing to do without tls_cert. The log says what fails, and what was decided
 * about kTLS and why. */
HD_MUST_CHECK enum exit_code relay_tls_start(struct relay_tls *t, const struct settings *s,
					     const struct key *public_key, struct stats *stats);
void relay_tls_stop(struct relay_tls *t);

/* Reads the files again. True: t->context is a new one. False: the log says why
 * the old one stays. */
bool relay_tls_reload(struct relay_tls *t, const struct settings *s);
/* Every few seconds: reloads if a file has changed or the meta certificate is to
 * be renewed, and warns of the end of a certificate once a day. True as above. */
bool relay_tls_check(struct relay_tls *t, const struct settings *s);

#endif
