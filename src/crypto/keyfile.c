/* SPDX-License-Identifier: MIT */
#include "crypto/keyfile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "crypto/secret_file.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/json.h"

#define PREFIX "privkey:"
#define PREFIX_LEN (sizeof(PREFIX) - 1)
#define HEX_LEN (2 * BOX_KEY_SIZE)
#define DOCUMENT_BEGIN "{\n\t\"PrivateKey\": \"" PREFIX
#define DOCUMENT_END "\"\n}"
#define DOCUMENT_LEN (sizeof(DOCUMENT_BEGIN) - 1 + HEX_LEN + sizeof(DOCUMENT_END) - 1)

/* Reading and making take turns while other processes make or remove the file. */
#define ROUNDS_MAX 8

struct report { /* where the line for people goes */
	char *why;
	size_t cap;
	const char *path;
};

HD_PRINTF(3, 4) static int failed(const struct report *r, int code, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(r->why, r->cap, "%s: %s", r->path, text);
	return code;
}

/* Says why secret_file_read did not. */
static int read_failed(const struct report *r, int code)
{
	switch (code) {
	case ERROR_DENIED:
		return failed(r, code, "%s: let user %ju read it", strerror(errno), (uintmax_t)geteuid());
	case ERROR_UNSUPPORTED:
		return failed(r, ERROR_MALFORMED, "not a regular file");
	case ERROR_TOO_BIG:
		return failed(r, ERROR_MALFORMED, "too big for a key file");
	default:
		return failed(r, code, "cannot read: %s", strerror(errno));
	}
}

static int parse_private(uint8_t private_key[BOX_KEY_SIZE], struct json_value v)
{
	static const uint8_t zero[BOX_KEY_SIZE];
	char text[PREFIX_LEN + HEX_LEN];
	uint8_t key[BOX_KEY_SIZE];
	int rc = ERROR_MALFORMED;

	if (json_kind_of(v) != JSON_STRING)
		return ERROR_MALFORMED;
	if (json_copy_ascii(text, sizeof(text), v) && memcmp(text, PREFIX, PREFIX_LEN) == 0 &&
	    bytes_from_hex(key, sizeof(key), text + PREFIX_LEN) && !bytes_equal_secret(key, zero, sizeof(key))) {
		memcpy(private_key, key, sizeof(key));
		rc = 0;
	}
	bytes_wipe(text, sizeof(text));
	bytes_wipe(key, sizeof(key));
	return rc;
}

/* Unknown members are skipped; of several keys the last counts, as in Go. */
static int parse_document(uint8_t private_key[BOX_KEY_SIZE], const struct secret_file *f, const struct report *r)
{
	struct json_value root, name, value;
	struct json_members members;
	bool found = false;

	if (!json_valid(f->data, f->len))
		return failed(r, ERROR_MALFORMED, "not a JSON document");
	root = json_root(f->data, f->len);
	if (json_kind_of(root) != JSON_OBJECT)
		return failed(r, ERROR_MALFORMED, "not a JSON object");
	members = json_members_of(root);
	while (json_members_next(&members, &name, &value)) {
		if (!json_name_is(name, "PrivateKey"))
			continue;
		if (parse_private(private_key, value) < 0)
			return failed(r, ERROR_MALFORMED, "PrivateKey is not \"" PREFIX "\" and 64 hex digits");
		found = true;
	}
	return found ? 0 : failed(r, ERROR_MALFORMED, "has no PrivateKey");
}

static int load(uint8_t private_key[BOX_KEY_SIZE], const struct report *r, char *warn, size_t warn_cap)
{
	struct secret_file f;
	uint8_t key[BOX_KEY_SIZE];
	int rc = secret_file_read(&f, r->path);

	if (rc == ERROR_NOT_FOUND)
		return rc;
	rc = rc < 0 ? read_failed(r, rc) : parse_document(key, &f, r);
	if (rc == 0)
		memcpy(private_key, key, sizeof(key));
	if (rc == 0 && (f.mode & 077))
		snprintf(warn, warn_cap, "%s: mode %04o lets others at the private key: chmod 600 it", r->path,
			 (unsigned)f.mode);
	secret_file_wipe(&f);
	bytes_wipe(key, sizeof(key));
	return rc;
}

/* A new key, as derper writes it. ERROR_EXISTS: somebody else was first. */
static int make(const struct report *r)
{
	uint8_t key[BOX_KEY_SIZE];
	char hex[HEX_LEN + 1], document[DOCUMENT_LEN + 1];
	int rc;

	box_new_private(key);
	bytes_to_hex(hex, key, sizeof(key));
	snprintf(document, sizeof(document), "%s%s%s", DOCUMENT_BEGIN, hex, DOCUMENT_END);
	rc = secret_file_create(r->path, document, DOCUMENT_LEN);
	bytes_wipe(key, sizeof(key));
	bytes_wipe(hex, sizeof(hex));
	bytes_wipe(document, sizeof(document));
	if (rc == ERROR_DENIED)
		return failed(r, rc, "cannot make the key file: %s: let user %ju write there or name another",
			      strerror(errno), (uintmax_t)geteuid());
	if (rc < 0 && rc != ERROR_EXISTS)
		return failed(r, ERROR_IO, "cannot make the key file: %s", strerror(errno));
	return rc;
}

int keyfile_load_or_make(uint8_t private_key[BOX_KEY_SIZE], const char *path, char *why, size_t why_cap,
			 char *warn, size_t warn_cap)
{
	const struct report r = { why, why_cap, path };

	hd_assert(why_cap > 0 && warn_cap > 0);
	*why = *warn = '\0';
	for (int round = 0; round < ROUNDS_MAX; round++) {
		int rc = load(private_key, &r, warn, warn_cap);

		if (rc != ERROR_NOT_FOUND)
			return rc;
		/* A key just made is read back like any other: what is used is what is kept. */
		rc = make(&r);
		if (rc < 0 && rc != ERROR_EXISTS)
			return rc;
	}
	return failed(&r, ERROR_IO, "comes and goes, or is a symbolic link to nothing");
}

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int parse_mesh(uint8_t mesh_key[KEYFILE_MESH_KEY_SIZE], const struct secret_file *f)
{
	size_t begin = 0, end = f->len;

	while (begin < end && is_space(f->data[begin]))
		begin++;
	while (end > begin && is_space(f->data[end - 1]))
		end--;
	if (end - begin != 2 * KEYFILE_MESH_KEY_SIZE)
		return ERROR_MALFORMED;
	if (!bytes_from_hex(mesh_key, KEYFILE_MESH_KEY_SIZE, (const char *)f->data + begin))
		return ERROR_MALFORMED;
	return 0;
}

int keyfile_load_mesh(uint8_t mesh_key[KEYFILE_MESH_KEY_SIZE], const char *path, char *why, size_t why_cap)
{
	const struct report r = { why, why_cap, path };
	struct secret_file f;
	int rc;

	hd_assert(why_cap > 0);
	*why = '\0';
	rc = secret_file_read(&f, path);
	if (rc < 0)
		rc = read_failed(&r, rc == ERROR_NOT_FOUND ? ERROR_IO : rc);
	else if (parse_mesh(mesh_key, &f) < 0)
		rc = failed(&r, ERROR_MALFORMED, "not 64 hex digits");
	secret_file_wipe(&f);
	return rc;
}
