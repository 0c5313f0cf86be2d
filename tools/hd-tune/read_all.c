/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/read_all.h"

#include <errno.h>
#include <unistd.h>

#include "util/error.h"

#define READ_SIZE 16384

int read_all(int fd, struct bytes *out)
{
	for (;;) {
		size_t left = out->max - out->len, room = left < READ_SIZE ? left : READ_SIZE;
		int error = room ? bytes_reserve(out, room) : 0;
		char beyond;
		ssize_t n;

		if (error)
			return error;
		n = room ? read(fd, out->data + out->len, room) : read(fd, &beyond, sizeof(beyond));
		if (n < 0 && errno != EINTR)
			return ERROR_IO;
		if (n == 0)
			return 0;
		if (n > 0 && !room)
			return ERROR_TOO_BIG;
		if (n > 0)
			out->len += (size_t)n;
	}
}
