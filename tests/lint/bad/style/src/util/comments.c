/* SPDX-License-Identifier: MIT */
static const char url[] = "http://x"; // outside of quotes
/* // inside of a comment */
