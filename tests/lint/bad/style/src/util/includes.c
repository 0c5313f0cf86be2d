/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include "config.h"
