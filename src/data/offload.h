/* SPDX-License-Identifier: MIT
 * Peers with TLS in the kernel. To the shard their socket is a plain one, but
 * for records that are not data: those come with their type, and KeyUpdates are
 * ours to make. */
#ifndef HD_DATA_OFFLOAD_H
#define HD_DATA_OFFLOAD_H

#include "data/core.h"

/* n bytes of one or more records of a type, at `data` in b; the reference stays
 * the caller's. n 0: an empty record. May close the peer. */
void offload_bytes(struct shard *sh, struct peer *p, struct buf *b, uint8_t *data, uint32_t n, uint8_t type);
/* The socket took n bytes. */
void offload_sent(struct shard *sh, struct peer *p, uint32_t n);
bool offload_owes(const struct peer *p);
/* Sends the KeyUpdate that is due, before the next data. May close the peer. */
void offload_pay(struct shard *sh, struct peer *p);
/* The receiving key is a new one since the last call. */
bool offload_renewed(struct peer *p);
/* life_reason_of_errno, and what errors mean where the kernel does TLS. */
enum close_reason offload_reason_of_errno(const struct peer *p, int error);
void offload_goodbye(struct peer *p, enum close_reason reason);

#endif
