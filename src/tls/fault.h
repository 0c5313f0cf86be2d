/* SPDX-License-Identifier: MIT
 * What went wrong with a certificate, a key or OpenSSL, in one line for people:
 * "relay.crt: expired on 2026-05-01". */
#ifndef HD_TLS_FAULT_H
#define HD_TLS_FAULT_H

#include "util/assert.h"

struct tls_fault {
	char text[320]; /* NUL-terminated, cut if longer */
};

void fault_set(struct tls_fault *f, const char *fmt, ...) HD_PRINTF(2, 3);
/* Reason of the latest error in OpenSSL's queue of this thread, which is then
 * empty. Never NULL; valid until the thread's next call. */
const char *fault_openssl(void);

#endif
