/* SPDX-License-Identifier: MIT
 * What the process tells its parent, as hyper-derp(8) documents it. */
#ifndef HD_DAEMON_EXIT_CODE_H
#define HD_DAEMON_EXIT_CODE_H

enum exit_code {
	EXIT_CODE_OK = 0,
	EXIT_CODE_FAILURE = 1,     /* something this process needs could not be had, or broke */
	EXIT_CODE_CONFIG = 2,      /* command line or configuration file; the same again will fail again */
	EXIT_CODE_NO_IO_URING = 3, /* the kernel does not let this process use io_uring */
};

#endif
