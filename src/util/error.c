/* SPDX-License-Identifier: MIT */
#include "util/error.h"

const char *error_text(int code)
{
	switch (code) {
	case ERROR_NONE:
		return "no error";
#define ERROR_ROW(name, value, text) \
	case name:                   \
		return text;
		ERROR_TABLE(ERROR_ROW)
#undef ERROR_ROW
	default:
		return "unknown error";
	}
}
