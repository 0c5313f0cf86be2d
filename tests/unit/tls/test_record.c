/* SPDX-License-Identifier: MIT
 * The record layer against RFC 8448's records, and against itself with the
 * directions of the keys exchanged. */
#include <check.h>
#include <string.h>

#include "tests/unit/tls/ends.h"
#include "util/be.h"
#include "util/bytes.h"
#include "util/error.h"

Suite *test_record_suite(void);

#define RFC_CLIENT_SECRET "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"
#define RFC_SERVER_SECRET "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"
#define RFC_CLIENT_DATA                                                                    \
	"1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b39" \
	"5bd54a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4"
#define RFC_CLIENT_ALERT "1703030013c9872760655666b74d7ff1153efd6db6d0b0e3"
#define RFC_SERVER_TICKET                                                                  \
	"17030300de3a6b8f90414a97d6959c3487680de5134a2b240e6cffac116e95d41d6af8f6b580dcf3" \
	"d11d63c758db289a015940252f55713e061dc13e078891a38efbcf5753ad8ef170ad3c7353d16d9d" \
	"a773b9ca7f2b9fa1b6c0d4a3d03f75e09c30ba1e62972ac46f75f7b981be63439b2999ce13064615" \
	"139891d5e4c5b406f16e3fc181a77ca475840025db2f0a77f81b5ab05b94c01346755f69232c8651" \
	"9d86cbeeac87aac347d143f9605d64f650db4d023e70e952ca49fe5137121c74bc2697687e248746" \
	"d6df353005f3bce18696129c8153556b3b6c6779b37bf15985684f"
#define RFC_SERVER_DATA                                                                    \
	"17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6df" \
	"fc602dcb501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d"
#define RFC_SERVER_ALERT "1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9"

static size_t hex(uint8_t *out, const char *text)
{
	ck_assert(bytes_from_hex(out, strlen(text) / 2, text));
	return strlen(text) / 2;
}

/* ---- RFC 8448 ---- */

static struct tls_record_keys *rfc_keys(const char *rx, const char *tx, uint64_t tx_seq)
{
	struct tls_secrets s = { .version = TLS_VERSION_1_3, .suite = SUITE_AES_128_GCM };
	struct tls_record_keys *keys;

	hex(s.rx.secret, rx);
	hex(s.tx.secret, tx);
	ck_assert_int_eq(secrets_derive(&s.rx, s.suite), 0);
	ck_assert_int_eq(secrets_derive(&s.tx, s.suite), 0);
	s.tx.seq = tx_seq;
	ck_assert_int_eq(record_keys_new(&keys, &s), 0);
	return keys;
}

START_TEST(record_open_opens_the_records_of_rfc_8448)
{
	struct record_opened o;
	size_t len;

	ends_left = rfc_keys(RFC_CLIENT_SECRET, RFC_SERVER_SECRET, 0);
	len = hex(ends_wire, RFC_CLIENT_DATA);
	ck_assert_int_eq(ends_open(ends_left, ends_wire, len, &o), 0);
	ck_assert_uint_eq(o.type, TLS_RECORD_DATA);
	ck_assert_uint_eq(o.len, 50);
	for (uint8_t i = 0; i < 50; i++)
		ck_assert_uint_eq(o.data[i], i);
	len = hex(ends_wire, RFC_CLIENT_ALERT);
	ck_assert_int_eq(ends_open(ends_left, ends_wire, len, &o), 0);
	ck_assert_uint_eq(o.type, TLS_RECORD_ALERT);
	ck_assert_int_eq(record_control(ends_left, &o), CONTROL_CLOSE_NOTIFY);
	ck_assert_uint_eq(record_rx_seq(ends_left), 2);
	ends_free();
}
END_TEST

START_TEST(record_seal_makes_the_records_of_rfc_8448)
{
	uint8_t data[50], expected[128];
	size_t len;

	/* number 0 was the ticket */
	ends_left = rfc_keys(RFC_CLIENT_SECRET, RFC_SERVER_SECRET, 1);
	for (uint8_t i = 0; i < sizeof(data); i++)
		data[i] = i;
	len = hex(expected, RFC_SERVER_DATA);
	ck_assert_int_eq(ends_seal(ends_left, data, sizeof(data)), (ssize_t)len);
	ck_assert_mem_eq(ends_wire, expected, len);
	len = hex(expected, RFC_SERVER_ALERT);
	ck_assert_int_eq(record_seal_alert(ends_left, TLS_ALERT_CLOSE_NOTIFY, ends_wire), (ssize_t)len);
	ck_assert_mem_eq(ends_wire, expected, len);
	ends_free();
}
END_TEST

