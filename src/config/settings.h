/* SPDX-License-Identifier: MIT
 * Every setting of the daemon, as the option table (option.h) fills it from
 * defaults, the YAML file and the command line. The daemon splits it into one
 * struct per plane; no plane reads this. */
#ifndef HD_CONFIG_SETTINGS_H
#define HD_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/assert.h"
#include "util/bytes.h"

struct settings_list { /* owned strings, no two alike */
	char **items;
	size_t count;
};

struct settings_numbers { /* no two alike */
	int64_t *items;
	size_t count;
};

/* Numbers are within the range of their row in the option table. Strings are
 * owned; NULL: not set. */
struct settings {
	int64_t port;
	struct settings_list listen;       /* numeric addresses; empty: all, IPv6 and IPv4 */
	int64_t workers;                   /* 0: usable physical cores */
	struct settings_numbers pin_cores; /* OS CPU numbers, one per worker; empty: not pinned */
	int64_t accept_threads;
	int64_t sockbuf; /* bytes, 0: the kernel tunes */
	bool sqpoll;
	char *tls_cert;
	char *tls_key;
	char *tls_cert_2; /* the other kind of certificate */
	char *tls_key_2;
	int64_t ktls;     /* enum settings_ktls */
	char *key_file;   /* NULL: derper.key in the state directory */
	char *hostname;
	int64_t log_level;       /* enum log_level of util/log.h */
	int64_t max_accept_rate; /* per second, 0: no limit */
	int64_t accept_burst;    /* 0: one second's worth */
	int64_t max_connections; /* 0: no limit */
	int64_t max_connections_per_ip;
	int64_t handshake_timeout_ms;
	int64_t handshake_memory; /* bytes, 0: no bound */
	int64_t write_timeout_ms;
	int64_t stop_timeout_ms;
	int64_t tcp_user_timeout_ms; /* 0: the kernel's own */
	int64_t tcp_keepalive_s;     /* 0: off */
	int64_t keepalive_s;
	int64_t buf_size;      /* bytes */
	int64_t buf_ring_size; /* buffers per worker, a power of two */
	bool buf_parts;        /* several receives share a buffer */
	int64_t send_queue_bytes;
	int64_t send_queue_ms; /* 0: no bound on age */
	int64_t linger_us;     /* 0: no waiting for company */
	int64_t client_rate;   /* bytes per second, 0: no limit */
	int64_t client_burst;  /* bytes, 0: one second's worth, at least one whole frame */
	int64_t metrics_port;  /* 0: no metrics */
	char *metrics_address; /* never NULL */
	char *metrics_tls_cert;
	char *metrics_tls_key;
	bool metrics_debug_endpoints;
	int64_t http_port; /* 0: none */
	char *home;        /* "", "blank" or a URL; never NULL */
	char *acme_webroot;
	int64_t stun_enabled; /* enum settings_stun */
	int64_t stun_port;
	char *stun_address;
	char *mesh_psk_file;
	struct settings_list mesh_with;
	char *admission_tailscaled_socket;
	char *admission_url;
	bool admission_fail_open;
	char *admission_allow_file;
	char *admission_deny_file;
	struct settings_list bootstrap_dns;
	char *control_socket; /* NULL: in the run directory */
};

enum settings_ktls { SETTINGS_KTLS_AUTO, SETTINGS_KTLS_OFF, SETTINGS_KTLS_REQUIRE };
enum settings_stun { SETTINGS_STUN_WITH_TLS = -1, SETTINGS_STUN_OFF, SETTINGS_STUN_ON };

/* Defaults of every option. ERROR_NO_MEMORY (nothing is held then). */
HD_MUST_CHECK int settings_init(struct settings *s);
/* Frees what is owned; releasing twice, or a zeroed struct, is fine. */
void settings_release(struct settings *s);

/* What the command line asks for besides settings. */
enum settings_action {
	SETTINGS_RUN,
	SETTINGS_HELP,
	SETTINGS_VERSION,
	SETTINGS_CHECK_CONFIG,
	SETTINGS_DUMP_CONFIG,
	SETTINGS_MAKE_CERT, /* for request->host */
	SETTINGS_PRINT_DERP_MAP, /* as request->map says */
};

enum settings_map { SETTINGS_MAP_BOTH, SETTINGS_MAP_HEADSCALE, SETTINGS_MAP_TAILSCALE };

struct settings_request {
	enum settings_action action;
	enum settings_map map; /* --print-derp-map */
	char *config_file; /* --config, or NULL; owned */
	char *host;        /* --make-cert, or NULL; owned */
};
void settings_request_release(struct settings_request *r);

#define SETTINGS_MESSAGE_MAX 512

/* Defaults < file < command line. ERROR_USAGE for a wrong command line,
 * ERROR_MALFORMED or ERROR_RANGE for a wrong value, ERROR_UNSUPPORTED for an
 * option whose feature this build does not have, set away from its default,
 * ERROR_IO for a file that cannot be read, ERROR_NO_MEMORY; then one line for
 * people is in `message` ("FILE:LINE:COLUMN: key: text") and the outputs are
 * untouched. Cross checks (both or neither of a pair, count of pins = workers,
 * ...) are made here too. With --help or --version the rest of the line and
 * the file are not looked at and `s` has the defaults.
 * To reload, load again with the same argv: what it says still beats the file. */
HD_MUST_CHECK int settings_load(struct settings *s, struct settings_request *request, int argc, char *const argv[],
				char message[SETTINGS_MESSAGE_MAX]);
/* The file alone onto fresh defaults. Errors as above. */
HD_MUST_CHECK int settings_load_file(struct settings *s, const char *path, char message[SETTINGS_MESSAGE_MAX]);

/* YAML that, loaded, gives the same settings and the same dump. Codes of bytes.h. */
HD_MUST_CHECK int settings_dump(const struct settings *s, struct bytes *out);
/* The text of --help. Codes of bytes.h. */
HD_MUST_CHECK int settings_help(struct bytes *out);

/* Names of the options that differ between two settings, "a, b", cut with
 * "..." where they do not fit into cap bytes. Looks only at options that a
 * running daemon can take over (reloadable) or only at those it cannot.
 * Returns how many differ. */
size_t settings_diff(const struct settings *now, const struct settings *next, bool reloadable, char *names,
		     size_t cap);

#endif
