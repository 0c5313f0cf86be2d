/* SPDX-License-Identifier: MIT
 * Clients that have shaken hands and then send what nobody should: the relay
 * bears it or closes them, with the counted reason; it does not grow; and two
 * others on the same shard lose nothing meanwhile. */
#include <stdlib.h>
#include <string.h>

#include "stats/reasons.h"
#include "tests/e2e/client_fixture.h"
#include "tests/e2e/rogue.h"
#include "tests/e2e/tls_fixture.h"

#define ROUNDS 12                      /* unless HD_E2E_ROUNDS says otherwise */
#define WARM_ROUNDS 4                  /* until pools and heap have what they keep */
#define GROWTH_MAX_KIB 2048
#define FLOOD 2000                     /* records; every bound is far below */
#define PADDING_MAX (RECORD_PLAIN_MAX - 1) /* of a record with one byte of data */

/* --- what depends on where it runs ---------------------------------------- */

static int rounds(void)
{
	const char *wish = getenv("HD_E2E_ROUNDS");
	long n = wish ? strtol(wish, NULL, 10) : ROUNDS;

	ck_assert_msg(n > WARM_ROUNDS, "HD_E2E_ROUNDS: more than %d are needed", WARM_ROUNDS);
	return (int)n;
}

static const char *const args_own[] = { "--workers", "1", "--ktls", "off", NULL };
static const char *const args_kernel[] = { "--workers", "1", NULL };

/* --- what rogues do ------------------------------------------------------- */

typedef void rogue_fn(struct rogue *r);

static void key_updates(struct rogue *r)
{
	for (int i = 0; i < FLOOD; i++)
		rogue_put_key_update(r, false);
}

static void key_updates_that_ask(struct rogue *r)
{
	for (int i = 0; i < FLOOD; i++)
		rogue_put_key_update(r, true);
}

/* With data between, so that no two records in a row say nothing. */
static void key_updates_between_data(struct rogue *r)
{
	for (int i = 0; i < FLOOD; i++) {
		rogue_put_key_update(r, true);
		rogue_put_frame(r, FRAME_NOTE_PREFERRED, "", 1, RECORD_PLAIN_MAX, 0);
	}
}

static void empty_records(struct rogue *r)
{
	for (int i = 0; i < FLOOD; i++)
		rogue_put(r, TLS_RECORD_DATA, NULL, 0, 0);
}

static void records_of_padding(struct rogue *r)
{
	for (int i = 0; i < 200; i++)
		rogue_put(r, TLS_RECORD_DATA, NULL, 0, RECORD_PLAIN_MAX);
}

static void user_canceled(struct rogue *r)
{
	for (int i = 0; i < FLOOD; i++)
		rogue_put_alert(r, 1, TLS_ALERT_USER_CANCELED);
}

static void warnings(struct rogue *r)
{
	for (int i = 0; i < FLOOD; i++)
		rogue_put_alert(r, 1, 100); /* no_renegotiation */
}

static void fatal_alert(struct rogue *r)
{
	rogue_put_alert(r, 2, TLS_ALERT_INTERNAL_ERROR);
}

/* Between frames that are whole. */
static void alert_amid_traffic(struct rogue *r)
{
	for (int i = 0; i < FLOOD; i++) {
		if (i == FLOOD / 2)
			fatal_alert(r);
		rogue_put_frame(r, FRAME_NOTE_PREFERRED, "", 1, RECORD_PLAIN_MAX, 0);
	}
}

static void close_notify_and_half_close(struct rogue *r)
{
	rogue_put_alert(r, 1, TLS_ALERT_CLOSE_NOTIFY);
	rogue_half_close(r);
}

static void half_close(struct rogue *r)
{
	rogue_half_close(r);
}

static void alert_cut_short(struct rogue *r)
{
	rogue_put(r, TLS_RECORD_ALERT, "\x02", 1, 0);
}

/* In TLS 1.2 the kernel looks at no header before the nonce that may follow it
 * has come, too. */
static void put_no_record(struct rogue *r, const char *bytes, size_t len)
{
	rogue_put_raw(r, bytes, len);
	if (tls_fixture_in_kernel())
		rogue_put_raw(r, "\0\0\0\0\0\0\0\0", 8);
}

