/* SPDX-License-Identifier: MIT
 * Foreign text inside a message. */
#ifndef HD_CONFIG_QUOTE_H
#define HD_CONFIG_QUOTE_H

#include <stddef.h>

struct quote {
	char text[80];
};

/* 'text' in quotes, every byte that is not graphic ASCII or a blank as \xNN,
 * cut with "..." where it is long. */
struct quote quote_of(const char *text, size_t len);

#endif
