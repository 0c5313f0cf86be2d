/* SPDX-License-Identifier: MIT */
#include "tls/random.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "util/bytes.h"

#define BLOCK 256 /* so many the kernel gives without being interrupted */

static _Thread_local uint8_t block[BLOCK];
static _Thread_local size_t left; /* at the end of the block */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool parted; /* a child of a fork begins anew */

/* In the child there is no other thread than the one that forked. */
static void forget(void)
{
	bytes_wipe(block, sizeof(block));
	left = 0;
}

static void part(void)
{
	parted = pthread_atfork(NULL, NULL, forget) == 0;
}

static bool draw(uint8_t *to, size_t len)
{
	while (len > 0) {
		ssize_t n = getrandom(to, len, 0);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			to += n;
			len -= (size_t)n;
		}
	}
	return true;
}

bool random_bytes(void *out, size_t len)
{
	uint8_t *from;

	pthread_once(&once, part);
	if (len > BLOCK || !parted)
		return draw(out, len);
	if (len > left) {
		left = 0;
		if (!draw(block, BLOCK))
			return false;
		left = BLOCK;
	}
	from = block + BLOCK - left;
	memcpy(out, from, len);
	bytes_wipe(from, len);
	left -= len;
	return true;
}
