/* SPDX-License-Identifier: MIT
 * What a fuzzer is: fuzz_NAME.c with this one function, which checks what must
 * hold for any bytes (hd_assert) and returns 0. It is linked in two ways:
 *  - with driver.c in every build, as a test that replays the files of
 *    tests/fuzz/corpus/NAME and every truncation of each;
 *  - with libFuzzer when configured with --enable-fuzzing. */
#ifndef HD_TESTS_FUZZ_DRIVER_H
#define HD_TESTS_FUZZ_DRIVER_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
