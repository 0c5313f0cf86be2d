/* SPDX-License-Identifier: MIT
 * The ring's inside: sim_ring.c is what the shard sees of it, sim_work.c what
 * the kernel does. */
#ifndef HD_TESTS_SIM_RING_CORE_H
#define HD_TESTS_SIM_RING_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "data/ring.h"
#include "tests/sim/kernel.h"

enum sim_op_kind { SIM_OP_RECV, SIM_OP_SEND, SIM_OP_CANCEL };

struct sim_op {
	enum sim_op_kind kind;
	int fd;
	uint64_t tag;
	struct sock *sock;  /* NULL until the kernel has seen the operation */
	bool cancelled;
	bool wait;
	const struct ring_gather *gather;
	uint32_t count;
	size_t len;
	uint64_t sum;       /* of the memory to send, when it was asked for */
	struct iovec iov[RING_GATHER_MAX];
};

struct sim_event {
	struct ring_event e;
	struct sim_op *op; /* NULL unless it is the operation's last */
};

struct sim_vec { /* of pointers, in order */
	void **at;
	uint32_t len, cap;
};

enum sim_buf_state { SIM_BUF_KERNEL, SIM_BUF_SHARD, SIM_BUF_RETURNED };

struct ring {
	struct ring_settings settings;
	uint16_t shard;
	uint8_t *bufs;
	uint8_t *buf_state;    /* enum sim_buf_state */
	uint32_t *buf_used;    /* bytes the last use wrote */
	bool part;             /* the next buffer to fill has bytes already */
	uint16_t *free;        /* [buf_count] ring of buffers the kernel may fill */
	uint32_t free_head, free_count;
	uint16_t *returned;    /* not yet published */
	uint32_t returned_count;
	struct sim_vec submitted; /* struct sim_op, not yet seen by the kernel */
	struct sim_vec active;    /* struct sim_op */
	struct sim_vec events;    /* struct sim_event */
	uint32_t events_at;
	bool asleep;
	bool woken;
	uint32_t events_wanted; /* that end the wait */
	uint64_t deadline_ns;
};

void sim_vec_push(struct sim_vec *v, void *p);
void sim_vec_remove(struct sim_vec *v, uint32_t i);
/* True in one of n cases, never for 0. */
bool sim_odd(uint32_t one_in);
/* The kernel takes the next operation from the queue. */
void sim_work_see(struct ring *r);
/* The kernel begins to fill a buffer: it must be as it was returned. */
void sim_buf_take(struct ring *r, uint16_t id);
/* The next n bytes of it, which the shard may use from now on. */
uint8_t *sim_buf_show(struct ring *r, uint16_t id, uint32_t n);
/* Vector and memory of a send must be as they were when it was asked for. */
void sim_op_check_vector(const struct sim_op *op);
uint64_t sim_op_sum(const struct sim_op *op);

#endif
