/* SPDX-License-Identifier: MIT
 * The one table of error codes. Functions return 0 (or a count) when all is
 * well and one of these negative codes otherwise; outputs are then untouched
 * unless the header says differently. */
#ifndef HD_UTIL_ERROR_H
#define HD_UTIL_ERROR_H

/* One row: name, value, text for people. */
#define ERROR_TABLE(X)                                                       \
	X(ERROR_MORE, -1, "more input is needed")                            \
	X(ERROR_MALFORMED, -2, "malformed input")                            \
	X(ERROR_RANGE, -3, "value out of range")                             \
	X(ERROR_TOO_BIG, -4, "larger than the limit")                        \
	X(ERROR_NO_MEMORY, -5, "out of memory")                              \
	X(ERROR_IO, -6, "input/output error (errno tells)")                  \
	X(ERROR_EXISTS, -7, "already there")                                 \
	X(ERROR_NOT_FOUND, -8, "not found")                                  \
	X(ERROR_DENIED, -9, "permission denied")                             \
	X(ERROR_UNSUPPORTED, -10, "not supported here")                      \
	X(ERROR_CRYPTO, -11, "does not verify")                              \
	X(ERROR_FULL, -12, "full")                                           \
	X(ERROR_CLOSED, -13, "closed")                                       \
	X(ERROR_TIMEOUT, -14, "timed out")                                   \
	X(ERROR_BUSY, -15, "busy")                                           \
	X(ERROR_USAGE, -16, "wrong usage")

enum error {
	ERROR_NONE = 0,
#define ERROR_ROW(name, value, text) name = value,
	ERROR_TABLE(ERROR_ROW)
#undef ERROR_ROW
};

/* Text of a code, never NULL ("unknown error" for what is not in the table). */
const char *error_text(int code);

#endif
