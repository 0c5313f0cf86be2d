/* SPDX-License-Identifier: MIT
 * Clients with TLS, which the relay handles in user space: their end of the
 * record layer. Records are cut where chance will, not where frames are. */
#ifndef HD_TESTS_SIM_SEALED_H
#define HD_TESTS_SIM_SEALED_H

#include <stdbool.h>
#include <stddef.h>

#include "bus/messages.h"
#include "tests/sim/client.h"

/* The connection has TLS: keys for both ends, the relay's go into h. */
void sealed_init(struct conn *c, struct handover *h);
void sealed_release(struct conn *c);
/* Bytes the client is about to send: kept until sealed_flush. */
void sealed_write(struct conn *c, const void *data, size_t len);
/* Takes up to n of those kept, as the relay's accept plane has opened them. */
size_t sealed_opened(struct conn *c, void *to, size_t n);
void sealed_flush(struct conn *c);
/* Ends of a connection: an alert, or a record that does not verify. */
void sealed_alert(struct conn *c, bool close_notify);
void sealed_damage(struct conn *c);
/* Bytes reach the client; what they hold goes to client_got_plain. */
void sealed_got(struct conn *c, const uint8_t *data, size_t n);

#endif
