/* SPDX-License-Identifier: MIT
 * The simulated kernel's sockets and descriptors. A number that is closed is
 * given out again at once, so that a stale use meets another connection. */
#ifndef HD_TESTS_SIM_KERNEL_H
#define HD_TESTS_SIM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_FD_FIRST 1000000 /* no number of a real descriptor */

struct sim_op; /* sim_ring.c */

/* The relay's end of a connection. */
struct sock {
	int fd;              /* -1: not open */
	uint32_t conn;       /* whose it is */
	/* from the client */
	uint8_t *in;
	size_t in_len, in_at, in_cap;
	bool fin;            /* end of file behind what is in */
	int error;           /* errno of both directions, behind what is in */
	/* to the client */
	uint32_t out_max;    /* bytes it takes unread */
	uint32_t out_used;
	/* the relay's doing */
	bool shut;
	uint64_t took_ms;    /* shard's clock: when it last heard that bytes were taken; 0: never */
	uint64_t shut_ms;    /* when it shut this down */
	struct sim_op *recv; /* asked for, its last event not yet taken */
	struct sim_op *send;
};

void kernel_init(void);
void kernel_release(void); /* all descriptors must be closed */
/* Opens a descriptor for a socket. */
int kernel_open(struct sock *s);
/* Fails the run unless the number is open. */
struct sock *kernel_sock(int fd);
/* Closes; fails the run while an operation uses it. */
void kernel_close(int fd);
uint32_t kernel_open_count(void);

/* Bytes written by the client. */
void sock_write(struct sock *s, const void *data, size_t len);
static inline size_t sock_waiting(const struct sock *s)
{
	return s->in_len - s->in_at;
}
/* The kernel moves n bytes to the relay. */
void sock_take(struct sock *s, void *to, size_t n);
static inline uint32_t sock_room(const struct sock *s)
{
	return s->out_used < s->out_max ? s->out_max - s->out_used : 0;
}

#endif
