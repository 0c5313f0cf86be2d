/* SPDX-License-Identifier: MIT
 * tls_client PORT CASE [VERSION SUITE [works|closes]]: one thing that clients do
 * over TLS, done to a relay on loopback. Exits 0 if the relay did as it should,
 * else 1 with a line that says what. VERSION is 1.2 or 1.3, SUITE is OpenSSL's
 * name. The last word: whether this kernel can take new keys. */
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "crypto/box.h"
#include "tests/vm/link.h"

#define ALERT_BAD_RECORD_MAC 20
#define BURST 64

static const size_t sizes[] = { 0, 1, 62, 1400, 16307, 16343, 16344, 16345, 16384, 16385, 40000, 65536 };

static void wants(bool holds, const char *what)
{
	if (!holds)
		link_die(what);
}

static void packet(struct link *from, struct link *to, size_t len, uint8_t seed)
{
	link_seal_packet(from, link_key(to), len, seed);
	link_flush(from);
	link_expect_packet(to, link_key(from), len, seed);
}

static void both_ways(struct link *a, struct link *b, uint8_t seed)
{
	for (size_t i = 0; i < HD_ARRAY_LEN(sizes); i++) {
		packet(a, b, sizes[i], seed);
		packet(b, a, sizes[i], (uint8_t)(seed + 100));
	}
}

/* Many in one write, so that records and frames overlap in every way. */
static void burst(struct link *a, struct link *b)
{
	for (size_t i = 0; i < BURST; i++)
		link_seal_packet(a, link_key(b), 100 + 37 * i, (uint8_t)i);
	link_flush(a);
	for (size_t i = 0; i < BURST; i++)
		link_expect_packet(b, link_key(a), 100 + 37 * i, (uint8_t)i);
}

static void ping(struct link *l, uint8_t value)
{
	link_seal_ping(l, value);
	link_flush(l);
	wants(link_pong(l, value), "closed instead of a pong");
}

/* Each byte of a ping in a record of its own, all in one segment. */
static void small_records(struct link *l)
{
	static const uint8_t frame[] = { 0x12, 0, 0, 0, 8, 7, 7, 7, 7, 7, 7, 7, 7 };

	for (size_t i = 0; i < sizeof(frame); i++)
		link_seal(l, frame + i, 1);
	link_flush(l);
	wants(link_pong(l, 7), "closed instead of a pong");
}

static void run_exchange(const struct link_options *o, bool works)
{
	struct link a, b;

	(void)works;
	link_open(&a, o);
	link_open(&b, o);
	both_ways(&a, &b, 1);
	burst(&a, &b);
	burst(&b, &a);
	small_records(&a);
	ping(&b, 9);
	link_close(&a);
	link_close(&b);
}

/* A whole login and a packet right behind Finished, without and with a ticket. */
static void run_early(const struct link_options *o, bool works)
{
	struct link_options early = *o;
	struct link a, b;

	(void)works;
	link_open(&a, o);
	ping(&a, 1); /* the ticket is here, too, then */
	early.server_key = link_server_key(&a);
	early.early_to = link_key(&a);
	for (int resumed = 0; resumed < 2; resumed++) {
		if (resumed)
			wants(a.session != NULL, "no ticket");
		early.session = resumed ? a.session : NULL;
		link_open(&b, &early);
		link_expect_packet(&a, link_key(&b), LINK_EARLY_SIZE, 1);
		both_ways(&a, &b, 3);
		link_close(&b);
	}
	link_close(&a);
}

static void run_resume(const struct link_options *o, bool works)
{
	struct link_options again = *o;
	struct link a, b;

	(void)works;
	link_open(&a, o);
	ping(&a, 1);
	wants(a.session != NULL, "no ticket");
	again.session = a.session;
	link_open(&b, &again);
	both_ways(&a, &b, 5);
	link_close(&a);
	link_close(&b);
}

static void run_close(const struct link_options *o, bool works)
{
	struct link l;
	int alert;

	(void)works;
	link_open(&l, o);
	ping(&l, 1);
	(void)SSL_shutdown(l.ssl);
	link_flush(&l);
	wants(link_end(&l, &alert), "no close_notify in return");
	link_close(&l);
}

