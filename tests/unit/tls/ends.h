/* SPDX-License-Identifier: MIT
 * Two ends of a connection in one program: what one seals the other opens. */
#ifndef HD_TESTS_UNIT_TLS_ENDS_H
#define HD_TESTS_UNIT_TLS_ENDS_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tls/record.h"

/* Kinds of connections: TLS 1.3 with each suite, then TLS 1.2. */
#define ENDS_TLS_1_3 3
#define ENDS_ALL 6
enum suite ends_suite(int kind);

extern struct tls_record_keys *ends_left, *ends_right;
extern uint8_t ends_wire[4 * RECORD_MAX];

/* The left one's next record has number left_tx_seq (the right one then opens
 * from that on). */
void ends_make(int kind, uint64_t left_tx_seq);
void ends_free(void);

/* For checked fixtures: keys are from here on this library's. */
void ends_openssl(void);
void ends_ipsec_mb(void);
/* Cases for each library that is there, named by it; what `add` puts into them. */
bool ends_has_ipsec_mb(void); /* it is what is used */
void ends_cases(Suite *s, void (*add)(TCase *c));

void ends_pattern(uint8_t *data, size_t len);
/* Into ends_wire; returns what record_seal returned. */
ssize_t ends_seal(struct tls_record_keys *keys, const void *data, size_t len);
/* Opens the record at `at`, which must be whole. */
int ends_open(struct tls_record_keys *keys, uint8_t *at, size_t len, struct record_opened *o);
/* TLS 1.3: any inner plaintext, sealed as the left one would have as its record
 * `seq`, but without its help. Into ends_wire; returns the size. */
size_t ends_craft(uint64_t seq, const uint8_t *inner, size_t len);

#endif
