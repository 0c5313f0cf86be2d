/* SPDX-License-Identifier: MIT */
#include "util/log.h"
