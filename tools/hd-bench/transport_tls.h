/* SPDX-License-Identifier: MIT
 * TLS over TCP, by tools/lib; rules->tls says whom to trust. */
#ifndef HD_TOOLS_HD_BENCH_TRANSPORT_TLS_H
#define HD_TOOLS_HD_BENCH_TRANSPORT_TLS_H

#include "tools/hd-bench/transport.h"

extern const struct transport_ops transport_tls;

#endif