/* The end of the stream without a word. */
static void run_leave(const struct link_options *o, bool works)
{
	struct link l;
	int alert;

	(void)works;
	link_open(&l, o);
	ping(&l, 1);
	wants(shutdown(l.fd, SHUT_WR) == 0, "shutdown");
	(void)link_end(&l, &alert);
	wants(alert == 0, "an alert");
	link_close(&l);
}

/* OpenSSL is given a record that the relay never sent, and complains of it. */
static void run_alert(const struct link_options *o, bool works)
{
	uint8_t record[5 + 40] = { 23, 3, 3, 0, 40 }, byte;
	struct link l;
	int alert;

	(void)works;
	link_open(&l, o);
	ping(&l, 1);
	wants(BIO_write(l.in, record, sizeof(record)) == (int)sizeof(record), "out of memory");
	wants(SSL_read(l.ssl, &byte, 1) <= 0, "the record verifies");
	wants(BIO_pending(l.out) > 0, "OpenSSL did not complain");
	link_flush(&l);
	(void)link_end(&l, &alert);
	link_close(&l);
}

static void run_damage(const struct link_options *o, bool works)
{
	struct link l;
	char *wire;
	long len;
	int alert;

	(void)works;
	link_open(&l, o);
	ping(&l, 1);
	link_seal_ping(&l, 2);
	len = BIO_get_mem_data(l.out, &wire);
	wire[len - 1] = (char)(wire[len - 1] ^ 1);
	link_flush(&l);
	wants(!link_end(&l, &alert), "close_notify, as if nothing had been");
	wants(alert == ALERT_BAD_RECORD_MAC, "not the alert bad_record_mac");
	link_close(&l);
}

/* A KeyUpdate, with data right behind it in one segment, or later. */
static bool update(struct link *l, int kind, bool apart, uint8_t value)
{
	wants(SSL_key_update(l->ssl, kind) == 1 && SSL_do_handshake(l->ssl) == 1, "SSL_key_update");
	if (apart)
		link_flush(l);
	link_seal_ping(l, value);
	link_flush(l);
	return link_pong(l, value);
}

static void run_key_update(const struct link_options *o, bool works)
{
	struct link a, b;

	link_open(&a, o);
	ping(&a, 1);
	if (!works) {
		wants(!update(&a, SSL_KEY_UPDATE_NOT_REQUESTED, false, 2), "a pong under a key that is not known");
		link_close(&a);
		return;
	}
	link_open(&b, o);
	for (uint8_t i = 0; i < 3; i++) {
		wants(update(&a, SSL_KEY_UPDATE_NOT_REQUESTED, i & 1, i), "closed at a KeyUpdate");
		packet(&a, &b, 65536, i);
		wants(update(&a, SSL_KEY_UPDATE_REQUESTED, i & 1, i), "closed at a KeyUpdate that asks");
		both_ways(&a, &b, i);
	}
	link_close(&a);
	link_close(&b);
}

/* Stays, for somebody to look, until stdin ends. */
static void run_hold(const struct link_options *o, bool works)
{
	struct link l;

	(void)works;
	link_open(&l, o);
	ping(&l, 1);
	puts("here");
	wants(fflush(stdout) == 0 && getchar() == EOF, "stdin");
	link_close(&l);
}

static const struct {
	const char *name;
	void (*run)(const struct link_options *o, bool works);
} cases[] = {
	{ "exchange", run_exchange },
	{ "early", run_early },
	{ "resume", run_resume },
	{ "close", run_close },
	{ "leave", run_leave },
	{ "alert", run_alert },
	{ "damage", run_damage },
	{ "key-update", run_key_update },
	{ "hold", run_hold },
};

int main(int argc, char **argv)
{
	struct link_options o = { .version = TLS1_3_VERSION, .suite = "TLS_AES_128_GCM_SHA256" };
	bool works = argc < 6 || strcmp(argv[5], "closes") != 0;

	if (argc < 3 || box_start() < 0)
		return 2;
	o.port = (uint16_t)strtoul(argv[1], NULL, 10);
	if (argc > 4) {
		o.version = strcmp(argv[3], "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
		o.suite = argv[4];
	}
	for (size_t i = 0; i < HD_ARRAY_LEN(cases); i++) {
		if (strcmp(argv[2], cases[i].name) == 0) {
			cases[i].run(&o, works);
			return 0;
		}
	}
	fprintf(stderr, "tls_client: no case '%s'\n", argv[2]);
	return 2;
}
