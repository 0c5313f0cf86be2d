/* SPDX-License-Identifier: MIT */
#include "tls/cert_file.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "tls/pem.h"
#include "util/bytes.h"
#include "util/error.h"

#define PIN_PREFIX "sha256-raw:"

static bool take_dns(struct cert_file *cert, const ASN1_STRING *dns)
{
	size_t len = (size_t)ASN1_STRING_length(dns);
	const unsigned char *text = ASN1_STRING_get0_data(dns);

	if (len == 0 || len >= sizeof(cert->name) || text[0] == '*' || memchr(text, '\0', len))
		return false;
	memcpy(cert->name, text, len);
	cert->name[len] = '\0';
	return true;
}

static bool take_address(struct cert_file *cert, const ASN1_STRING *ip)
{
	int family = ASN1_STRING_length(ip) == 4 ? AF_INET : AF_INET6;

	if (family == AF_INET6 && ASN1_STRING_length(ip) != 16)
		return false;
	return inet_ntop(family, ASN1_STRING_get0_data(ip), cert->name, sizeof(cert->name)) != NULL;
}

static void take_name(struct cert_file *cert, const X509 *x)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		found = n->type == GEN_DNS && take_dns(cert, n->d.dNSName);
	}
	for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		found = n->type == GEN_IPADD && take_address(cert, n->d.iPAddress);
	}
	GENERAL_NAMES_free(names);
}

int cert_file_read(struct cert_file *cert, const char *path, struct tls_fault *fault)
{
	struct cert_file c = { .pin = PIN_PREFIX };
	struct pem_chain chain;
	uint8_t hash[32];
	int rc = pem_read_chain(&chain, path, fault);

	if (rc < 0)
		return rc;
	if (X509_digest(chain.leaf, EVP_sha256(), hash, NULL) == 1) {
		bytes_to_hex(c.pin + strlen(PIN_PREFIX), hash, sizeof(hash));
		c.self_signed = X509_self_signed(chain.leaf, 1) == 1;
		take_name(&c, chain.leaf);
		fault_openssl(); /* a signature that is another's leaves an error behind */
		*cert = c;
	} else {
		fault_set(fault, "%s: %s", path, fault_openssl());
		rc = ERROR_CRYPTO;
	}
	pem_chain_release(&chain);
	return rc;
}
