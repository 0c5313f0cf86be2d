/* SPDX-License-Identifier: MIT
 * hyper-derp --make-cert HOST. */
#ifndef HD_DAEMON_CERT_COMMAND_H
#define HD_DAEMON_CERT_COMMAND_H

#include "daemon/exit_code.h"
#include "util/assert.h"

/* Makes the certificate in the current directory and tells, on standard output,
 * where it is, how to use it, and its pin. Errors go to standard error. */
HD_MUST_CHECK enum exit_code cert_command_run(const char *host);

#endif
