/* SPDX-License-Identifier: MIT
 * systemd's notification protocol (sd_notify(3)): a datagram to $NOTIFY_SOCKET,
 * a path or an abstract name ("@..."). Any thread, while no thread changes the
 * environment. */
#ifndef HD_SYS_NOTIFY_H
#define HD_SYS_NOTIFY_H

#include <stdint.h>

#include "util/assert.h"

/* Each is silent and does nothing without $NOTIFY_SOCKET, or if nobody listens
 * there. A status is one line of at most 200 bytes (cut, control bytes become
 * blanks); NULL: none. */
void notify_ready(const char *status);
void notify_reloading(void); /* with MONOTONIC_USEC, for Type=notify-reload */
void notify_stopping(void);
void notify_status(const char *status);
void notify_watchdog(void);
/* Interval in which notify_watchdog is to be called (half of $WATCHDOG_USEC,
 * if $WATCHDOG_PID is us or unset), 0: no watchdog. */
uint32_t notify_watchdog_ms(void);

#define NOTIFY_LISTEN_FDS_START 3
/* Count of listening descriptors passed by socket activation (sd_listen_fds(3)):
 * NOTIFY_LISTEN_FDS_START and up; 0 if none are meant for this process.
 * Close-on-exec is set and the variables are unset, so that neither reaches a
 * child; call it before there are threads. ERROR_MALFORMED for variables that
 * make no sense, ERROR_IO if a descriptor is not open. */
HD_MUST_CHECK int notify_listen_fds(void);

#endif
