/* SPDX-License-Identifier: MIT */
#include "daemon/relay_tls.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "tls/aead.h"
#include "tls/ktls.h"
#include "tls/ticket.h"
#include "util/error.h"
#include "util/log.h"

#define DAY_S 86400
#define WARN_DAYS 14  /* before the end of a certificate */
#define REMEDY " (\"hyper-derp --make-cert HOST\" makes a certificate and its key)"
#define TICKETS 1     /* per handshake: a client of a relay has one connection */

static int64_t now_s(void)
{
	return (int64_t)time(NULL);
}

static uint32_t fill_pairs(struct context_pair pairs[CONTEXT_PAIRS_MAX], const struct settings *s)
{
	pairs[0] = (struct context_pair){ s->tls_cert, s->tls_key };
	if (!s->tls_cert_2)
		return 1;
	pairs[1] = (struct context_pair){ s->tls_cert_2, s->tls_key_2 };
	return 2;
}

/* What is not there has a stamp of its own: zero. */
static void stamp(struct relay_tls_stamp *out, const char *path)
{
	struct stat st;

	memset(out, 0, sizeof(*out));
	if (!path || stat(path, &st) < 0)
		return;
	out->mtime = st.st_mtim;
	out->size = st.st_size;
	out->inode = st.st_ino;
}

static void stamp_all(struct relay_tls_stamp stamps[RELAY_TLS_FILES], const struct settings *s)
{
	const char *paths[RELAY_TLS_FILES] = { s->tls_cert, s->tls_key, s->tls_cert_2, s->tls_key_2 };

	for (int i = 0; i < RELAY_TLS_FILES; i++)
		stamp(&stamps[i], paths[i]);
}

static bool stamps_equal(const struct relay_tls_stamp *a, const struct relay_tls_stamp *b)
{
	for (int i = 0; i < RELAY_TLS_FILES; i++)
		if (a[i].mtime.tv_sec != b[i].mtime.tv_sec || a[i].mtime.tv_nsec != b[i].mtime.tv_nsec ||
		    a[i].size != b[i].size || a[i].inode != b[i].inode)
			return false;
	return true;
}

static int load(struct tls_context **context, const struct relay_tls *t, const struct settings *s,
		struct tls_fault *fault)
{
	struct context_settings cs = {
		.ticket_keys = t->ticket_keys,
		.ticket_count = TICKETS,
		.relay_public_key = t->public_key.bytes,
	};

	cs.pair_count = fill_pairs(cs.pairs, s);
	return context_new(context, &cs, fault);
}

/* The end is near: said at a start, at a reload, and once a day. */
static void warn_expiry(struct relay_tls *t, bool now)
{
	int64_t today = now_s() / DAY_S;
	int64_t days = context_not_after(t->context) / DAY_S - today;

	if (days > WARN_DAYS || (!now && t->warned_day == today))
		return;
	t->warned_day = today;
	if (days < 0)
		log_warn("tls", "the certificate has expired: clients will refuse it");
	else
		log_warn("tls", "the certificate expires in %" PRId64 " days", days);
}

static void take(struct relay_tls *t, struct tls_context *context)
{
	context_unref(t->context);
	t->context = context;
	stats_set(t->stats, STAT_TLS_NOT_AFTER, (uint64_t)context_not_after(context));
	warn_expiry(t, true);
}

static enum exit_code decide_ktls(struct relay_tls *t, const struct settings *s)
{
	static const enum ktls_wish wishes[] = {
		[SETTINGS_KTLS_AUTO] = KTLS_AUTO,
		[SETTINGS_KTLS_OFF] = KTLS_OFF,
		[SETTINGS_KTLS_REQUIRE] = KTLS_REQUIRE,
	};
	struct ktls_status status;
	int err = ktls_decide(&status, wishes[s->ktls]);

	if (err) {
		log_error("tls", "%s", status.text);
		return EXIT_CODE_FAILURE;
	}
	log_info("tls", "%s", status.text);
	log_info("tls", "AES-GCM in user space: %s", aead_text(SUITE_AES_128_GCM));
	t->ktls = status.on;
	return EXIT_CODE_OK;
}

enum exit_code relay_tls_start(struct relay_tls *t, const struct settings *s, const struct key *public_key,
			       struct stats *stats)
{
	struct tls_context *context;
	struct tls_fault fault;
	int err;

	*t = (struct relay_tls){ .public_key = *public_key, .stats = stats };
	if (!s->tls_cert)
		return EXIT_CODE_OK;
	if (ticket_keys_new(&t->ticket_keys) < 0) {
		log_error("tls", "cannot make keys for session tickets");
		return EXIT_CODE_FAILURE;
	}
	stamp_all(t->stamps, s);
	err = load(&context, t, s, &fault);
	if (err) {
		log_error("tls", "%s%s", fault.text, err == ERROR_NOT_FOUND ? REMEDY : "");
		return EXIT_CODE_FAILURE;
	}
	take(t, context);
	return decide_ktls(t, s);
}

void relay_tls_stop(struct relay_tls *t)
{
	context_unref(t->context);
	ticket_keys_unref(t->ticket_keys);
	*t = (struct relay_tls){ 0 };
}

bool relay_tls_reload(struct relay_tls *t, const struct settings *s)
{
	struct tls_context *context;
	struct tls_fault fault;

	if (!t->context)
		return false;
	stamp_all(t->stamps, s);
	if (load(&context, t, s, &fault) < 0) {
		stats_add(t->stats, STAT_TLS_RELOAD_FAILURES, 1);
		log_error("tls", "the old certificates stay: %s", fault.text);
		return false;
	}
	stats_add(t->stats, STAT_TLS_RELOADS, 1);
	take(t, context);
	return true;
}

bool relay_tls_check(struct relay_tls *t, const struct settings *s)
{
	struct relay_tls_stamp stamps[RELAY_TLS_FILES];

	if (!t->context)
		return false;
	warn_expiry(t, false);
	stamp_all(stamps, s);
	if (!stamps_equal(stamps, t->stamps)) {
		log_info("tls", "the certificate files have changed");
		return relay_tls_reload(t, s);
	}
	return now_s() >= context_renew_at(t->context) && relay_tls_reload(t, s);
}
