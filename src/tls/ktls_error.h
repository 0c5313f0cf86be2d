/* SPDX-License-Identifier: MIT
 * What an errno of a socket means where the kernel does its TLS: one table, for
 * everybody who reads from or writes to such a socket. Pure. */
#ifndef HD_TLS_KTLS_ERROR_H
#define HD_TLS_KTLS_ERROR_H

#include <stdbool.h>

/* error: errno of recvmsg(2) with room for the type of a record, or of
 * sendmsg(2): the kernel leaves what was wrong with a record on the socket, for
 * whoever uses it next. True: what the client sent is no record, or does not
 * verify, or has no place there. False: the error is not of TLS, it means what
 * it means on every socket. */
bool ktls_error_of_record(int error);

#endif
