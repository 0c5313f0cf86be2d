/* SPDX-License-Identifier: MIT */
#include "daemon/cert_command.h"

#include <stdio.h>

#include "tls/make_cert.h"
#include "util/error.h"

enum exit_code cert_command_run(const char *host)
{
	struct make_cert made;
	struct tls_fault fault;
	int err = make_cert(&made, ".", host, &fault);

	if (err) {
		fprintf(stderr, "hyper-derp: %s\n", fault.text);
		return err == ERROR_USAGE ? EXIT_CODE_CONFIG : EXIT_CODE_FAILURE;
	}
	printf("certificate  %s\n"
	       "key          %s\n"
	       "CertName     %s\n"
	       "serve with   hyper-derp --port 443 --tls-cert %s --tls-key %s\n",
	       made.cert_path, made.key_path, made.pin, made.cert_path, made.key_path);
	return fflush(stdout) == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILURE;
}
