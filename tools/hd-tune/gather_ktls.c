/* SPDX-License-Identifier: MIT
 * What the running kernel does of TLS: asked, not assumed. */
#include "tools/hd-tune/gather_parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* A connected pair on loopback. */
static bool open_pair(int pair[2])
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(to);

	pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pair[1] = -1;
	if (listener >= 0 && pair[0] >= 0 && bind(listener, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	    listen(listener, 1) == 0 && getsockname(listener, (struct sockaddr *)&to, &len) == 0 &&
	    connect(pair[0], (struct sockaddr *)&to, sizeof(to)) == 0)
		pair[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (listener >= 0)
		close(listener);
	if (pair[1] < 0 && pair[0] >= 0)
		close(pair[0]);
	return pair[1] >= 0;
}

static const struct cipher {
	const char *name;
	__u16 type;
	socklen_t size;
} ciphers[] = {
	{ "AES-128-GCM", TLS_CIPHER_AES_GCM_128, sizeof(struct tls12_crypto_info_aes_gcm_128) },
	{ "AES-256-GCM", TLS_CIPHER_AES_GCM_256, sizeof(struct tls12_crypto_info_aes_gcm_256) },
	{ "ChaCha20-Poly1305", TLS_CIPHER_CHACHA20_POLY1305, sizeof(struct tls12_crypto_info_chacha20_poly1305) },
};

/* Any key will do: nothing is sent. A connection takes one key per direction. */
static bool cipher_works(const struct cipher *cipher, __u16 version, int direction)
{
	union {
		struct tls_crypto_info info;
		unsigned char bytes[256];
	} key = { .info = { .version = version, .cipher_type = cipher->type } };
	int pair[2];
	bool works;

	if (!open_pair(pair))
		return false;
	works = setsockopt(pair[0], IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) == 0 &&
		setsockopt(pair[0], SOL_TLS, direction, &key, cipher->size) == 0;
	close(pair[0]);
	close(pair[1]);
	return works;
}

static void list_ciphers(struct facts *f)
{
	size_t len = 0;

	for (size_t i = 0; i < HD_ARRAY_LEN(ciphers); i++)
		for (__u16 version = TLS_1_2_VERSION; version <= TLS_1_3_VERSION; version++) {
			bool tx = cipher_works(&ciphers[i], version, TLS_TX);
			bool rx = cipher_works(&ciphers[i], version, TLS_RX);

			if (!tx && !rx)
				continue;
			len += (size_t)snprintf(f->ktls_ciphers + len, sizeof(f->ktls_ciphers) - len,
						"%s%s 1.%d%s%s",
						len ? ", " : "", ciphers[i].name, version == TLS_1_2_VERSION ?
							2 : 3,
						tx ? " tx" : "", rx ? " rx" : "");
			if (len >= sizeof(f->ktls_ciphers))
				return;
		}
}

/* On a socket that is not connected: ENOTCONN if the module is there. */
void gather_ktls(struct facts *f)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) == 0 ? 0 : errno;

	if (fd >= 0)
		close(fd);
	if (fd < 0)
		return;
	f->ktls = error == ENOTCONN || error == 0;
	if (f->ktls)
		list_ciphers(f);
	else
		snprintf(f->ktls_why, sizeof(f->ktls_why), "%s", error == ENOENT ?
			 "the module tls is not loaded" : strerror(error));
}
