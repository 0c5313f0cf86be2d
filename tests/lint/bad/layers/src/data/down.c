/* SPDX-License-Identifier: MIT */
#include "util/log.h"
#include "tls/record.h"
#include "tls/cert.h"
#include "control/control.h"
