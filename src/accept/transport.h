/* SPDX-License-Identifier: MIT
 * Bytes of a login to and from its client, without blocking. */
#ifndef HD_ACCEPT_TRANSPORT_H
#define HD_ACCEPT_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/assert.h"

struct transport {
	int fd; /* non-blocking socket, owned; -1: handed over or closed */
};

void transport_init(struct transport *t, int fd);
/* Closes the descriptor, if it is still here. */
void transport_release(struct transport *t);
/* Gives the descriptor away. */
int transport_steal(struct transport *t);

/* Bytes read or written (> 0); ERROR_MORE: none now, wait for the descriptor;
 * ERROR_CLOSED: end of file, or the client reset the connection; ERROR_IO. */
HD_MUST_CHECK ssize_t transport_read(struct transport *t, void *to, size_t cap);
HD_MUST_CHECK ssize_t transport_write(struct transport *t, const void *from, size_t len);
/* No more will be written. */
void transport_shutdown(struct transport *t);

#endif