static void change_cipher_spec(struct rogue *r)
{
	put_no_record(r, "\x14\x03\x03\x00\x01\x01", 6);
}

static void sealed_change_cipher_spec(struct rogue *r)
{
	rogue_put(r, 20, "\x01", 1, 0);
}

static void unknown_type(struct rogue *r)
{
	rogue_put(r, 99, "data", 4, 0);
}

static void record_without_type(struct rogue *r)
{
	rogue_put_zeroes(r, 100);
}

static void damaged_record(struct rogue *r)
{
	rogue_put_damaged(r);
}

static void record_too_short(struct rogue *r)
{
	put_no_record(r, "\x17\x03\x03\x00\x01\x00", 6);
}

static void record_too_long(struct rogue *r)
{
	put_no_record(r, "\x17\x03\x03\xff\xff", 5);
}

static void plain_bytes(struct rogue *r)
{
	rogue_put_raw(r, "GET / HTTP/1.1\r\n\r\n", 18);
}

static void hello(struct rogue *r)
{
	static const uint8_t message[] = { 1, 0, 0, 4, 3, 3, 0, 0 };

	rogue_put(r, TLS_RECORD_HANDSHAKE, message, sizeof(message), 0);
}

static void plain_hello(struct rogue *r)
{
	put_no_record(r, "\x16\x03\x01\x00\x04\x01\x00\x00\x00", 9);
}

