/* SPDX-License-Identifier: MIT */
#include "tls/make_cert.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "util/bytes.h"
#include "util/error.h"

#define HOST_MAX 253 /* of a DNS name */
#define COMMON_NAME_MAX 64
#define SERIAL_BITS 127
#define SECONDS_PER_DAY 86400

/* ---- host ---- */

static bool is_address(const char *host)
{
	uint8_t address[16];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/* Labels of letters, digits and hyphens with dots between them. */
static bool is_dns_name(const char *host)
{
	size_t len = strlen(host), label = 0;

	if (len == 0 || len > HOST_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (host[i] == '.' ? label == 0 : !is_name_char(host[i]))
			return false;
		label = host[i] == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0;
}

/* ---- certificate ---- */

static bool set_alt_name(X509 *x, const char *host)
{
	char value[HOST_MAX + sizeof("DNS:")];
	X509_EXTENSION *e;
	bool done;

	snprintf(value, sizeof(value), "%s:%s", is_address(host) ? "IP" : "DNS", host);
	e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, value);
	done = e && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return done;
}

static bool set_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	bool done = e && X509_add_ext(x, e, -1) == 1;

	X509_EXTENSION_free(e);
	return done;
}

/* The name clients look at is the alternative one; this is for people, and 64
 * characters is all that may be in it. */
static bool set_name(X509 *x, const char *host)
{
	X509_NAME *subject = X509_get_subject_name(x);
	const char *name = strlen(host) <= COMMON_NAME_MAX ? host : "hyper-derp";

	return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
					  0) == 1 &&
	       X509_set_issuer_name(x, subject) == 1;
}

static bool set_serial(X509 *x)
{
	BIGNUM *n = BN_new();
	bool done = n && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
		    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;

	BN_free(n);
	return done;
}

static X509 *new_cert(EVP_PKEY *key, const char *host, int64_t now_s)
{
	X509 *x = X509_new();
	time_t now = (time_t)now_s;

	if (x && X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) && set_name(x, host) &&
	    X509_time_adj_ex(X509_getm_notBefore(x), -1, 0, &now) && /* for clocks that are behind */
	    X509_time_adj_ex(X509_getm_notAfter(x), MAKE_CERT_DAYS, 0, &now) && X509_set_pubkey(x, key) == 1 &&
	    set_alt_name(x, host) && set_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
	    set_extension(x, NID_key_usage, "critical,digitalSignature") &&
	    set_extension(x, NID_ext_key_usage, "serverAuth") && X509_sign(x, key, EVP_sha256()) > 0)
		return x;
	X509_free(x);
	return NULL;
}

static bool set_pin(struct make_cert *made, const X509 *x)
{
	static const char prefix[] = "sha256-raw:";
	uint8_t hash[32];

	if (X509_digest(x, EVP_sha256(), hash, NULL) != 1)
		return false;
	memcpy(made->pin, prefix, sizeof(prefix));
	bytes_to_hex(made->pin + sizeof(prefix) - 1, hash, sizeof(hash));
	return true;
}

/* ---- files ---- */

static int fail_errno(struct tls_fault *fault, const char *path, int error)
{
	if (error == EEXIST) {
		fault_set(fault, "%s: is there already and stays as it is", path);
		return ERROR_EXISTS;
	}
	fault_set(fault, "%s: %s", path, strerror(error));
	return error == EACCES || error == EPERM || error == EROFS ? ERROR_DENIED : ERROR_IO;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* Contents first, under another name; then the name, unless something has it. */
static int write_file(const char *path, mode_t mode, const BUF_MEM *data, struct tls_fault *fault)
{
	char temporary[PATH_MAX];
	int fd, error;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return fail_errno(fault, path, ENAMETOOLONG);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return fail_errno(fault, path, errno);
	error = fchmod(fd, mode) < 0 ? errno : write_all(fd, data->data, data->length);
	if (error == 0 && fsync(fd) < 0)
		error = errno;
	if (close(fd) < 0 && error == 0)
		error = errno;
	if (error == 0 && link(temporary, path) < 0)
		error = errno;
	unlink(temporary);
	return error ? fail_errno(fault, path, error) : 0;
}

/* DIR/HOST.crt and .key; of HOST what is harmless in a file's name. */
static int set_paths(struct make_cert *made, const char *dir, const char *host, struct tls_fault *fault)
{
	char name[HOST_MAX + 1];
	size_t len = 0;
	int n;

	for (const char *c = host; *c; c++)
		if (is_name_char(*c) || *c == '.')
			name[len++] = *c;
	name[len] = '\0';
	n = snprintf(made->cert_path, sizeof(made->cert_path), "%s/%s.crt", dir, name);
	if (n >= (int)sizeof(made->cert_path))
		return fail_errno(fault, dir, ENAMETOOLONG);
	snprintf(made->key_path, sizeof(made->key_path), "%s/%s.key", dir, name);
	return 0;
}

static int write_pair(const struct make_cert *made, X509 *x, EVP_PKEY *key, struct tls_fault *fault)
{
	BIO *cert_text = BIO_new(BIO_s_mem());
	BIO *key_text = BIO_new(BIO_s_secmem());
	BUF_MEM *cert_bytes, *key_bytes;
	int rc = ERROR_CRYPTO;

	fault_set(fault, "out of memory");
	if (cert_text && key_text && PEM_write_bio_X509(cert_text, x) == 1 &&
	    PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) == 1) {
		BIO_get_mem_ptr(cert_text, &cert_bytes);
		BIO_get_mem_ptr(key_text, &key_bytes);
		rc = write_file(made->key_path, 0600, key_bytes, fault);
		if (rc == 0) {
			rc = write_file(made->cert_path, 0644, cert_bytes, fault);
			if (rc < 0)
				unlink(made->key_path); /* which we made */
		}
	}
	BIO_free(cert_text);
	BIO_free(key_text);
	return rc;
}

int make_cert(struct make_cert *made, const char *dir, const char *host, struct tls_fault *fault)
{
	struct make_cert m = { .not_after = (int64_t)time(NULL) };
	EVP_PKEY *key;
	X509 *x;
	int rc;

	if (!is_address(host) && !is_dns_name(host)) {
		fault_set(fault, "\"%s\" is neither an IP address nor a DNS name", host);
		return ERROR_USAGE;
	}
	rc = set_paths(&m, dir, host, fault);
	if (rc < 0)
		return rc;
	key = EVP_EC_gen("P-256");
	x = key ? new_cert(key, host, m.not_after) : NULL;
	m.not_after += (int64_t)MAKE_CERT_DAYS * SECONDS_PER_DAY;
	if (x && set_pin(&m, x)) {
		rc = write_pair(&m, x, key, fault);
	} else {
		rc = ERROR_CRYPTO;
		fault_set(fault, "the certificate cannot be made: %s", fault_openssl());
	}
	X509_free(x);
	EVP_PKEY_free(key);
	if (rc == 0)
		*made = m;
	return rc;
}