START_TEST(record_control_takes_no_ticket_from_a_client)
{
	struct record_opened o;
	size_t len = hex(ends_wire, RFC_SERVER_TICKET);

	ends_left = rfc_keys(RFC_SERVER_SECRET, RFC_CLIENT_SECRET, 0);
	ck_assert_int_eq(ends_open(ends_left, ends_wire, len, &o), 0);
	ck_assert_uint_eq(o.type, TLS_RECORD_HANDSHAKE);
	ck_assert_int_eq(record_control(ends_left, &o), ERROR_MALFORMED);
	ends_free();
}
END_TEST

/* ---- header ---- */

START_TEST(record_peek_needs_a_whole_header)
{
	static const uint8_t header[] = { 23, 3, 3, 0x01, 0x02 };

	for (size_t len = 0; len < sizeof(header); len++)
		ck_assert_int_eq(record_peek(header, len), ERROR_MORE);
	ck_assert_int_eq(record_peek(header, sizeof(header)), 5 + 0x102);
}
END_TEST

START_TEST(record_peek_rejects_other_types_and_versions)
{
	for (int type = 0; type < 256; type++) {
		uint8_t header[] = { (uint8_t)type, 3, 3, 0, 40 };

		ck_assert_int_eq(record_peek(header, sizeof(header)),
				 type >= 21 && type <= 23 ? 45 : ERROR_MALFORMED);
	}
	for (int i = 0; i < 65536; i++) {
		uint8_t header[] = { 23, (uint8_t)(i >> 8), (uint8_t)i, 0, 40 };

		ck_assert_int_eq(record_peek(header, sizeof(header)), i == 0x0303 ? 45 : ERROR_MALFORMED);
	}
}
END_TEST

START_TEST(record_peek_rejects_more_than_the_standard_allows)
{
	uint8_t header[5] = { 23, 3, 3 };

	be_store16(header + 3, RECORD_BODY_MAX);
	ck_assert_int_eq(record_peek(header, sizeof(header)), RECORD_MAX);
	be_store16(header + 3, RECORD_BODY_MAX + 1);
	ck_assert_int_eq(record_peek(header, sizeof(header)), ERROR_TOO_BIG);
	be_store16(header + 3, 0xffff);
	ck_assert_int_eq(record_peek(header, sizeof(header)), ERROR_TOO_BIG);
}
END_TEST

/* ---- both ways ---- */

START_TEST(record_open_gives_what_record_seal_got)
{
	static const size_t lens[] = { 1, 2, 15, 16, 17, 1437, 16383, 16384 };
	static uint8_t data[RECORD_PLAIN_MAX];
	struct record_opened o;

	ends_make(_i, 0);
	ends_pattern(data, sizeof(data));
	for (size_t i = 0; i < HD_ARRAY_LEN(lens); i++) {
		ssize_t n = ends_seal(ends_left, data, lens[i]);

		ck_assert_int_eq(n, (ssize_t)record_sealed_size(ends_left, lens[i]));
		ck_assert_uint_le((size_t)n, lens[i] + RECORD_OVERHEAD_MAX);
		ck_assert_int_eq(record_peek(ends_wire, (size_t)n), n);
		ck_assert_int_eq(record_open(ends_right, ends_wire, (size_t)n, &o), 0);
		ck_assert_uint_eq(o.type, TLS_RECORD_DATA);
		ck_assert_uint_eq(o.len, lens[i]);
		ck_assert(memcmp(o.data, data, lens[i]) == 0);
		ck_assert(o.data >= ends_wire && o.data + o.len <= ends_wire + n);
	}
	ck_assert_uint_eq(record_tx_seq(ends_left), HD_ARRAY_LEN(lens));
	ck_assert_uint_eq(record_rx_seq(ends_right), HD_ARRAY_LEN(lens));
	ends_free();
}
END_TEST

