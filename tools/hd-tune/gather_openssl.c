/* SPDX-License-Identifier: MIT
 * What OpenSSL does of kernel TLS by itself. The relay does not rely on it: it
 * hands the keys to the kernel itself, both ways. */
#include "tools/hd-tune/gather_parts.h"

#include <openssl/crypto.h>
#include <openssl/opensslconf.h>
#include <openssl/opensslv.h>
#include <stdio.h>

static const char *own_ktls(void)
{
#ifdef OPENSSL_NO_KTLS
	return "built without kernel TLS";
#else
	if (OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2)
		return "kernel TLS of its own: 1.2 tx rx, 1.3 tx";
	return "kernel TLS of its own: 1.2 tx rx, 1.3 tx rx";
#endif
}

void gather_openssl(struct facts *f)
{
	snprintf(f->openssl, sizeof(f->openssl), "%.100s, %s", OpenSSL_version(OPENSSL_VERSION_STRING),
		 own_ktls());
}
