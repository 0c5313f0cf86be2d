/* SPDX-License-Identifier: MIT
 * Stands in for util/mono.h's clock in this program: real time and what a test
 * adds to it. */
#ifndef HD_TESTS_UNIT_TLS_CLOCK_H
#define HD_TESTS_UNIT_TLS_CLOCK_H

#include <stdint.h>

extern uint64_t clock_ahead_ns;

#endif
