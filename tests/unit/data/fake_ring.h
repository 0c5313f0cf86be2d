/* SPDX-License-Identifier: MIT
 * A ring (data/ring.h) without a kernel behind it: it notes what it is asked
 * for, and the test ends operations as it likes. */
#ifndef HD_TESTS_UNIT_DATA_FAKE_RING_H
#define HD_TESTS_UNIT_DATA_FAKE_RING_H

#include "data/ring.h"

#define FAKE_RING_OPS 256
#define FAKE_RING_FDS 256
#define FAKE_RING_FD_FIRST 1000000 /* no number of a real descriptor */

enum fake_ring_kind { FAKE_RING_NONE, FAKE_RING_RECV, FAKE_RING_SEND };

struct fake_ring_op {
	enum fake_ring_kind kind;
	int fd;
	uint64_t tag;
	bool wait;
	bool cancelled;
	uint32_t count;
	size_t len; /* bytes of all iov */
	struct iovec iov[RING_GATHER_MAX];
};

struct ring {
	struct ring_settings settings;
	uint8_t *bufs;
	bool *lent;         /* [buf_count] not with the ring */
	uint32_t lent_count;
	uint32_t next;      /* buffer to lend next */
	uint32_t filled;    /* bytes that it has in parts; 0: it is with the ring */
	struct fake_ring_op op[FAKE_RING_OPS];
	uint32_t sends;     /* asked for, ever */
	uint32_t cancels;   /* asked for, ever; also those that found nothing */
	bool shut[FAKE_RING_FDS];
	uint32_t closes[FAKE_RING_FDS];
	uint8_t last[64];   /* of the latest ring_send_last */
	size_t last_len;
	bool unread;        /* an event of the ring's own: waits end at once until ring_next has seen it */
	uint32_t needless;  /* waits that ended at once for it */
	void (*on_enter)(void *ctx); /* NULL: nothing happens while a shard waits */
	void *on_enter_ctx;
	int64_t entered_ns; /* time-out of the last ring_enter or ring_linger */
	uint32_t lingered_for; /* events of the last ring_linger */
};

/* The armed operation of a descriptor, or NULL. */
struct fake_ring_op *fake_ring_find(struct ring *ring, int fd, enum fake_ring_kind kind);
/* Takes a buffer out of the ring, as the kernel does for received bytes. */
uint16_t fake_ring_lend(struct ring *ring);
/* The same for bytes that an event brings: with settings.parts they may share a
 * buffer with those before, which is done with less than FAKE_RING_LEFT left. Returns
 * how many it took. */
#define FAKE_RING_LEFT 1500
uint32_t fake_ring_fill(struct ring *ring, const void *data, uint32_t len, struct ring_event *event);

#endif
