/* SPDX-License-Identifier: MIT
 * From a received packet to its destination's queue. A SendPacket becomes a
 * RecvPacket in place: same length, another type byte, the sender's key where
 * the destination's was. Frames for one destination that follow one another in
 * a buffer travel as one run. */
#ifndef HD_DATA_FORWARD_H
#define HD_DATA_FORWARD_H

#include "data/core.h"

struct forward_run {
	struct buf *buf; /* NULL: no run. Not a reference: the receiver of the bytes holds one */
	uint8_t *data;
	uint32_t len;
	uint16_t frames;
	uint8_t lane;    /* enum slice_lane */
	bool forwarded;  /* came as ForwardPacket */
	struct key to;
};

/* Adds a whole SendPacket frame to the run, which is sent on its way first if
 * the frame does not continue it. */
void forward_packet(struct shard *sh, struct peer *from, struct forward_run *run, struct buf *b, uint8_t *frame,
		    uint32_t body_len);
/* A ForwardPacket of a mesh peer: the source key comes with it. */
void forward_from_mesh(struct shard *sh, struct peer *from, struct forward_run *run, struct buf *b, uint8_t *frame,
		       uint32_t body_len);
/* ClosePeer of a mesh peer: closes every connection of the key in `body`. */
void forward_close_peer(struct shard *sh, struct peer *from, struct forward_run *run, const uint8_t *body);
/* Sends a run on its way; the run is empty after. */
void forward_flush(struct shard *sh, struct peer *from, struct forward_run *run);

/* Queues packets for a peer of this shard and remembers who they are from. */
void forward_deliver(struct shard *sh, struct peer *to, struct slice *s);
/* n packets of `from` had no destination: PeerGone(not here), within its rate. */
void forward_not_here(struct shard *sh, struct peer *from, const struct key *to);

#endif
