/* SPDX-License-Identifier: MIT */
#include "tests/unit/tls/kernel.h"

#include <check.h>
#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LEVEL_TLS 282

struct kernel kernel;

void kernel_begin(void)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.on = true;
}

void kernel_end(void)
{
	kernel.on = false;
}

static int remember(enum kernel_option option, const void *value, socklen_t len)
{
	struct kernel_call *c = &kernel.call[kernel.calls];

	ck_assert_int_lt(kernel.calls, KERNEL_CALLS_MAX);
	ck_assert_uint_le(len, sizeof(c->info));
	kernel.calls++;
	if (kernel.calls == kernel.fail_at) {
		errno = kernel.error;
		return -1;
	}
	c->option = option;
	c->len = len;
	memcpy(c->info, value, len);
	return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	if (kernel.on && level == IPPROTO_TCP && name == TCP_ULP)
		return remember(KERNEL_ULP, value, len);
	if (kernel.on && kernel.swallows && level == LEVEL_TLS && shutdown(fd, SHUT_WR) < 0)
		return -1;
	if (kernel.on && level == LEVEL_TLS)
		return remember(name == TLS_TX ? KERNEL_TX : KERNEL_RX, value, len);
	return (int)syscall(SYS_setsockopt, fd, level, name, value, len);
}
