/* SPDX-License-Identifier: MIT */
#include "tls/ktls.h"

#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tls/control.h"
#include "tls/ktls_probe.h"
#include "util/be.h"
#include "util/bytes.h"
#include "util/error.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* ---- whether to ---- */

static int parse_number(const char **at)
{
	int n = 0;

	if (**at < '0' || **at > '9')
		return -1;
	for (; **at >= '0' && **at <= '9' && n < 1000000; (*at)++)
		n = 10 * n + (**at - '0');
	return n;
}

/* "6.1.192-rc1" -> 6, 1, 192; the point release is 0 if there is none. */
static bool parse_version(const char *text, int v[3])
{
	v[0] = parse_number(&text);
	if (v[0] < 0 || *text++ != '.')
		return false;
	v[1] = parse_number(&text);
	v[2] = 0;
	if (v[1] >= 0 && *text == '.') {
		text++;
		v[2] = parse_number(&text);
	}
	return v[1] >= 0 && v[2] >= 0;
}

static const struct {
	int major, minor, point;
} fixed_series[] = {
	{ 6, 1, 192 },
	{ 6, 12, 107 },
	{ 7, 2, 12 },
};

/* Debian's release is "6.1.0-52-amd64", its build "#1 SMP PREEMPT_DYNAMIC Debian
 * 6.1.192-1 (2026-10-01)": what stands behind "Debian ", or NULL. */
static const char *debian_version(const char *build)
{
	static const char debian[] = "Debian ";
	const char *at = strstr(build, debian);

	return at ? at + sizeof(debian) - 1 : NULL;
}

bool ktls_kernel_is_fixed(const char *release, const char *build)
{
	const char *point = debian_version(build);
	int v[3];

	if (!(point && parse_version(point, v)) && !parse_version(release, v))
		return false;
	for (size_t i = 0; i < HD_ARRAY_LEN(fixed_series); i++)
		if (v[0] == fixed_series[i].major && v[1] == fixed_series[i].minor)
			return v[2] >= fixed_series[i].point;
	return v[0] > 7 || (v[0] == 7 && v[1] >= 4);
}

/* An unconnected socket cannot have TLS; how the kernel says so tells whether
 * it could. Asking also loads the module, where we may. 0 or an errno. */
static int probe(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	error = setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls") - 1) < 0 ? errno : 0;
	close(fd);
	return error == ENOTCONN ? 0 : error;
}

static int decided(struct ktls_status *status, bool on, const char *text, const char *more)
{
	status->on = on;
	snprintf(status->text, sizeof(status->text), "%s%s", text, more);
	return 0;
}

/* With the point release, if only the build has it. */
static void name_kernel(char *name, size_t cap, const struct utsname *u)
{
	const char *point = debian_version(u->version);

	if (point)
		snprintf(name, cap, "%s (%.*s)", u->release, (int)strcspn(point, " "), point);
	else
		snprintf(name, cap, "%s", u->release);
}

/* What works of it, tried out. Nothing at all: it stays off; "require" wants all. */
static int decide_by_trial(struct ktls_status *status, enum ktls_wish wish, const char *kernel)
{
	struct ktls_probe probed;

	ktls_probe(&probed);
	if (probed.working == 0) {
		decided(status, false, "kTLS not available: the kernel has no cipher for it: ",
			strerror(probed.error));
		return wish == KTLS_REQUIRE ? ERROR_UNSUPPORTED : 0;
	}
	if (wish == KTLS_REQUIRE && probed.working < KTLS_PROBE_PARTS) {
		decided(status, false, "kTLS not available: the kernel does not do ", probed.missing);
		return ERROR_UNSUPPORTED;
	}
	status->on = true;
	snprintf(status->text, sizeof(status->text), "kTLS enabled%s on Linux %s%s%s",
		 wish == KTLS_REQUIRE ? ", as required," : "", kernel,
		 probed.missing[0] ? ", but in user space: " : "", probed.missing);
	return 0;
}

int ktls_decide(struct ktls_status *status, enum ktls_wish wish)
{
	struct utsname u = { 0 };
	char kernel[128];
	int error;

	if (wish == KTLS_OFF)
		return decided(status, false, "kTLS off, as configured", "");
	error = probe();
	if (error == ENOENT)
		decided(status, false, "kTLS not available: module tls not loaded: modprobe tls", "");
	else if (error != 0)
		decided(status, false, "kTLS not available: ", strerror(error));
	if (error != 0)
		return wish == KTLS_REQUIRE ? ERROR_UNSUPPORTED : 0;
	(void)uname(&u);
	name_kernel(kernel, sizeof(kernel), &u);
	if (wish == KTLS_REQUIRE || ktls_kernel_is_fixed(u.release, u.version))
		return decide_by_trial(status, wish, kernel);
	return decided(status, false, "kTLS not used: needs the fixes of Linux 6.1.192, 6.12.107, 7.2.12 or 7.4 "
		       "(\"ktls: require\" uses it all the same), this is ", kernel);
}

/* ---- keys ---- */

/* The parts of a key as the kernel wants them. In TLS 1.2 the kernel counts the
 * explicit part of the nonce up from `iv`; it is ours to begin it with the
 * number of the record. */
static void fill_gcm(const struct tls_secrets *s, const struct tls_secrets_half *half, uint8_t *salt, uint8_t *iv,
		     uint8_t *seq)
{
	be_store64(seq, half->seq);
	memcpy(salt, half->iv, TLS_CIPHER_AES_GCM_128_SALT_SIZE);
	if (secrets_nonce_is_explicit(s))
		be_store64(iv, half->seq);
	else
		memcpy(iv, half->iv + TLS_CIPHER_AES_GCM_128_SALT_SIZE, TLS_CIPHER_AES_GCM_128_IV_SIZE);
}

