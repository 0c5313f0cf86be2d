/* SPDX-License-Identifier: MIT
 * TLS in the kernel: whether to use it, and handing it a connection's keys. */
#ifndef HD_TLS_KTLS_H
#define HD_TLS_KTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "tls/secrets.h"
#include "util/assert.h"

/* ---- once, at start ---- */

enum ktls_wish { KTLS_AUTO, KTLS_OFF, KTLS_REQUIRE };

struct ktls_status {
	bool on;
	char text[520]; /* what was decided and why: "kTLS not available: ..." */
};

/* Tries it out, with each version and suite (ktls_probe.h). ERROR_UNSUPPORTED:
 * required, but not there, or not for all of them (the text says why). */
HD_MUST_CHECK int ktls_decide(struct ktls_status *status, enum ktls_wish wish);
/* Whether a kernel has the fixes to net/tls without which kTLS is not turned on
 * unasked: of the series 6.1, 6.12 and 7.2 from 6.1.192, 6.12.107 and 7.2.12
 * on; every series from 7.4 on, which began after them; no other, because its
 * number does not tell. release, build: of uname(2); Debian's build holds the
 * point release that its release may leave out. */
bool ktls_kernel_is_fixed(const char *release, const char *build);

/* ---- each connection ---- */

/* Gives both directions to the kernel. ERROR_UNSUPPORTED: the kernel does not
 * take this suite or version (ENOENT: it lacks the cipher); nothing has changed
 * then, the connection can go on in user space. ERROR_IO: the socket is of no
 * more use. Both with errno. */
HD_MUST_CHECK int ktls_install(int fd, const struct tls_secrets *s);
/* TLS 1.3, KeyUpdate: next secret, and its key to the kernel. rx: when the
 * client's KeyUpdate has been received; tx: right behind our own.
 * ERROR_UNSUPPORTED (kernels before 6.14): close the connection. ERROR_CRYPTO,
 * ERROR_IO. */
HD_MUST_CHECK int ktls_rekey_rx(int fd, struct tls_secrets *s);
HD_MUST_CHECK int ktls_rekey_tx(int fd, struct tls_secrets *s);
/* One record of another type than data, without blocking. ERROR_MORE: the
 * socket is full; ERROR_IO. */
HD_MUST_CHECK int ktls_send_record(int fd, uint8_t type, const void *data, size_t len);
/* recvmsg(2) of records of one type: bytes, or -1 with errno. 0 with a type: an
 * empty record; 0 with KTLS_NO_RECORD: the end of the stream. */
#define KTLS_NO_RECORD 0
HD_MUST_CHECK ssize_t ktls_receive(int fd, void *to, size_t cap, uint8_t *type);
/* Type of what recvmsg(2) gave; KTLS_NO_RECORD if it says nothing. Room for the
 * control message: KTLS_CONTROL_SIZE. */
#define KTLS_CONTROL_SIZE CMSG_SPACE(1)
uint8_t ktls_record_type(const struct msghdr *m);

/* Fills the kernel's struct for setsockopt(2); returns its size. */
#define KTLS_INFO_MAX 64
size_t ktls_crypto_info(uint8_t info[KTLS_INFO_MAX], const struct tls_secrets *s,
			const struct tls_secrets_half *half);

#endif
