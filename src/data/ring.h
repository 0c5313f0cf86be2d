/* SPDX-License-Identifier: MIT
 * All that the data plane asks of the kernel, in terms narrow enough that
 * another engine (epoll, a simulation) can stand in. One thread per ring.
 *
 * Operations are named by the caller's 64-bit tag. Each armed operation ends
 * with exactly one event that lacks `more`; until then the kernel may use its
 * descriptor and memory. Events come out in any order between operations. */
#ifndef HD_DATA_RING_H
#define HD_DATA_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "util/assert.h"

struct ring;

struct ring_settings {
	uint32_t buf_size;  /* bytes of one receive buffer */
	uint32_t buf_count; /* receive buffers, a power of two up to 32,768 */
	bool parts;         /* receives share buffers, where the kernel can: not with sqpoll or records */
	bool sqpoll;
	int wake_fd;        /* eventfd; a write to it ends a wait. Never read. */
};

struct ring_event {
	uint64_t tag;
	int32_t res;     /* bytes, or -errno */
	uint8_t *data;   /* the bytes received, if has_buf */
	uint16_t buf;    /* receive buffer they lie in */
	bool has_buf;
	bool buf_done;   /* the kernel has done with it: the caller's until ring_buf_return */
	bool more;       /* the operation goes on */
};

/* Makes the ring for the calling thread. ERROR_UNSUPPORTED, ERROR_NO_MEMORY,
 * ERROR_IO, with errno set. */
HD_MUST_CHECK int ring_new(struct ring **ring, const struct ring_settings *settings);
/* Cancels what is left; buffers are gone after. */
void ring_free(struct ring *ring);

/* With `parts` there may be fewer and larger buffers than were asked for. */
uint32_t ring_buf_size(const struct ring *ring);
uint32_t ring_buf_count(const struct ring *ring);
/* First byte of a receive buffer. */
uint8_t *ring_buf(const struct ring *ring, uint16_t buf);
void ring_buf_return(struct ring *ring, uint16_t buf);

/* Receives into provided buffers until an error, end of file (res 0), lack of
 * buffers (-ENOBUFS) or a cancel ends it. */
void ring_recv(struct ring *ring, int fd, uint64_t tag);
/* The same on a socket with TLS in the kernel: each buffer has contents of
 * records of one type, which ring_record finds in it. (A plain receive would end
 * with EIO at a record that is not data.) */
void ring_recv_records(struct ring *ring, int fd, uint64_t tag);
struct ring_record {
	uint8_t *data; /* in the buffer */
	uint32_t len;  /* 0 and no type: end of file */
	uint8_t type;  /* RFC 8446, 5.1: 21 alert, 22 handshake, 23 data; 0: none, at the end */
};
void ring_record(const struct ring *ring, const struct ring_event *event, struct ring_record *record);
/* Sends bytes; res may be less than asked for. With `wait` it waits for room
 * in the socket, otherwise -EAGAIN or a short count comes at once. The memory
 * (and the gather) stays untouched until the event. */
void ring_send(struct ring *ring, int fd, const void *data, size_t len, bool wait, uint64_t tag);

#define RING_GATHER_MAX 64
struct ring_gather {
	struct msghdr msg; /* the ring's */
	uint32_t count;    /* of iov, 1..RING_GATHER_MAX */
	struct iovec iov[RING_GATHER_MAX];
};
void ring_send_gather(struct ring *ring, int fd, struct ring_gather *gather, bool wait, uint64_t tag);
/* Asks for the end of the operation(s) with that tag. Makes no event itself. */
void ring_cancel(struct ring *ring, uint64_t tag);

/* Submits what was asked for and, if `timeout_ns` is not 0, waits for an event,
 * a wake-up or the time (-1: for ever). */
void ring_enter(struct ring *ring, int64_t timeout_ns);
/* The same, but waits for that many events besides the ends of sends that do
 * not wait, or for the time. */
void ring_linger(struct ring *ring, uint32_t events, int64_t timeout_ns);
/* Next event, false if there is none now. */
bool ring_next(struct ring *ring, struct ring_event *event);

/* Descriptors of connections, through here so that a simulation sees them. */
void ring_shutdown(struct ring *ring, int fd); /* both directions */
void ring_close(struct ring *ring, int fd);
/* Last words: at once, what the socket takes of them, no event. Only while no
 * send is under way. */
void ring_send_last(struct ring *ring, int fd, const void *data, size_t len);

#endif
