/* SPDX-License-Identifier: MIT
 * hyper-derp: reads its settings, then runs the relay until a signal ends it. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/settings.h"
#include "daemon/cert_command.h"
#include "daemon/exit_code.h"
#include "daemon/map_command.h"
#include "daemon/relay.h"
#include "sys/notify.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/log.h"
#include "util/mono.h"

#define TEXT_MAX (1024 * 1024)

/* --- signals -------------------------------------------------------------- */

static sigset_t waited_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return set;
}

/* Before any thread starts, so that all inherit it: only main gets these, and
 * only where it waits for them. A broken pipe is an error of write(2), no more. */
static void block_signals(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set = waited_signals();

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

static void end_at_once(int sig)
{
	_exit(128 + sig);
}

/* From here on SIGINT and SIGTERM do not wait for anything. A handler, because
 * process 1 of a container is immune to their default action. */
static void unblock_signals(void)
{
	struct sigaction action = { .sa_handler = end_at_once };
	sigset_t set = waited_signals();

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigdelset(&set, SIGHUP);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* The next signal, or 0 when the time is over. deadline_ns 0: no deadline. */
static int next_signal(uint64_t deadline_ns)
{
	sigset_t set = waited_signals();

	for (;;) {
		uint64_t now = mono_now_ns();
		uint64_t left = deadline_ns > now ? deadline_ns - now : 0;
		struct timespec timeout = { (time_t)(left / MONO_NS_PER_S), (long)(left % MONO_NS_PER_S) };
		int sig = sigtimedwait(&set, NULL, deadline_ns ? &timeout : NULL);

		if (sig > 0)
			return sig;
		if (errno == EAGAIN)
			return 0;
	}
}

/* --- serving -------------------------------------------------------------- */

struct command_line {
	int argc;
	char **argv;
};

static void reload(struct relay *relay, const struct command_line *cl)
{
	struct settings_request request;
	struct settings next;
	char message[SETTINGS_MESSAGE_MAX];

	notify_reloading();
	if (settings_load(&next, &request, cl->argc, cl->argv, message) != 0) {
		log_error("config", "not reloaded, the old settings stay: %s", message);
	} else {
		relay_reload(relay, &next);
		log_info("config", "reloaded");
		settings_release(&next);
		settings_request_release(&request);
	}
	notify_ready("serving");
}

/* The earlier of two points in time, of which 0 is none. */
static uint64_t earlier(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

/* Something that is to be done again and again. */
struct recurring {
	uint64_t interval_ns; /* 0: never */
	uint64_t next_ns;
};

static struct recurring recurring_every(uint64_t interval_ns)
{
	return (struct recurring){ interval_ns, interval_ns ? mono_now_ns() + interval_ns : 0 };
}

static bool recurring_due(struct recurring *r)
{
	if (r->interval_ns == 0 || mono_now_ns() < r->next_ns)
		return false;
	r->next_ns = mono_now_ns() + r->interval_ns;
	return true;
}

/* Returns when a signal asks for the end. */
static void wait_for_signals(struct relay *relay, const struct command_line *cl)
{
	struct recurring watchdog = recurring_every(notify_watchdog_ms() * MONO_NS_PER_MS);
	struct recurring check = recurring_every(relay_check_ms(relay) * MONO_NS_PER_MS);

	for (;;) {
		switch (next_signal(earlier(watchdog.next_ns, check.next_ns))) {
		case SIGHUP:
			reload(relay, cl);
			break;
		case SIGINT:
		case SIGTERM:
			return;
		default:
			if (recurring_due(&watchdog) && relay_alive(relay))
				notify_watchdog();
			if (recurring_due(&check))
				relay_check(relay);
		}
	}
}

static enum exit_code serve(struct settings *settings, const struct command_line *cl)
{
	struct relay *relay;
	enum exit_code code;

	log_set_level((enum log_level)settings->log_level);
	block_signals();
	code = relay_start(&relay, settings);
	if (code != EXIT_CODE_OK)
		return code;
	log_info("relay", "serving");
	notify_ready("serving");
	wait_for_signals(relay, cl);
	log_info("relay", "stopping");
	notify_stopping();
	unblock_signals();
	relay_stop(relay);
	log_info("relay", "stopped");
	return EXIT_CODE_OK;
}

/* --- command line --------------------------------------------------------- */

/* Writes what `text` holds, if making it went well, and releases it. */
static enum exit_code print(struct bytes *text, int err)
{
	bool written = !err && fwrite(text->data, 1, text->len, stdout) == text->len && fflush(stdout) == 0;

	bytes_release(text);
	if (written)
		return EXIT_CODE_OK;
	fprintf(stderr, "hyper-derp: cannot write: %s\n", err ? error_text(err) : strerror(errno));
	return EXIT_CODE_FAILURE;
}

static enum exit_code act(const struct settings_request *request, struct settings *settings,
			  const struct command_line *cl)
{
	struct bytes text;

	bytes_init(&text, TEXT_MAX);
	switch (request->action) {
	case SETTINGS_HELP:
		return print(&text, settings_help(&text));
	case SETTINGS_VERSION:
		return print(&text, bytes_append_text(&text, "hyper-derp " PACKAGE_VERSION "\n"));
	case SETTINGS_DUMP_CONFIG:
		return print(&text, settings_dump(settings, &text));
	case SETTINGS_CHECK_CONFIG:
		return EXIT_CODE_OK;
	case SETTINGS_MAKE_CERT:
		return cert_command_run(request->host);
	case SETTINGS_PRINT_DERP_MAP:
		return map_command_run(settings, request->map);
	case SETTINGS_RUN:
		break;
	}
	return serve(settings, cl);
}

int main(int argc, char *argv[])
{
	struct command_line cl = { argc, argv };
	struct settings settings;
	struct settings_request request;
	char message[SETTINGS_MESSAGE_MAX];
	enum exit_code code;
	int err = settings_load(&settings, &request, argc, argv, message);

	if (err) {
		fprintf(stderr, "hyper-derp: %s\n", message);
		return err == ERROR_NO_MEMORY ? EXIT_CODE_FAILURE : EXIT_CODE_CONFIG;
	}
	code = act(&request, &settings, &cl);
	settings_request_release(&request);
	settings_release(&settings);
	return code;
}
