/* SPDX-License-Identifier: MIT */
#include "tests/sim/kernel.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define KERNEL_FDS 1024

static struct sock *kernel_of[KERNEL_FDS];
static uint32_t kernel_opened;

void kernel_init(void)
{
	memset(kernel_of, 0, sizeof(kernel_of));
	kernel_opened = 0;
}

void kernel_release(void)
{
	sim_check(kernel_opened == 0, "%u descriptors were never closed", kernel_opened);
}

int kernel_open(struct sock *s)
{
	int i = 0;

	while (kernel_of[i])
		hd_assert(++i < KERNEL_FDS);
	kernel_of[i] = s;
	kernel_opened++;
	s->fd = KERNEL_FD_FIRST + i;
	return s->fd;
}

struct sock *kernel_sock(int fd)
{
	int i = fd - KERNEL_FD_FIRST;

	if (i < 0 || i >= KERNEL_FDS || !kernel_of[i])
		sim_fail("descriptor %d is used but not open", fd);
	return kernel_of[i];
}

void kernel_close(int fd)
{
	struct sock *s = kernel_sock(fd);

	sim_check(!s->recv && !s->send, "descriptor %d of client %u closed with an operation on it", fd, s->conn);
	kernel_of[fd - KERNEL_FD_FIRST] = NULL;
	kernel_opened--;
	s->fd = -1;
}

uint32_t kernel_open_count(void)
{
	return kernel_opened;
}

void sock_write(struct sock *s, const void *data, size_t len)
{
	if (s->in_at > 0 && s->in_len + len > s->in_cap) {
		memmove(s->in, s->in + s->in_at, s->in_len - s->in_at);
		s->in_len -= s->in_at;
		s->in_at = 0;
	}
	if (s->in_len + len > s->in_cap) {
		s->in_cap = (s->in_len + len) * 2;
		s->in = realloc(s->in, s->in_cap);
		hd_assert(s->in);
	}
	if (len > 0)
		memcpy(s->in + s->in_len, data, len);
	s->in_len += len;
}

void sock_take(struct sock *s, void *to, size_t n)
{
	hd_assert(n <= sock_waiting(s));
	memcpy(to, s->in + s->in_at, n);
	s->in_at += n;
}