size_t ktls_crypto_info(uint8_t info[KTLS_INFO_MAX], const struct tls_secrets *s,
			const struct tls_secrets_half *half)
{
	union {
		struct tls12_crypto_info_aes_gcm_128 aes128;
		struct tls12_crypto_info_aes_gcm_256 aes256;
		struct tls12_crypto_info_chacha20_poly1305 chacha;
	} u = { .aes128.info.version = s->version };
	size_t size = 0;

	_Static_assert(sizeof(u) <= KTLS_INFO_MAX, "room for every suite");
	switch ((enum suite)s->suite) {
	case SUITE_AES_128_GCM:
		u.aes128.info.cipher_type = TLS_CIPHER_AES_GCM_128;
		memcpy(u.aes128.key, half->key, sizeof(u.aes128.key));
		fill_gcm(s, half, u.aes128.salt, u.aes128.iv, u.aes128.rec_seq);
		size = sizeof(u.aes128);
		break;
	case SUITE_AES_256_GCM:
		u.aes256.info.cipher_type = TLS_CIPHER_AES_GCM_256;
		memcpy(u.aes256.key, half->key, sizeof(u.aes256.key));
		fill_gcm(s, half, u.aes256.salt, u.aes256.iv, u.aes256.rec_seq);
		size = sizeof(u.aes256);
		break;
	case SUITE_CHACHA20_POLY1305:
		u.chacha.info.cipher_type = TLS_CIPHER_CHACHA20_POLY1305;
		memcpy(u.chacha.key, half->key, sizeof(u.chacha.key));
		memcpy(u.chacha.iv, half->iv, sizeof(u.chacha.iv));
		be_store64(u.chacha.rec_seq, half->seq);
		size = sizeof(u.chacha);
		break;
	case SUITE_COUNT:
		break;
	}
	memcpy(info, &u, size);
	bytes_wipe(&u, sizeof(u));
	return size;
}

/* 0 or an errno. */
static int set_key(int fd, int direction, const struct tls_secrets *s, const struct tls_secrets_half *half)
{
	uint8_t info[KTLS_INFO_MAX];
	size_t size = ktls_crypto_info(info, s, half);
	int error = setsockopt(fd, SOL_TLS, direction, info, (socklen_t)size) < 0 ? errno : 0;

	bytes_wipe(info, sizeof(info));
	return error;
}

int ktls_install(int fd, const struct tls_secrets *s)
{
	int error;

	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls") - 1) < 0)
		return errno == EBADF || errno == ENOTSOCK ? ERROR_IO : ERROR_UNSUPPORTED;
	/* Until a direction has its key the socket works as before. */
	error = set_key(fd, TLS_TX, s, &s->tx);
	if (error != 0) {
		errno = error;
		return ERROR_UNSUPPORTED;
	}
	error = set_key(fd, TLS_RX, s, &s->rx);
	if (error == 0)
		return 0;
	errno = error;
	return ERROR_IO;
}

static int rekey(int fd, int direction, const struct tls_secrets *s, struct tls_secrets_half *half)
{
	struct tls_secrets_half next = *half;
	int error, rc = secrets_next(&next, s->suite);

	if (rc == 0) {
		error = set_key(fd, direction, s, &next);
		if (error == 0) {
			*half = next;
		} else {
			errno = error;
			rc = error == EBUSY || error == EINVAL ? ERROR_UNSUPPORTED : ERROR_IO;
		}
	}
	bytes_wipe(&next, sizeof(next));
	return rc;
}

int ktls_rekey_rx(int fd, struct tls_secrets *s)
{
	return rekey(fd, TLS_RX, s, &s->rx);
}

int ktls_rekey_tx(int fd, struct tls_secrets *s)
{
	return rekey(fd, TLS_TX, s, &s->tx);
}

/* ---- records of other types than data ---- */

int ktls_send_record(int fd, uint8_t type, const void *data, size_t len)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[KTLS_CONTROL_SIZE];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	ssize_t n;

	c->cmsg_level = SOL_TLS;
	c->cmsg_type = TLS_SET_RECORD_TYPE;
	c->cmsg_len = CMSG_LEN(1);
	*CMSG_DATA(c) = type;
	m.msg_controllen = c->cmsg_len;
	n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? ERROR_MORE : ERROR_IO;
	if ((size_t)n < len) {
		errno = EIO; /* half a record is none */
		return ERROR_IO;
	}
	return 0;
}

uint8_t ktls_record_type(const struct msghdr *m)
{
	/* CMSG_NXTHDR takes no const */
	struct msghdr copy = *m;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(&copy); c; c = CMSG_NXTHDR(&copy, c))
		if (c->cmsg_level == SOL_TLS && c->cmsg_type == TLS_GET_RECORD_TYPE && c->cmsg_len >= CMSG_LEN(1))
			return *CMSG_DATA(c);
	return KTLS_NO_RECORD;
}

ssize_t ktls_receive(int fd, void *to, size_t cap, uint8_t *type)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[KTLS_CONTROL_SIZE];
	} control;
	struct iovec iov = { .iov_base = to, .iov_len = cap };
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0)
		return -1;
	*type = ktls_record_type(&m);
	if (n > 0 && *type == KTLS_NO_RECORD)
		*type = TLS_RECORD_DATA;
	return n;
}
