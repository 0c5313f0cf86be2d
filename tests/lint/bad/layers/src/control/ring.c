/* SPDX-License-Identifier: MIT */
#include <liburing.h>
#include <ncurses.h>
#include <assert.h>
#include "config.h"
