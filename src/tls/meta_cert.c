/* SPDX-License-Identifier: MIT */
#include "tls/meta_cert.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#include "util/bytes.h"
#include "util/error.h"

#define DERP_PROTOCOL_VERSION 2
#define NAME_PREFIX "derpkey"
#define SECONDS_PER_DAY 86400

/* Subject and issuer are the same: it is signed with its own key. */
static bool set_name(X509 *x, const uint8_t *public_key)
{
	char name[sizeof(NAME_PREFIX) + 2 * META_CERT_KEY_SIZE] = NAME_PREFIX;
	X509_NAME *subject = X509_get_subject_name(x);

	bytes_to_hex(name + sizeof(NAME_PREFIX) - 1, public_key, META_CERT_KEY_SIZE);
	/* given its type, OpenSSL does not hold it against the 64 characters of X.520 */
	return X509_NAME_add_entry_by_txt(subject, "CN", V_ASN1_PRINTABLESTRING, (const unsigned char *)name,
					  (int)strlen(name), -1, 0) == 1 &&
	       X509_set_issuer_name(x, subject) == 1;
}

static bool set_times(X509 *x, int64_t now_s)
{
	time_t now = (time_t)now_s;

	return X509_time_adj_ex(X509_getm_notBefore(x), -META_CERT_DAYS, 0, &now) &&
	       X509_time_adj_ex(X509_getm_notAfter(x), META_CERT_DAYS, 0, &now);
}

/* Present and empty: not a CA. macOS does not take a certificate of this kind
 * without it. */
static bool set_constraints(X509 *x)
{
	BASIC_CONSTRAINTS *none = BASIC_CONSTRAINTS_new();
	bool done = none && X509_add1_ext_i2d(x, NID_basic_constraints, none, 1, X509V3_ADD_DEFAULT) == 1;

	BASIC_CONSTRAINTS_free(none);
	return done;
}

int meta_cert_new(X509 **cert, const uint8_t public_key[META_CERT_KEY_SIZE], int64_t now_s)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *x = X509_new();
	bool done = key && x && X509_set_version(x, X509_VERSION_3) == 1 &&
		    ASN1_INTEGER_set(X509_get_serialNumber(x), DERP_PROTOCOL_VERSION) == 1 &&
		    set_name(x, public_key) && set_times(x, now_s) && X509_set_pubkey(x, key) == 1 &&
		    set_constraints(x) && X509_sign(x, key, NULL) > 0;

	EVP_PKEY_free(key);
	if (!done) {
		X509_free(x);
		return ERROR_CRYPTO;
	}
	*cert = x;
	return 0;
}
