/* SPDX-License-Identifier: MIT */
#include "data/shard.h"
#include "attic/room.h"
