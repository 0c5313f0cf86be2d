/* SPDX-License-Identifier: MIT */
#include "../util/log.h"
#include "peer.h"