START_TEST(record_seal_makes_full_records_and_a_rest)
{
	static uint8_t data[3 * RECORD_PLAIN_MAX - 100], got[sizeof(data)];
	struct record_opened o;
	size_t at = 0, have = 0;
	ssize_t n;

	ends_make(_i, 0);
	ends_pattern(data, sizeof(data));
	n = ends_seal(ends_left, data, sizeof(data));
	ck_assert_int_eq(n, (ssize_t)record_sealed_size(ends_left, sizeof(data)));
	for (int i = 0; i < 3; i++) {
		int len = record_peek(ends_wire + at, (size_t)n - at);

		ck_assert_int_eq(ends_open(ends_right, ends_wire + at, (size_t)n - at, &o), 0);
		ck_assert_uint_eq(o.len, i < 2 ? RECORD_PLAIN_MAX : RECORD_PLAIN_MAX - 100);
		memcpy(got + have, o.data, o.len);
		have += o.len;
		at += (size_t)len;
	}
	ck_assert_uint_eq(at, (size_t)n);
	ck_assert(memcmp(got, data, sizeof(data)) == 0);
	ends_free();
}
END_TEST

START_TEST(record_seal_gathers_slices_in_order)
{
	static const size_t lens[] = { 0, 1, 5, 0, 1441, 3, 16384, 777, 0 };
	static uint8_t data[20000], got[20000];
	struct iovec slices[HD_ARRAY_LEN(lens)];
	struct record_opened o;
	size_t sum = 0, have = 0, at = 0;
	ssize_t n;

	ends_make(_i, 0);
	ends_pattern(data, sizeof(data));
	for (size_t i = 0; i < HD_ARRAY_LEN(lens); i++) {
		slices[i] = (struct iovec){ data + sum, lens[i] };
		sum += lens[i];
	}
	n = record_seal(ends_left, slices, HD_ARRAY_LEN(lens), ends_wire, sizeof(ends_wire));
	ck_assert_int_eq(n, (ssize_t)record_sealed_size(ends_left, sum));
	while (at < (size_t)n) {
		int len = record_peek(ends_wire + at, (size_t)n - at);

		ck_assert_int_eq(ends_open(ends_right, ends_wire + at, (size_t)n - at, &o), 0);
		memcpy(got + have, o.data, o.len);
		have += o.len;
		at += (size_t)len;
	}
	ck_assert_uint_eq(have, sum);
	ck_assert(memcmp(got, data, sum) == 0);
	ends_free();
}
END_TEST

START_TEST(record_seal_writes_nothing_where_it_does_not_fit)
{
	static uint8_t data[RECORD_PLAIN_MAX + 1];
	struct iovec slice = { data, sizeof(data) };
	size_t size;

	ends_make(_i, 0);
	size = record_sealed_size(ends_left, sizeof(data));
	memset(ends_wire, 0xaa, sizeof(ends_wire));
	ck_assert_int_eq(record_seal(ends_left, &slice, 1, ends_wire, size - 1), ERROR_TOO_BIG);
	ck_assert_uint_eq(ends_wire[0], 0xaa);
	ck_assert_uint_eq(record_tx_seq(ends_left), 0);
	ck_assert_int_eq(record_seal(ends_left, &slice, 1, ends_wire, size), (ssize_t)size);
	ck_assert_uint_eq(ends_wire[size], 0xaa);
	ck_assert_int_eq(record_seal(ends_left, NULL, 0, ends_wire, 0), 0); /* nothing is nothing */
	ends_free();
}
END_TEST

START_TEST(record_plain_max_is_the_most_that_fits)
{
	ends_make(_i, 0);
	for (int owed = 0; owed < (_i < ENDS_TLS_1_3 ? 2 : 1); owed++) {
		if (owed)
			record_want_key_update(ends_left, false);
		for (size_t cap = 0; cap < 2 * RECORD_MAX + 100; cap += cap < 200 || cap > 16300 ? 1 : 61) {
			size_t plain = record_plain_max(ends_left, cap);

			if (plain > 0)
				ck_assert_uint_le(record_sealed_size(ends_left, plain), cap);
			ck_assert_uint_gt(record_sealed_size(ends_left, plain + 1), cap);
		}
	}
	ends_free();
}
END_TEST

/* ---- damage ---- */

START_TEST(record_open_rejects_a_record_with_any_bit_changed)
{
	uint8_t data[40], copy[40 + RECORD_OVERHEAD_MAX];
	struct record_opened o;
	ssize_t n;

	ends_make(_i, 0);
	ends_pattern(data, sizeof(data));
	n = ends_seal(ends_left, data, sizeof(data));
	ck_assert_int_gt(n, 0);
	for (size_t bit = 0; bit < 8 * (size_t)n; bit++) {
		int len, rc;

		if (bit / 8 == 3 || bit / 8 == 4)
			continue; /* another length is another record: the next test */
		memcpy(copy, ends_wire, (size_t)n);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		len = record_peek(copy, (size_t)n);
		if (bit / 8 < 3 && len == ERROR_MALFORMED)
			continue;
		ck_assert_int_eq(len, n);
		rc = record_open(ends_right, copy, (size_t)n, &o);
		/* another type in the clear is an error of its own in TLS 1.3 */
		ck_assert_int_eq(rc, bit / 8 == 0 && _i < ENDS_TLS_1_3 ? ERROR_MALFORMED : ERROR_CRYPTO);
	}
	ck_assert_uint_eq(record_rx_seq(ends_right), 0);
	ck_assert_int_eq(record_open(ends_right, ends_wire, (size_t)n, &o), 0);
	ends_free();
}
END_TEST

