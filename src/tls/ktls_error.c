/* SPDX-License-Identifier: MIT */
#include "tls/ktls_error.h"

#include <errno.h>
#include <stddef.h>

#include "util/assert.h"

/* All that net/tls says of records, as read in Linux 6.12.107 and 7.3.4; 6.1.192
 * says the same, but for EKEYEXPIRED, which came with 6.14. What is not here is
 * TCP's, or of memory. EIO is not: it is the answer to a receive without room
 * for the type, and nobody receives so. */
static const int record_errors[] = {
	/* tls_sw.c, tls_rx_msg_size: shorter than a tag. tls_rx_one_record, tls_decrypt_done: does not
	 * verify. tls_padding_length, tls_record_content_type: nothing but zeroes. */
	EBADMSG,
	/* tls_sw.c, tls_rx_msg_size: longer than a record may be. */
	EMSGSIZE,
	/* tls_sw.c, tls_rx_msg_size: another version than 0x0303. */
	EINVAL,
	/* tls_sw.c, tls_rx_rec_wait: more is to be read behind a KeyUpdate, whose key was not set. Behind
	 * a whole one it is set at once; this one has come in parts. */
	EKEYEXPIRED,
};

bool ktls_error_of_record(int error)
{
	for (size_t i = 0; i < HD_ARRAY_LEN(record_errors); i++)
		if (record_errors[i] == error)
			return true;
	return false;
}
