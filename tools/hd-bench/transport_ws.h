/* SPDX-License-Identifier: MIT
 * WebSocket over another transport (rules->carrier): upgrade, then the bytes in
 * masked binary messages. */
#ifndef HD_TOOLS_HD_BENCH_TRANSPORT_WS_H
#define HD_TOOLS_HD_BENCH_TRANSPORT_WS_H

#include "tools/hd-bench/transport.h"

#define TRANSPORT_WS_MESSAGE_MAX (32 * 1024) /* bytes of payload; derper takes no more */

extern const struct transport_ops transport_ws;

#endif
