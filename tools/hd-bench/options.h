/* SPDX-License-Identifier: MIT
 * The command line of hd-bench, checked. */
#ifndef HD_TOOLS_HD_BENCH_OPTIONS_H
#define HD_TOOLS_HD_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "tools/hd-bench/mix.h"
#include "util/assert.h"

#define OPTIONS_CLIENTS_MAX 1000000
#define OPTIONS_THREADS_MAX 64

enum options_scenario { OPTIONS_PAIRS, OPTIONS_FAN_IN, OPTIONS_FAN_OUT, OPTIONS_ALL_TO_ALL, OPTIONS_NO_TRAFFIC };
enum options_engine { OPTIONS_ENGINE_AUTO, OPTIONS_ENGINE_IO_URING, OPTIONS_ENGINE_EPOLL };
enum options_form { OPTIONS_TABLE, OPTIONS_JSON, OPTIONS_CSV };
enum options_verdict { OPTIONS_RUN, OPTIONS_MERGE, OPTIONS_MAKE_KEYS, OPTIONS_HELP, OPTIONS_VERSION };

struct options {
	const char *relay; /* HOST[:PORT], of argv; NULL: one of the two below */
	char *const *merge; /* files, of argv, whose results are added up; NULL: none */
	uint32_t merge_count;
	uint32_t make_keys; /* so many are printed; 0: none */
	const char *keys_file; /* or NULL */
	enum options_scenario scenario;
	uint32_t width; /* pairs, senders, receivers or clients */
	bool tls;
	bool insecure; /* any certificate will do */
	const char *pin; /* of argv, as are all texts here: CertName, this certificate only; or NULL */
	const char *ca_file; /* PEM: authorities trusted instead of the system's; or NULL */
	bool resume; /* logins resume the latest TLS session */
	bool websocket;
	bool untouched; /* packets come as they were sent */
	bool both; /* pairs send in both directions */
	struct mix sizes;
	uint64_t rate; /* of all senders together; 0: as fast as it goes */
	bool rate_is_packets;
	uint64_t tick_ns; /* of a fixed rate: the load acts that often at most; 0: each packet at its very time */
	uint64_t window_bytes; /* in flight for each pair; 0: what the sockets take */
	uint64_t duration_ns;
	uint64_t warmup_ns;
	uint64_t drain_ns; /* nothing arrived for that long: what is missing is lost */
	uint64_t timeout_ns; /* of connecting everyone */
	uint64_t probe_rate; /* packets per second; 0: none */
	uint32_t idle;
	bool storm; /* the idle connections are all there is, and closed when they are in */
	uint32_t churn; /* logins per second */
	uint32_t slow_readers;
	uint64_t slow_bytes_per_s;
	uint32_t parallel; /* logins under way at once */
	uint32_t threads;
	enum options_engine engine;
	pid_t relay_pid; /* 0: none */
	uint64_t start_at_s; /* Unix time; 0: at once */
	bool has_loss_max;
	uint32_t loss_max_ppm;
	enum options_form form;
	bool quiet;
};

/* ERROR_USAGE: `why` says what is wrong, for people. */
HD_MUST_CHECK int options_parse(struct options *o, enum options_verdict *verdict, int argc, char **argv, char *why,
				size_t why_cap);
void options_print_help(FILE *to);
const char *options_scenario_name(enum options_scenario s);

#endif
