/* SPDX-License-Identifier: MIT */
#include "tls/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.h"

static int fail_errno(struct tls_fault *fault, const char *path, int error)
{
	fault_set(fault, "%s: %s", path, strerror(error));
	if (error == ENOENT || error == ENOTDIR)
		return ERROR_NOT_FOUND;
	return error == EACCES || error == EPERM ? ERROR_DENIED : ERROR_IO;
}

static int open_file(BIO **bio, const char *path, struct tls_fault *fault)
{
	/* O_NONBLOCK: a FIFO of that name shall not hold up the start */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	FILE *file;

	if (fd < 0)
		return fail_errno(fault, path, errno);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		fault_set(fault, "%s: not a regular file", path);
		return ERROR_IO;
	}
	file = fdopen(fd, "r");
	*bio = file ? BIO_new_fp(file, BIO_CLOSE) : NULL;
	if (*bio)
		return 0;
	if (file)
		fclose(file);
	else
		close(fd);
	fault_set(fault, "%s: out of memory", path);
	return ERROR_NO_MEMORY;
}

/* The queue of errors says only that nothing more begins here: end of file. */
static bool at_end(void)
{
	unsigned long e = ERR_peek_last_error();

	return ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
}

static int read_above(struct pem_chain *chain, BIO *bio)
{
	X509 *x;

	while ((x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		if (!sk_X509_push(chain->above, x)) {
			X509_free(x);
			return ERROR_NO_MEMORY;
		}
	return at_end() ? 0 : ERROR_MALFORMED;
}

int pem_read_chain(struct pem_chain *chain, const char *path, struct tls_fault *fault)
{
	struct pem_chain c = { 0 };
	BIO *bio;
	int rc = open_file(&bio, path, fault);

	if (rc < 0)
		return rc;
	ERR_clear_error();
	c.leaf = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
	c.above = sk_X509_new_null();
	if (!c.leaf && at_end()) {
		fault_set(fault, "%s: holds no certificate in PEM form", path);
		rc = ERROR_MALFORMED;
	} else {
		rc = !c.leaf ? ERROR_MALFORMED : !c.above ? ERROR_NO_MEMORY : read_above(&c, bio);
		if (rc < 0)
			fault_set(fault, "%s: broken certificate: %s", path, fault_openssl());
	}
	ERR_clear_error();
	BIO_free(bio);
	if (rc < 0)
		pem_chain_release(&c);
	else
		*chain = c;
	return rc;
}

void pem_chain_release(struct pem_chain *chain)
{
	X509_free(chain->leaf);
	sk_X509_pop_free(chain->above, X509_free);
	*chain = (struct pem_chain){ 0 };
}

/* Asked for a password: there is nobody to type one. */
static int on_password(char *buffer, int size, int writing, void *asked)
{
	(void)buffer;
	(void)size;
	(void)writing;
	*(bool *)asked = true;
	return -1;
}

int pem_read_key(EVP_PKEY **key, const char *path, struct tls_fault *fault)
{
	bool asked = false;
	EVP_PKEY *k;
	BIO *bio;
	int rc = open_file(&bio, path, fault);

	if (rc < 0)
		return rc;
	ERR_clear_error();
	k = PEM_read_bio_PrivateKey(bio, NULL, on_password, &asked);
	if (k) {
		*key = k;
	} else if (asked) {
		fault_set(fault, "%s: the key is encrypted; a relay needs one without a password "
			  "(openssl pkey -in %s)", path, path);
		rc = ERROR_UNSUPPORTED;
	} else {
		fault_set(fault, "%s: holds no private key in PEM form", path);
		rc = ERROR_MALFORMED;
	}
	ERR_clear_error();
	BIO_free(bio);
	return rc;
}
