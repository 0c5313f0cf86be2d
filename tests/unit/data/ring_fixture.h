/* SPDX-License-Identifier: MIT
 * A ring of the kernel's and sockets for it, one of each per test. */
#ifndef HD_TESTS_UNIT_DATA_RING_FIXTURE_H
#define HD_TESTS_UNIT_DATA_RING_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/ring.h"

#define FIXTURE_BUF_SIZE 4096
#define FIXTURE_BUF_COUNT 8
#define FIXTURE_RECV_TAG UINT64_C(0x0100000000000001)
#define FIXTURE_SEND_TAG UINT64_C(0x0200000000000001)
#define FIXTURE_WAIT_NS INT64_C(10000000000) /* nothing here takes as long */

extern struct ring *fixture_ring;
extern int fixture_wake_fd;

void fixture_open(bool sqpoll);
void fixture_open_parts(void); /* buffers filled by parts, if this kernel can */
void fixture_close(void);
/* Connected sockets, neither of which blocks: fd[0] is the ring's end, fd[1] the test's. */
void fixture_pair(int fd[2]);
void fixture_tcp(int fd[2]);
void fixture_close_pair(const int fd[2]);
/* Fills a socket until it takes no more, and will not before the other end reads; bytes taken. */
size_t fixture_fill(int fd);
/* The next event, which must come. */
struct ring_event fixture_next(void);
struct ring_event fixture_next_of(uint64_t tag);
/* Nothing comes, after all that is under way has been looked at. */
void fixture_quiet(void);

#endif