START_TEST(record_open_rejects_any_other_length)
{
	uint8_t data[40], copy[RECORD_MAX];
	struct record_opened o;
	ssize_t n;

	ends_make(_i, 0);
	ends_pattern(data, sizeof(data));
	memset(copy, 0, sizeof(copy));
	n = ends_seal(ends_left, data, sizeof(data));
	for (size_t body = 0; body <= RECORD_BODY_MAX; body += body < 200 ? 1 : 997) {
		if (body + RECORD_HEADER_SIZE == (size_t)n)
			continue;
		memcpy(copy, ends_wire, (size_t)n);
		be_store16(copy + 3, (uint16_t)body);
		ck_assert_int_eq(ends_open(ends_right, copy, sizeof(copy), &o), ERROR_CRYPTO);
	}
	ends_free();
}
END_TEST

START_TEST(record_open_rejects_a_record_twice_or_out_of_turn)
{
	struct record_opened o;
	uint8_t copy[128];
	ssize_t n;

	ends_make(_i, 0);
	n = ends_seal(ends_left, "first", 5);
	memcpy(copy, ends_wire, (size_t)n);
	ck_assert_int_eq(record_open(ends_right, ends_wire, (size_t)n, &o), 0);
	ck_assert_int_eq(record_open(ends_right, copy, (size_t)n, &o), ERROR_CRYPTO);
	n = ends_seal(ends_left, "second", 6);
	n = ends_seal(ends_left, "third", 5);
	ck_assert_int_eq(record_open(ends_right, ends_wire, (size_t)n, &o), ERROR_CRYPTO);
	ends_free();
}
END_TEST

START_TEST(record_open_leaves_the_output_on_failure)
{
	struct record_opened o = { .len = 12345 };
	ssize_t n;

	ends_make(_i, 0);
	n = ends_seal(ends_left, "data", 4);
	ends_wire[n - 1] ^= 1;
	ck_assert_int_eq(record_open(ends_right, ends_wire, (size_t)n, &o), ERROR_CRYPTO);
	ck_assert_uint_eq(o.len, 12345);
	ends_free();
}
END_TEST

START_TEST(record_keys_free_takes_null)
{
	record_keys_free(NULL);
}
END_TEST

static void add_records(TCase *c)
{
	tcase_add_test(c, record_open_opens_the_records_of_rfc_8448);
	tcase_add_test(c, record_seal_makes_the_records_of_rfc_8448);
	tcase_add_test(c, record_control_takes_no_ticket_from_a_client);
	tcase_add_test(c, record_peek_needs_a_whole_header);
	tcase_add_test(c, record_peek_rejects_other_types_and_versions);
	tcase_add_test(c, record_peek_rejects_more_than_the_standard_allows);
	tcase_add_loop_test(c, record_open_gives_what_record_seal_got, 0, ENDS_ALL);
	tcase_add_loop_test(c, record_seal_makes_full_records_and_a_rest, 0, ENDS_ALL);
	tcase_add_loop_test(c, record_seal_gathers_slices_in_order, 0, ENDS_ALL);
	tcase_add_loop_test(c, record_seal_writes_nothing_where_it_does_not_fit, 0, ENDS_ALL);
	tcase_add_loop_test(c, record_plain_max_is_the_most_that_fits, 0, ENDS_ALL);
	tcase_add_loop_test(c, record_open_rejects_a_record_with_any_bit_changed, 0, ENDS_ALL);
	tcase_add_loop_test(c, record_open_rejects_any_other_length, 0, ENDS_ALL);
	tcase_add_loop_test(c, record_open_rejects_a_record_twice_or_out_of_turn, 0, ENDS_ALL);
	tcase_add_loop_test(c, record_open_leaves_the_output_on_failure, 0, ENDS_ALL);
	tcase_add_test(c, record_keys_free_takes_null);
}

Suite *test_record_suite(void)
{
	Suite *s = suite_create("record");

	ends_cases(s, add_records);
	return s;
}
