/* SPDX-License-Identifier: MIT
 * The listening sockets of the daemon: the relay's, and the one of metrics. */
#ifndef HD_DAEMON_LISTEN_SET_H
#define HD_DAEMON_LISTEN_SET_H

#include <stdint.h>

#include "config/settings.h"
#include "util/assert.h"

struct listen_set {
	int *relay_fds;
	uint32_t relay_count;
	int metrics_fd; /* -1: none */
};

/* Empty, nothing open. */
void listen_set_init(struct listen_set *l);
/* Takes the sockets that systemd passed, else opens what the settings say;
 * logs "listening on ADDRESS:PORT" for each, or what is wrong. */
HD_MUST_CHECK int listen_set_open(struct listen_set *l, const struct settings *s);
void listen_set_close(struct listen_set *l);

#endif
