/* SPDX-License-Identifier: MIT
 * Stands in for a kernel with kTLS: in this program setsockopt(2) remembers the
 * keys it is given instead of asking for them, while a test wants that. */
#ifndef HD_TESTS_UNIT_TLS_KERNEL_H
#define HD_TESTS_UNIT_TLS_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_CALLS_MAX 64

enum kernel_option { KERNEL_ULP, KERNEL_TX, KERNEL_RX };

struct kernel_call {
	enum kernel_option option;
	uint8_t info[64];
	size_t len;
};

struct kernel {
	bool on;
	int fail_at; /* number of the call that fails, from 1; 0: none does */
	int error;   /* with this */
	bool swallows; /* a socket that has its key sends nothing any more */
	int calls;
	struct kernel_call call[KERNEL_CALLS_MAX];
};

extern struct kernel kernel;

/* Fixture functions. */
void kernel_begin(void);
void kernel_end(void);

#endif