static void session_ticket(struct rogue *r)
{
	static const uint8_t message[] = { 4, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

	rogue_put(r, TLS_RECORD_HANDSHAKE, message, sizeof(message), 0);
}

static void key_update_of_another_kind(struct rogue *r)
{
	rogue_put(r, TLS_RECORD_HANDSHAKE, "\x18\x00\x00\x01\x02", 5, 0);
}

static void data_inside_a_key_update(struct rogue *r)
{
	rogue_put(r, TLS_RECORD_HANDSHAKE, "\x18\x00", 2, 0);
	rogue_put(r, TLS_RECORD_DATA, "data", 4, 0);
}

/* An old key after a new one was promised. */
static void key_update_not_followed(struct rogue *r)
{
	rogue_put(r, TLS_RECORD_HANDSHAKE, "\x18\x00\x00\x01\x00", 5, 0);
	rogue_put(r, TLS_RECORD_DATA, "data", 4, 0);
}

static void records_after_close_notify(struct rogue *r)
{
	static const uint8_t key[KEY_SIZE] = { 1 };

	rogue_put_alert(r, 1, TLS_ALERT_CLOSE_NOTIFY);
	for (int i = 0; i < FLOOD; i++)
		rogue_put_frame(r, FRAME_SEND_PACKET, key, sizeof(key), RECORD_PLAIN_MAX, 0);
}

#define TLS_1_2 1u
#define TLS_1_3 2u
#define BOTH (TLS_1_2 | TLS_1_3)

enum part {
	COMMON,
	KEYS,  /* ends at the first KeyUpdate where the kernel cannot be given a new key */
	EMPTY, /* the kernel takes such records away, and tells nobody of them */
};

static const struct {
	const char *name;
	rogue_fn *act;
	enum close_reason reason;
	unsigned versions;
	bool one_record; /* the relay has nothing more to read when it closes: its alert arrives */
	enum part part;
} acts[] = {
#define ROW(act, reason, versions, one, part) { #act, act, reason, versions, one, part }
	ROW(key_updates, CLOSE_TLS_BAD_RECORD, TLS_1_3, false, KEYS),
	ROW(key_updates_that_ask, CLOSE_TLS_BAD_RECORD, TLS_1_3, false, KEYS),
	ROW(key_updates_between_data, CLOSE_TLS_BAD_RECORD, TLS_1_3, false, KEYS),
	ROW(empty_records, CLOSE_TLS_BAD_RECORD, BOTH, false, EMPTY),
	ROW(records_of_padding, CLOSE_TLS_BAD_RECORD, TLS_1_3, false, EMPTY),
	ROW(user_canceled, CLOSE_TLS_BAD_RECORD, BOTH, false, COMMON),
	ROW(warnings, CLOSE_TLS_BAD_RECORD, TLS_1_2, false, COMMON),
	ROW(warnings, CLOSE_TLS_ALERT, TLS_1_3, false, COMMON),
	ROW(fatal_alert, CLOSE_TLS_ALERT, BOTH, false, COMMON),
	ROW(alert_amid_traffic, CLOSE_TLS_ALERT, BOTH, false, COMMON),
	ROW(close_notify_and_half_close, CLOSE_EOF, BOTH, false, COMMON),
	ROW(half_close, CLOSE_EOF, BOTH, false, COMMON),
	ROW(alert_cut_short, CLOSE_TLS_BAD_RECORD, BOTH, true, COMMON),
	ROW(change_cipher_spec, CLOSE_TLS_BAD_RECORD, BOTH, true, COMMON),
	ROW(sealed_change_cipher_spec, CLOSE_TLS_BAD_RECORD, BOTH, true, COMMON),
	ROW(unknown_type, CLOSE_TLS_BAD_RECORD, BOTH, true, COMMON),
	ROW(record_without_type, CLOSE_TLS_BAD_RECORD, TLS_1_3, true, COMMON),
	ROW(damaged_record, CLOSE_TLS_BAD_RECORD, BOTH, true, COMMON),
	ROW(record_too_short, CLOSE_TLS_BAD_RECORD, BOTH, true, COMMON),
	ROW(record_too_long, CLOSE_TLS_BAD_RECORD, BOTH, true, COMMON),
	ROW(plain_bytes, CLOSE_TLS_BAD_RECORD, BOTH, true, COMMON),
	ROW(hello, CLOSE_TLS_BAD_RECORD, BOTH, true, COMMON),
	ROW(plain_hello, CLOSE_TLS_BAD_RECORD, BOTH, true, COMMON),
	ROW(session_ticket, CLOSE_TLS_BAD_RECORD, BOTH, true, COMMON),
	ROW(key_update_of_another_kind, CLOSE_TLS_BAD_RECORD, BOTH, true, COMMON),
	ROW(data_inside_a_key_update, CLOSE_TLS_BAD_RECORD, BOTH, false, COMMON),
	ROW(key_update_not_followed, CLOSE_TLS_BAD_RECORD, BOTH, false, KEYS),
	ROW(records_after_close_notify, CLOSE_EOF, BOTH, false, COMMON),
#undef ROW
};

/* --- the others ----------------------------------------------------------- */

struct world {
	struct daemon *d;
	struct derp_client *a, *b;
	uint64_t packets;
};

static void world_open(struct world *w)
{
	*w = (struct world){ .d = daemon_start(tls_fixture_in_kernel() ? args_kernel : args_own) };
	w->a = client_login(w->d);
	w->b = client_login(w->d);
}

/* Nothing but what the other has sent comes, and all of it. */
static void send_both_ways(struct world *w)
{
	uint8_t data[1400];

	client_fill(data, sizeof(data), w->packets++);
	client_send(w->a, derp_client_key(w->b), data, sizeof(data));
	client_send(w->b, derp_client_key(w->a), data, sizeof(data));
}

static void expect_both_ways(struct world *w, uint64_t packet)
{
	uint8_t data[1400];

	client_fill(data, sizeof(data), packet);
	client_expect_packet(w->b, derp_client_key(w->a), data, sizeof(data));
	client_expect_packet(w->a, derp_client_key(w->b), data, sizeof(data));
}

/* Packets on their way while the rogue acts, and after it. */
static void relay_meanwhile(struct world *w, rogue_fn *act, struct rogue *r)
{
	uint64_t first = w->packets;

	for (int i = 0; i < 20; i++)
		send_both_ways(w);
	act(r);
	rogue_flush(r);
	for (int i = 0; i < 20; i++)
		send_both_ways(w);
	for (uint64_t i = first; i < w->packets; i++)
		expect_both_ways(w, i);
}

static void world_close(struct world *w)
{
	daemon_await_metric(w->d, "peers_active", 2);
	ck_assert_uint_eq(daemon_metric_sum(w->d, "drops_total{"), 0);
	client_sync(w->a);
	client_sync(w->b);
	derp_client_free(w->a);
	derp_client_free(w->b);
	daemon_stop(w->d);
}

static void check_growth(const struct world *w, uint64_t before)
{
	uint64_t now = daemon_rss_kib(w->d);

	if (DAEMON_FIXTURE_SANITIZED)
		return;
	ck_assert_msg(now <= before + GROWTH_MAX_KIB, "%lu KiB became %lu", (unsigned long)before,
		      (unsigned long)now);
}

/* --- tests ---------------------------------------------------------------- */

static void close_round(struct world *w, enum tls_version version, size_t i)
{
	struct rogue *r = rogue_connect(w->d, version);
	uint8_t alert;

	relay_meanwhile(w, acts[i].act, r);
	alert = rogue_expect_closed(r);
	if (acts[i].one_record)
		ck_assert_msg(alert == TLS_ALERT_BAD_RECORD_MAC, "%s: alert %u", acts[i].name, alert);
	rogue_free(r);
}

/* TLS 1.2 has no KeyUpdate. */
static enum close_reason reason_of(size_t i, enum tls_version version)
{
	bool refused = acts[i].part == KEYS && version == TLS_VERSION_1_3 && !tls_fixture_renews_keys();

	return refused ? CLOSE_TLS_KEY_LIMIT : acts[i].reason;
}

static void closed_with_its_reason(size_t i, enum tls_version version)
{
	const char *label = close_reason_label(reason_of(i, version));
	const int count = rounds();
	uint64_t before = 0;
	struct world w;
	char series[64];

	world_open(&w);
	for (int round = 0; round < count; round++) {
		if (round == WARM_ROUNDS)
			before = daemon_rss_kib(w.d);
		close_round(&w, version, i);
	}
	snprintf(series, sizeof(series), "closes_total{reason=\"%s\"}", label);
	daemon_await_metric_sum(w.d, "closes_total{", (uint64_t)count);
	ck_assert_msg(daemon_metric(w.d, series) == (uint64_t)count, "%s: not counted as %s", acts[i].name, label);
	check_growth(&w, before);
	world_close(&w);
}

START_TEST(tls_rogue_is_closed_with_its_reason)
{
	if (acts[_i].part == EMPTY && tls_fixture_in_kernel())
		return; /* borne */
	if (acts[_i].versions & TLS_1_3)
		closed_with_its_reason((size_t)_i, TLS_VERSION_1_3);
	if (acts[_i].versions & TLS_1_2)
		closed_with_its_reason((size_t)_i, TLS_VERSION_1_2);
}
END_TEST

/* So that a relay that closes everybody does not pass. */
static void some_of_each(struct rogue *r)
{
	for (int i = 0; i < 10; i++) {
		rogue_put(r, TLS_RECORD_DATA, NULL, 0, 0);
		rogue_put_alert(r, 1, TLS_ALERT_USER_CANCELED);
	}
	rogue_sync(r);
	for (int i = 0; i < 32; i++) /* 32 in a row, as often as there is data between them */
		rogue_put(r, TLS_RECORD_DATA, NULL, 0, 0);
	rogue_sync(r);
}

static void some_key_updates(struct rogue *r)
{
	for (int i = 0; i < 8; i++) {
		rogue_put_key_update(r, true);
		rogue_put_key_update(r, false);
		rogue_sync(r);
	}
}

static void ping_in_records_of(struct rogue *r, size_t record, size_t padding, int count)
{
	static const uint8_t body[FRAME_PING_BODY_MAX] = { 0 };

	for (int i = 0; i < count; i++)
		rogue_put_frame(r, FRAME_PING, body, sizeof(body), record, padding);
	rogue_sync(r);
}

static void records_of_one_byte(struct rogue *r)
{
	ping_in_records_of(r, 1, 0, 10);
}

static void records_with_all_padding(struct rogue *r)
{
	ping_in_records_of(r, 1, PADDING_MAX, 1);
}

static const struct {
	rogue_fn *act;
	unsigned versions;
	unsigned key_updates; /* the relay's answers */
	enum part part;
} borne[] = {
	{ some_of_each, BOTH, 0, COMMON },
	{ some_key_updates, TLS_1_3, 8, KEYS },
	{ records_of_one_byte, BOTH, 0, COMMON },
	{ records_with_all_padding, TLS_1_3, 0, COMMON },
	{ empty_records, BOTH, 0, EMPTY },
	{ records_of_padding, TLS_1_3, 0, EMPTY },
};

static void is_borne(size_t i, enum tls_version version)
{
	const int count = rounds();
	uint64_t before = 0;
	struct world w;

	world_open(&w);
	for (int round = 0; round < count; round++) {
		struct rogue *r = rogue_connect(w.d, version);

		if (round == WARM_ROUNDS)
			before = daemon_rss_kib(w.d);
		relay_meanwhile(&w, borne[i].act, r);
		rogue_sync(r);
		ck_assert_uint_eq(rogue_key_updates(r), borne[i].key_updates);
		ck_assert_uint_eq(daemon_metric(w.d, "peers_active"), 3);
		rogue_put_alert(r, 1, TLS_ALERT_CLOSE_NOTIFY);
		ck_assert_uint_eq(rogue_expect_closed(r), TLS_ALERT_CLOSE_NOTIFY);
		rogue_free(r);
		daemon_await_metric(w.d, "peers_active", 2);
	}
	check_growth(&w, before);
	world_close(&w);
}

START_TEST(tls_rogue_is_borne_within_bounds)
{
	if ((borne[_i].part == KEYS && !tls_fixture_renews_keys()) ||
	    (borne[_i].part == EMPTY && !tls_fixture_in_kernel()))
		return; /* closed */
	if (borne[_i].versions & TLS_1_3)
		is_borne((size_t)_i, TLS_VERSION_1_3);
	if (borne[_i].versions & TLS_1_2)
		is_borne((size_t)_i, TLS_VERSION_1_2);
}
END_TEST

/* Before its login the accept plane has the client. */
static void login_round(struct world *w, enum tls_version version, size_t i)
{
	struct rogue *r = rogue_shake_hands(w->d, version);

	relay_meanwhile(w, acts[i].act, r);
	(void)rogue_expect_closed(r);
	rogue_free(r);
}

static enum login_result login_result_of(enum close_reason reason)
{
	if (reason == CLOSE_TLS_KEY_LIMIT)
		return LOGIN_TLS;
	return reason == CLOSE_TLS_BAD_RECORD ? LOGIN_TLS_BAD_RECORD : LOGIN_EOF;
}

static void login_ends(size_t i, enum tls_version version)
{
	enum login_result result = login_result_of(reason_of(i, version));
	char series[64];
	struct world w;

	world_open(&w);
	for (int round = 0; round < 3; round++)
		login_round(&w, version, i);
	daemon_await_metric(w.d, "half_open", 0);
	snprintf(series, sizeof(series), "logins_total{result=\"%s\"}", login_result_label(result));
	ck_assert_msg(daemon_metric(w.d, series) == 3, "%s: not counted as %s", acts[i].name,
		      login_result_label(result));
	world_close(&w);
}

START_TEST(tls_rogue_before_its_login_ends_it)
{
	if (acts[_i].act == key_updates_between_data || acts[_i].act == data_inside_a_key_update ||
	    acts[_i].act == key_update_not_followed || acts[_i].act == alert_amid_traffic)
		return; /* it is the data that ends those */
	if (acts[_i].part == EMPTY && tls_fixture_in_kernel())
		return; /* they end nothing */
	if (acts[_i].versions & TLS_1_3)
		login_ends((size_t)_i, TLS_VERSION_1_3);
	if (acts[_i].versions & TLS_1_2)
		login_ends((size_t)_i, TLS_VERSION_1_2);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("tls_rogue");

	tcase_add_loop_test(daemon_fixture_case(s, "closed"), tls_rogue_is_closed_with_its_reason, 0,
			    HD_ARRAY_LEN(acts));
	tcase_add_loop_test(daemon_fixture_case(s, "borne"), tls_rogue_is_borne_within_bounds, 0,
			    HD_ARRAY_LEN(borne));
	tcase_add_loop_test(daemon_fixture_case(s, "login"), tls_rogue_before_its_login_ends_it, 0,
			    HD_ARRAY_LEN(acts));
	return s;
}

int main(void)
{
	tls_fixture_want("1.3");
	return daemon_fixture_main(make_suite);
}
