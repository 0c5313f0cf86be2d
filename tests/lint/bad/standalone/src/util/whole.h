/* SPDX-License-Identifier: MIT */
#include <stdint.h>
uint8_t whole(void);
