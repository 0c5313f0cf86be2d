/* SPDX-License-Identifier: MIT */
#include "data/ring_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "util/error.h"

#define RING_PROBE_SYSCTL "/proc/sys/kernel/io_uring_disabled"

/* Value of kernel.io_uring_disabled, -1 where there is no such setting (before 6.6). */
static int ring_probe_sysctl(void)
{
	char c = 0;
	int fd = open(RING_PROBE_SYSCTL, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, &c, 1);
	close(fd);
	return n == 1 && c >= '0' && c <= '2' ? c - '0' : -1;
}

static const char *ring_probe_eperm(int sysctl)
{
	switch (sysctl) {
	case 2:
		return "io_uring is switched off (kernel.io_uring_disabled = 2): "
		       "sysctl -w kernel.io_uring_disabled=0";
	case 1:
		return "io_uring is for privileged users only (kernel.io_uring_disabled = 1): add this user's "
		       "group to kernel.io_uring_group or sysctl -w kernel.io_uring_disabled=0";
	default:
		return "io_uring is forbidden (EPERM), most likely by a seccomp filter: in a container allow "
		       "io_uring_setup, io_uring_enter and io_uring_register in its seccomp profile";
	}
}

void ring_probe_explain(char *why, size_t cap, int error, int sysctl, const char *release)
{
	switch (error) {
	case EPERM:
		snprintf(why, cap, "%s", ring_probe_eperm(sysctl));
		break;
	case ENOSYS:
		snprintf(why, cap, "no io_uring (ENOSYS): kernel %s is too old or built without it (6.1 or "
			 "later is needed), or a seccomp filter hides it: allow io_uring_setup, io_uring_enter "
			 "and io_uring_register", release);
		break;
	case EINVAL:
		snprintf(why, cap, "kernel %s is too old: its io_uring lacks what is needed (6.1 or later)",
			 release);
		break;
	case ENOMEM:
		snprintf(why, cap, "no memory for io_uring: raise LimitMEMLOCK= or the service's memory limit");
		break;
	case EMFILE:
	case ENFILE:
		snprintf(why, cap, "no file descriptor left for io_uring: raise LimitNOFILE=");
		break;
	default:
		snprintf(why, cap, "io_uring cannot be used: %s", strerror(error));
	}
}

static int ring_probe_setup(void)
{
	static const int needed[] = { IORING_OP_RECV, IORING_OP_SEND, IORING_OP_SENDMSG, IORING_OP_POLL_ADD,
				      IORING_OP_ASYNC_CANCEL };
	struct io_uring_params p = { .flags = IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL |
					      IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN };
	struct io_uring_probe *probe;
	struct io_uring ring;
	int rc = io_uring_queue_init_params(8, &ring, &p);

	if (rc < 0)
		return -rc;
	probe = io_uring_get_probe_ring(&ring);
	rc = probe ? 0 : ENOMEM;
	for (size_t i = 0; probe && i < HD_ARRAY_LEN(needed); i++)
		if (!io_uring_opcode_supported(probe, needed[i]))
			rc = EINVAL;
	io_uring_free_probe(probe);
	io_uring_queue_exit(&ring);
	return rc;
}

int ring_probe(char *why, size_t why_cap)
{
	int error = ring_probe_setup();
	struct utsname u;

	if (error == 0)
		return 0;
	if (uname(&u) < 0)
		u.release[0] = '\0';
	ring_probe_explain(why, why_cap, error, ring_probe_sysctl(), u.release);
	return ERROR_UNSUPPORTED;
}
