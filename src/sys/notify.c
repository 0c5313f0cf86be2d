/* SPDX-License-Identifier: MIT */
#include "sys/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/error.h"
#include "util/mono.h"

#define STATUS_MAX 200
#define LISTEN_FDS_MAX 1024

/* Plain decimal digits; -1 for anything else or past INT64_MAX. */
static int64_t parse_decimal(const char *text)
{
	int64_t n = 0;

	if (*text == '\0')
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, *text - '0', &n))
			return -1;
	}
	return n;
}

/* Length of the address, 0 if the name is none of a Unix socket's. */
static socklen_t socket_address(struct sockaddr_un *address, const char *name)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof(address->sun_path))
		return 0;
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, name, len);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static void send_text(const char *text)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t len = name ? socket_address(&address, name) : 0;
	ssize_t sent;
	int fd;

	if (len == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	do
		sent = sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, len);
	while (sent < 0 && errno == EINTR);
	close(fd);
}

/* A line end in a status would begin another assignment. */
static void send_with_status(const char *state, const char *status)
{
	char text[STATUS_MAX + 64];
	int n = snprintf(text, sizeof(text), "%s%sSTATUS=", state, *state ? "\n" : "");
	size_t used = (size_t)n;

	if (!status) {
		send_text(state);
		return;
	}
	for (size_t i = 0; i < STATUS_MAX && status[i]; i++)
		text[used++] = (unsigned char)status[i] < ' ' || status[i] == 0x7f ? ' ' : status[i];
	text[used] = '\0';
	send_text(text);
}

void notify_ready(const char *status)
{
	send_with_status("READY=1", status);
}

void notify_reloading(void)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, mono_now_ns() / 1000);
	send_text(text);
}

void notify_stopping(void)
{
	send_text("STOPPING=1");
}

void notify_status(const char *status)
{
	if (status)
		send_with_status("", status);
}

void notify_watchdog(void)
{
	send_text("WATCHDOG=1");
}

static bool means_this_process(const char *pid_variable)
{
	const char *pid = getenv(pid_variable);

	return pid && parse_decimal(pid) == getpid();
}

uint32_t notify_watchdog_ms(void)
{
	const char *interval = getenv("WATCHDOG_USEC");
	int64_t usec = interval ? parse_decimal(interval) : 0;
	int64_t half_ms = usec / 2 / 1000;

	if (usec <= 0 || (getenv("WATCHDOG_PID") && !means_this_process("WATCHDOG_PID")))
		return 0;
	if (half_ms > UINT32_MAX)
		return UINT32_MAX;
	return half_ms > 0 ? (uint32_t)half_ms : 1;
}

static int close_on_exec(int count)
{
	for (int fd = NOTIFY_LISTEN_FDS_START; fd < NOTIFY_LISTEN_FDS_START + count; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags < 0 || fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0)
			return ERROR_IO;
	}
	return count;
}

int notify_listen_fds(void)
{
	const char *fds = getenv("LISTEN_FDS");
	bool ours = fds && means_this_process("LISTEN_PID");
	int64_t count = ours ? parse_decimal(fds) : 0;

	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	if (count < 0 || count > LISTEN_FDS_MAX)
		return ERROR_MALFORMED;
	return close_on_exec((int)count);
}
