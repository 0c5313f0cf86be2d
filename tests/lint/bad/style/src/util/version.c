/* SPDX-License-Identifier: MIT */
#include <stddef.h>
const char *version = PACKAGE_VERSION;
#if HAVE_IO_URING
#endif
