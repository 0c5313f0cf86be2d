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

struct settings_list { /* owned strings */
	char **items;
	size_t count;
};

struct settings {
	int64_t port;
	struct settings_list listen;
	int64_t workers;
	struct settings_list pin_cores; /* decimal CPU numbers, checked */
	int64_t accept_threads;
	int64_t sockbuf;
	bool sqpoll;
	char *tls_cert; /* strings are owned; NULL: not set */
	char *tls_key;
	int64_t ktls; /* enum settings_ktls */
	char *key_file;
	char *hostname;
	int64_t log_level; /* enum log_level of util/log.h */
	int64_t max_accept_rate;
	int64_t accept_burst;
	int64_t max_connections;
	int64_t max_connections_per_ip;
	int64_t handshake_timeout_ms;
	int64_t write_timeout_ms;
	int64_t tcp_user_timeout_ms;
	int64_t tcp_keepalive_s;
	int64_t keepalive_s;
	int64_t buf_size;
	int64_t buf_ring_size;
	int64_t send_queue_bytes;
	int64_t send_queue_ms;
	int64_t client_rate;
	int64_t client_burst;
	int64_t metrics_port;
	char *metrics_address;
	char *metrics_tls_cert;
	char *metrics_tls_key;
	bool metrics_debug_endpoints;
	int64_t http_port;
	char *home;
	char *acme_webroot;
	int64_t stun_enabled; /* -1: with TLS only, 0, 1 */
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
	char *control_socket;
};

enum settings_ktls { SETTINGS_KTLS_AUTO, SETTINGS_KTLS_OFF, SETTINGS_KTLS_REQUIRE };

/* Defaults of every option. */
void settings_init(struct settings *s);
void settings_release(struct settings *s);

/* What the command line asks for besides settings. */
enum settings_action {
	SETTINGS_RUN,
	SETTINGS_HELP,
	SETTINGS_VERSION,
	SETTINGS_CHECK_CONFIG,
	SETTINGS_DUMP_CONFIG,
};

struct settings_request {
	enum settings_action action;
	char *config_file; /* --config, or NULL; owned */
};
void settings_request_release(struct settings_request *r);

#define SETTINGS_MESSAGE_MAX 512

/* Parses argv in two passes around the file: defaults < file < command line.
 * ERROR_USAGE for a wrong command line, ERROR_MALFORMED or ERROR_RANGE for a
 * wrong file, ERROR_IO for one that cannot be read; one line for people in
 * `message` ("FILE:LINE:COLUMN: key: text"). Cross checks (both or neither of
 * a pair, count of pins = workers, ...) are made here too. Options of features
 * this build does not have are refused when set away from their default. */
HD_MUST_CHECK int settings_load(struct settings *s, struct settings_request *request, int argc, char *const argv[],
				char message[SETTINGS_MESSAGE_MAX]);
/* The file alone onto fresh defaults (for reload and --check-config). */
HD_MUST_CHECK int settings_load_file(struct settings *s, const char *path, char message[SETTINGS_MESSAGE_MAX]);

#endif
