/* SPDX-License-Identifier: MIT
 * The data plane's decisions, as pure functions: what to drop, when to pause
 * and resume, how fast a notice may repeat. Numbers in, answer out. */
#ifndef HD_DATA_POLICY_H
#define HD_DATA_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* Disco packets wait in a lane of their own; it may take this part of the
 * bytes a destination is granted. */
static inline uint32_t policy_lane_limit(uint32_t send_queue_bytes, bool disco)
{
	return disco ? send_queue_bytes / 8 : send_queue_bytes;
}

/* So many packets wait for a destination in each of these lanes, however many bytes
 * they are: the depth of a derper's two send queues per client. Those who measure a
 * relay count on it: derpprobe keeps 30 packets of 64 KiB on their way, and takes a
 * lost one for a fault. Not when half of what may be held for all is in use: so the
 * other half is always there for those who stay within their bytes. */
#define POLICY_LANE_PACKETS 32
static inline uint32_t policy_lane_packets(uint64_t held_bytes, uint64_t held_bytes_max)
{
	return held_bytes <= held_bytes_max / 2 ? POLICY_LANE_PACKETS : 1;
}

/* Control frames (pong, PeerGone) a client may leave unread before more of
 * them are dropped: a client that does not read loses notices, nothing else. */
#define POLICY_CONTROL_BYTES 16384

/* Others decide how many PeerGone come at once: a relay's neighbours may all lose
 * a network together. A client that reads gets them all, up to this much. */
#define POLICY_NOTICE_BYTES (512 * 1024)
static inline uint32_t policy_notice_bytes(bool blocked)
{
	return blocked ? POLICY_CONTROL_BYTES : POLICY_NOTICE_BYTES;
}

/* One send covers at most this much of what is held for a slow destination:
 * what is in flight cannot be dropped any more, so the rest of the grant stays
 * with the newest data. */
static inline uint32_t policy_send_max(bool blocked, uint32_t send_queue_bytes)
{
	uint32_t half = send_queue_bytes / 2;

	if (!blocked)
		return 512 * 1024;
	return half < 4096 ? 4096 : half;
}

/* How many receives that ended for lack of buffers begin again: as many as there are
 * buffers once a quarter is free, so that each gets something out of it. Before that
 * one, for others whose receives go on may leave no more for as long as they like. */
static inline uint32_t policy_receive_again(uint32_t bufs_out, uint32_t bufs)
{
	uint32_t left = bufs - bufs_out;

	if (left == 0)
		return 0;
	return left >= bufs / 4 ? left : 1;
}

/* Clients that feed a full ring to another shard go on when it is half empty:
 * far enough from full that pausing and resuming do not alternate. */
static inline bool policy_xfer_resume(uint32_t outstanding, uint32_t capacity)
{
	return outstanding <= capacity / 2;
}

/* PeerGone(not here) for unknown destinations: 3 at once, then 1 a second per
 * client. tokens and since_ms are the client's state. */
#define POLICY_NOT_HERE_BURST 3
static inline bool policy_not_here(uint8_t *tokens, uint32_t *since_ms, uint32_t now_ms)
{
	uint32_t earned = (now_ms - *since_ms) / 1000;

	if (earned > 0) {
		*since_ms += earned * 1000;
		earned += *tokens;
		*tokens = earned > POLICY_NOT_HERE_BURST ? POLICY_NOT_HERE_BURST : (uint8_t)earned;
	}
	if (*tokens == 0)
		return false;
	(*tokens)--;
	return true;
}

/* Bytes a client of limited rate may send after elapsed_ms more; never more than
 * `full`. Any time may have passed. */
static inline int64_t policy_rate_earn(int64_t tokens, int64_t full, uint64_t rate, uint64_t elapsed_ms)
{
	uint64_t missing = (uint64_t)(full - tokens);

	if (elapsed_ms / 1000 > missing / rate)
		return full;
	tokens += (int64_t)(elapsed_ms * rate / 1000);
	return tokens < full ? tokens : full;
}

/* Packets that came within this time count as of one age, the first one's, and
 * may share memory: they are dropped up to an eighth of the limit too early. */
static inline uint32_t policy_same_age_ms(uint32_t limit_ms)
{
	return limit_ms == 0 ? UINT32_MAX : limit_ms / 8;
}

/* Is what was queued at stamp_ms too old at now_ms? limit_ms 0: never. */
static inline bool policy_too_old(uint32_t stamp_ms, uint32_t now_ms, uint32_t limit_ms)
{
	return limit_ms != 0 && now_ms - stamp_ms > limit_ms;
}

#endif
