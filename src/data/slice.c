/* SPDX-License-Identifier: MIT */
#include "data/slice.h"

#include "proto/frame.h"

uint32_t slice_whole_frames(const uint8_t *data, uint32_t len, uint32_t limit, uint16_t *frames)
{
	uint32_t at = 0;
	uint16_t n = 0;

	while (at < len) {
		uint32_t size = FRAME_HEADER_SIZE + frame_header_load(data + at).body_len;

		hd_assert(size <= len - at);
		if (size > limit - at)
			break;
		at += size;
		n++;
	}
	*frames = n;
	return at;
}
