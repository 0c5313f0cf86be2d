/* SPDX-License-Identifier: MIT
 * Status codes of HTTP that this project sends. */
#ifndef HD_PROTO_HTTP_STATUS_H
#define HD_PROTO_HTTP_STATUS_H

/* Reason phrase of a status ("Switching Protocols", ...); "Unknown" for others. */
const char *http_status_text(int status);

#endif
