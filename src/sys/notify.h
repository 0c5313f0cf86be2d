/* SPDX-License-Identifier: MIT
 * systemd's notification protocol (sd_notify(3)): a datagram to $NOTIFY_SOCKET. */
#ifndef HD_SYS_NOTIFY_H
#define HD_SYS_NOTIFY_H

#include <stdint.h>

/* Each is silent and does nothing without $NOTIFY_SOCKET. */
void notify_ready(const char *status);
void notify_reloading(void); /* with MONOTONIC_USEC, for Type=notify-reload */
void notify_stopping(void);
void notify_status(const char *status);
void notify_watchdog(void);
/* Interval in which notify_watchdog is to be called (half of $WATCHDOG_USEC,
 * if $WATCHDOG_PID is us or unset), 0: no watchdog. */
uint32_t notify_watchdog_ms(void);
/* Listening descriptors passed by socket activation (sd_listen_fds(3)):
 * 3 .. 3 + count - 1. Close-on-exec is set, the variables are unset. */
int notify_listen_fds(void);

#endif
