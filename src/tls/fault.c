/* SPDX-License-Identifier: MIT */
#include "tls/fault.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>

void fault_set(struct tls_fault *f, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, args);
	va_end(args);
}

const char *fault_openssl(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return reason ? reason : "unknown error of OpenSSL";
}
