/* SPDX-License-Identifier: MIT */
uint8_t needy(void);
