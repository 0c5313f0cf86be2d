/* SPDX-License-Identifier: MIT
 * Rules that a value of some option obeys beyond its type and range. */
#ifndef HD_CONFIG_RULE_H
#define HD_CONFIG_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numeric IPv4 or IPv6 address, the latter with or without brackets. */
bool rule_address(const char *text);
/* Host name of letters, digits, '-' and '.', or a numeric address. */
bool rule_hostname(const char *text);
/* Comma-free "HOST" or "HOST/DIALHOST". */
bool rule_mesh_host(const char *text);
/* http:// or https:// with a host, of graphic ASCII only. */
bool rule_url(const char *text);
/* "", "blank" or a URL. */
bool rule_home(const char *text);

bool rule_power_of_two(int64_t number);
/* 0, or what the kernel would not round up. */
bool rule_sockbuf(int64_t number);
/* 0, or at least one whole SendPacket frame. */
bool rule_client_burst(int64_t number);

/* UTF-8 of graphic characters and spaces: nothing that ends a line, hides or
 * changes direction of the text around it when printed in a log or as YAML. */
bool rule_printable(const char *text, size_t len);

#endif
