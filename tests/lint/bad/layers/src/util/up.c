/* SPDX-License-Identifier: MIT */
#include "data/shard.h"
#include "util/log.h"
#include <stdint.h>
