/* SPDX-License-Identifier: MIT
 * Listening TCP sockets. */
#ifndef HD_NET_LISTENER_H
#define HD_NET_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"

#define LISTENER_BACKLOG 4096

/* Opens a non-blocking, close-on-exec listening socket. address: numeric; an
 * IPv6 socket takes IPv6 only. On failure errno is set and one line for people
 * stands in `why` that names address, port, reason and remedy ("bind
 * 0.0.0.0:3340: Address already in use: another process listens there: ss -ltnp
 * 'sport = :3340'"). ERROR_MALFORMED (address), ERROR_EXISTS (in use),
 * ERROR_DENIED, ERROR_NOT_FOUND (nobody here has the address),
 * ERROR_UNSUPPORTED (address family), ERROR_IO. */
HD_MUST_CHECK int listener_open(const char *address, uint16_t port, char *why, size_t why_cap);

/* All addresses: [::] and 0.0.0.0; a host without IPv6 (or without IPv4) gets
 * the one it has. Port 0: any free one, the same for both. Returns the number
 * of descriptors put into fds (1 or 2), or a code as listener_open. */
HD_MUST_CHECK int listener_open_any(int fds[2], uint16_t port, char *why, size_t why_cap);

/* For a listening socket that was not opened here: TCP_NODELAY, which accepted
 * sockets inherit. Without it the second small write of a login (the HTTP
 * response behind a session ticket) waits 40 ms for a delayed acknowledgement. */
void listener_tune(int fd);

/* Port a socket is bound to (after binding port 0). */
uint16_t listener_port(int fd);

struct listener_client_options {
	uint32_t sockbuf;             /* bytes for SO_SNDBUF and SO_RCVBUF, 0: leave autotuning on */
	uint32_t tcp_user_timeout_ms; /* 0: leave */
	uint32_t tcp_keepalive_s;     /* idle time before the first probe, 0: off */
	uint32_t notsent_lowat;       /* bytes, 0: leave */
};
/* TCP_NODELAY and the above on an accepted socket. Failures are not fatal. */
void listener_tune_client(int fd, const struct listener_client_options *o);
/* All but sockbuf on a listening one, for the connections that come from now on:
 * they inherit it, and to them only listener_tune_buffers() is left to do. Sizes
 * of buffers stay out of it: a listening socket that outlives this process
 * (socket activation) could never go back to autotuning. */
void listener_tune_heirs(int fd, const struct listener_client_options *o);
void listener_tune_buffers(int fd, const struct listener_client_options *o);

#endif
