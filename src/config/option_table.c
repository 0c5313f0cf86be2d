/* SPDX-License-Identifier: MIT
 * Order here is the order of the dump, of --help and of the manual. Rows of one
 * group stand together: the dump opens each group once. */
#include "config/option_table.h"

#include "config/rule.h"
#include "config/settings.h"
#include "util/log.h"

#define AT(member) offsetof(struct settings, member)

static const struct option_word ktls_words[] = {
	{ "auto", SETTINGS_KTLS_AUTO, false, false },
	{ "off", SETTINGS_KTLS_OFF, false, false },
	{ "require", SETTINGS_KTLS_REQUIRE, false, false },
	{ NULL, 0, false, false },
};

static const struct option_word stun_words[] = {
	{ "auto", SETTINGS_STUN_WITH_TLS, false, false },
	{ "true", SETTINGS_STUN_ON, true, false },
	{ "false", SETTINGS_STUN_OFF, false, false },
	{ "yes", SETTINGS_STUN_ON, true, true },
	{ "no", SETTINGS_STUN_OFF, false, true },
	{ "on", SETTINGS_STUN_ON, true, true },
	{ "off", SETTINGS_STUN_OFF, false, true },
	{ NULL, 0, false, false },
};

static const struct option_word log_level_words[] = {
	{ "debug", LOG_LEVEL_DEBUG, false, false },
	{ "info", LOG_LEVEL_INFO, false, false },
	{ "warn", LOG_LEVEL_WARN, false, false },
	{ "error", LOG_LEVEL_ERROR, false, false },
	{ NULL, 0, false, false },
};

const struct option_row option_table[] = {
	{
		.name = "port", .flag = "port", .letter = 'p', .argument = "PORT",
		.type = OPTION_NUMBER, .offset = AT(port), .initial = "3340", .min = 0, .max = 65535,
		.help = "TCP port of the relay; 0: any free one, which the log names",
	},
	{
		.name = "listen", .flag = "listen", .argument = "ADDRESS",
		.type = OPTION_TEXT_LIST, .offset = AT(listen),
		.wants = "a numeric IPv4 or IPv6 address", .text_rule = rule_address,
		.help = "addresses to listen on; none: all, IPv6 and IPv4",
	},
	{
		.name = "workers", .flag = "workers", .letter = 'w', .argument = "N",
		.type = OPTION_NUMBER, .offset = AT(workers), .initial = "0", .min = 0, .max = 256,
		.help = "threads that relay packets; 0: one per usable physical core",
		.more = "Usable are the cores that affinity and cpuset allow; a CPU quota of the control group "
			"lowers their number.",
	},
	{
		.name = "pin_cores", .flag = "pin-workers", .argument = "LIST",
		.type = OPTION_NUMBER_LIST, .offset = AT(pin_cores), .min = 0, .max = 4095,
		.help = "CPU numbers to pin the workers to, in their order; none: not pinned",
		.more = "One number per worker. A range such as 0-3 stands for the numbers in it. With workers "
			"at 0 there are as many workers as numbers.",
	},
	{
		.name = "accept_threads", .flag = "accept-threads", .argument = "N",
		.type = OPTION_NUMBER, .offset = AT(accept_threads), .initial = "1", .min = 1, .max = 64,
		.help = "threads that take new connections through their login",
	},
	{
		.name = "sockbuf", .flag = "sockbuf", .argument = "BYTES", .unit = "bytes",
		.type = OPTION_NUMBER, .offset = AT(sockbuf), .initial = "0", .min = 0, .max = 1 << 30,
		.wants = "0 or 4096..1073741824", .number_rule = rule_sockbuf,
		.help = "send and receive buffer of each client's socket; 0: the kernel tunes them",
		.more = "A fixed size turns the kernel's autotuning off and limits the rate of clients that are "
			"far away.",
	},
	{
		.name = "sqpoll", .flag = "sqpoll",
		.type = OPTION_BOOL, .offset = AT(sqpoll), .initial = "false",
		.help = "let a kernel thread per worker submit its I/O",
		.more = "It spins: give it a CPU of its own, or leave it off.",
	},
	{
		.name = "tls_cert", .flag = "tls-cert", .argument = "FILE",
		.type = OPTION_TEXT, .offset = AT(tls_cert),
		.help = "certificate chain (PEM) to serve TLS with",
		.more = "Goes with tls_key: both or neither. Without them the relay speaks plain DERP. The files "
			"are read again at SIGHUP and when they change; files that do not fit are reported and "
			"the old ones stay in use.",
	},
	{
		.name = "tls_key", .flag = "tls-key", .argument = "FILE",
		.type = OPTION_TEXT, .offset = AT(tls_key),
		.help = "private key (PEM, not encrypted) of the certificate",
		.more = "Goes with tls_cert: both or neither.",
	},
	{
		.name = "tls_cert_2", .flag = "tls-cert-2", .argument = "FILE",
		.type = OPTION_TEXT, .offset = AT(tls_cert_2),
		.help = "second certificate chain (PEM), of the other kind",
		.more = "With an RSA certificate and an ECDSA one each client gets the one it can use. Goes with "
			"tls_key_2, and only beside tls_cert.",
	},
	{
		.name = "tls_key_2", .flag = "tls-key-2", .argument = "FILE",
		.type = OPTION_TEXT, .offset = AT(tls_key_2),
		.help = "private key (PEM, not encrypted) of the second certificate",
		.more = "Goes with tls_cert_2: both or neither.",
	},
	{
		.name = "ktls", .flag = "ktls", .argument = "WHEN",
		.type = OPTION_WORD, .offset = AT(ktls), .initial = "auto", .words = ktls_words,
		.help = "TLS in the kernel: where it can, never, or nothing else",
		.more = "auto uses it on kernels that have the module and the fixes it needs, and a record layer "
			"of the relay's own elsewhere. require uses it wherever the module is there, and does "
			"not start without it. Without certificates it means nothing.",
	},
	{
		.name = "key_file", .flag = "key-file", .argument = "FILE",
		.type = OPTION_TEXT, .offset = AT(key_file),
		.help = "private key of the relay; made at first start if absent",
		.more = "The JSON key file of derper is taken as it is. Not set: derper.key in the state "
			"directory (see hyper-derp(8), FILES).",
	},
	{
		.name = "hostname", .flag = "hostname", .argument = "NAME",
		.type = OPTION_TEXT, .offset = AT(hostname),
		.wants = "a host name or a numeric address", .text_rule = rule_hostname,
		.help = "name of this relay, for its pages and DERP maps",
	},
	{
		.name = "log_level", .flag = "log-level", .argument = "LEVEL", .reloadable = true,
		.type = OPTION_WORD, .offset = AT(log_level), .initial = "info", .words = log_level_words,
		.help = "least important log lines to write",
	},
	{
		.name = "max_accept_rate", .flag = "max-accept-rate", .argument = "N", .unit = "per second",
		.type = OPTION_NUMBER, .offset = AT(max_accept_rate), .initial = "0", .min = 0, .max = 1000000,
		.reloadable = true,
		.help = "new connections taken in a second; 0: no limit",
	},
	{
		.name = "accept_burst", .flag = "accept-burst", .argument = "N",
		.type = OPTION_NUMBER, .offset = AT(accept_burst), .initial = "0", .min = 0, .max = 1000000,
		.reloadable = true,
		.help = "new connections taken at once under max_accept_rate; 0: one second's worth",
	},
	{
		.name = "max_connections", .flag = "max-connections", .argument = "N",
		.type = OPTION_NUMBER, .offset = AT(max_connections), .initial = "0", .min = 0, .max = 100000000,
		.reloadable = true,
		.help = "connections at a time; 0: no limit",
	},
	{
		.name = "max_connections_per_ip", .flag = "max-connections-per-ip", .argument = "N",
		.type = OPTION_NUMBER, .offset = AT(max_connections_per_ip), .initial = "0",
		.min = 0, .max = 100000000, .reloadable = true,
		.help = "connections at a time from one address; 0: no limit",
	},
	{
		.name = "handshake_timeout_ms", .flag = "handshake-timeout-ms",
		.argument = "MS", .unit = "milliseconds",
		.type = OPTION_NUMBER, .offset = AT(handshake_timeout_ms), .initial = "10000",
		.min = 100, .max = 600000,
		.help = "a connection that has not logged in by then is closed",
	},
	{
		.name = "handshake_memory", .flag = "handshake-memory",
		.argument = "BYTES", .unit = "bytes",
		.type = OPTION_NUMBER, .offset = AT(handshake_memory), .initial = "134217728",
		.min = 0, .max = INT64_C(1) << 40,
		.help = "memory for connections in their login; 0: no bound",
		.more = "When it is used up, the connection that waits for longest is closed. "
			"A TLS handshake that has begun counts for 44 KiB.",
	},
	{
		.name = "write_timeout_ms", .flag = "write-timeout-ms",
		.argument = "MS", .unit = "milliseconds",
		.type = OPTION_NUMBER, .offset = AT(write_timeout_ms), .initial = "2000",
		.min = 100, .max = 600000,
		.help = "a client that takes nothing for this long is closed",
		.more = "Relays of the mesh have 30 seconds.",
	},
	{
		.name = "stop_timeout_ms", .flag = "stop-timeout-ms",
		.argument = "MS", .unit = "milliseconds",
		.type = OPTION_NUMBER, .offset = AT(stop_timeout_ms), .initial = "12000",
		.min = 100, .max = 600000,
		.help = "the relay ends this long after it was told to, even if a thread of it is stuck",
		.more = "What is queued for clients has 2 seconds of it to leave. "
			"A service manager should wait for longer.",
	},
	{
		.name = "tcp_user_timeout_ms", .flag = "tcp-user-timeout-ms",
		.argument = "MS", .unit = "milliseconds",
		.type = OPTION_NUMBER, .offset = AT(tcp_user_timeout_ms), .initial = "15000",
		.min = 0, .max = 3600000,
		.help = "TCP_USER_TIMEOUT of client sockets; 0: the kernel's own",
	},
	{
		.name = "tcp_keepalive_s", .flag = "tcp-keepalive-s", .argument = "S", .unit = "seconds",
		.type = OPTION_NUMBER, .offset = AT(tcp_keepalive_s), .initial = "600", .min = 0, .max = 32767,
		.help = "idle time before TCP probes a client; 0: never",
	},
	{
		.name = "keepalive_s", .flag = "keepalive-s", .argument = "S", .unit = "seconds",
		.type = OPTION_NUMBER, .offset = AT(keepalive_s), .initial = "60", .min = 1, .max = 110,
		.help = "time between KeepAlive frames to a client",
		.more = "Up to 5 seconds are added at random. Clients give up after 120 seconds of silence.",
	},
	{
		.name = "buf_size", .flag = "buf-size", .argument = "BYTES", .unit = "bytes",
		.type = OPTION_NUMBER, .offset = AT(buf_size), .initial = "16384", .min = 4096, .max = 65536,
		.wants = "a power of two, 4096..65536", .number_rule = rule_power_of_two,
		.help = "size of one receive buffer",
		.more = "The default suits all but odd traffic.",
	},
	{
		.name = "buf_ring_size", .flag = "buf-ring-size", .argument = "N", .unit = "buffers",
		.type = OPTION_NUMBER, .offset = AT(buf_ring_size), .initial = "128", .min = 8, .max = 32768,
		.wants = "a power of two, 8..32768", .number_rule = rule_power_of_two,
		.help = "receive buffers of each worker",
		.more = "The default suits all but odd traffic.",
	},
	{
		.name = "buf_parts", .flag = "buf-parts",
		.type = OPTION_BOOL, .offset = AT(buf_parts), .initial = "true",
		.help = "let several receives share a buffer where the kernel can",
		.more = "Each takes as much of it as it fills; buffers are then fewer, larger, and half of "
			"buf_size times buf_ring_size in all. Without effect on older kernels, with sqpoll, "
			"and while TLS is left to the kernel.",
	},
	{
		.name = "send_queue_bytes", .flag = "send-queue-bytes", .argument = "BYTES", .unit = "bytes",
		.type = OPTION_NUMBER, .offset = AT(send_queue_bytes), .initial = "262144",
		.min = 65536, .max = 1 << 30,
		.help = "most that is held for one client that reads slowly",
		.more = "Beyond it the oldest packets are dropped first. But 32 packets are held, as derper "
			"does, whatever their size, while a worker has half of its memory for slow "
			"clients to spare.",
	},
	{
		.name = "send_queue_ms", .flag = "send-queue-ms", .argument = "MS", .unit = "milliseconds",
		.type = OPTION_NUMBER, .offset = AT(send_queue_ms), .initial = "1000", .min = 0, .max = 600000,
		.help = "longest that a packet is held for a slow client; 0: no bound",
	},
	{
		.name = "linger_us", .flag = "linger-us", .argument = "US", .unit = "microseconds",
		.type = OPTION_NUMBER, .offset = AT(linger_us), .initial = "300", .min = 0, .max = 10000,
		.help = "longest that a packet waits for others, where that saves work; 0: not at all",
		.more = "Only at a moderate load of single packets, and where their senders are not slowed "
			"down by it.",
	},
	{
		.name = "client_rate", .flag = "client-rate", .argument = "BYTES", .unit = "bytes per second",
		.type = OPTION_NUMBER, .offset = AT(client_rate), .initial = "0", .min = 0, .max = 1000000000000,
		.help = "bytes a client may send in a second; 0: no limit",
		.more = "Clients are told, and limit themselves.",
	},
	{
		.name = "client_burst", .flag = "client-burst", .argument = "BYTES", .unit = "bytes",
		.type = OPTION_NUMBER, .offset = AT(client_burst), .initial = "0", .min = 0, .max = 1000000000000,
		.wants = "0 or 65573..1000000000000", .number_rule = rule_client_burst,
		.help = "bytes a client may send at once under client_rate; 0: one second's worth",
		.more = "65573 bytes are the largest packet with its frame.",
	},
	{
		.name = "metrics.port", .flag = "metrics-port", .argument = "PORT",
		.type = OPTION_NUMBER, .offset = AT(metrics_port), .initial = "0", .min = 0, .max = 65535,
		.help = "TCP port of /metrics and /health; 0: none",
	},
	{
		.name = "metrics.address", .flag = "metrics-address", .argument = "ADDRESS",
		.type = OPTION_TEXT, .offset = AT(metrics_address), .initial = "127.0.0.1",
		.wants = "a numeric IPv4 or IPv6 address", .text_rule = rule_address,
		.help = "address that metrics.port listens on",
	},
	{
		.name = "metrics.tls_cert", .flag = "metrics-tls-cert", .argument = "FILE",
		.missing = "TLS on the metrics port",
		.type = OPTION_TEXT, .offset = AT(metrics_tls_cert),
		.help = "certificate chain (PEM) for metrics.port",
		.more = "Goes with metrics.tls_key: both or neither.",
	},
	{
		.name = "metrics.tls_key", .flag = "metrics-tls-key", .argument = "FILE",
		.missing = "TLS on the metrics port",
		.type = OPTION_TEXT, .offset = AT(metrics_tls_key),
		.help = "private key (PEM) of that certificate",
		.more = "Goes with metrics.tls_cert: both or neither.",
	},
	{
		.name = "metrics.debug_endpoints", .flag = "debug-endpoints",
		.type = OPTION_BOOL, .offset = AT(metrics_debug_endpoints), .initial = "false",
		.help = "serve /debug/workers and /debug/peers on metrics.port",
		.more = "They name clients and their addresses.",
	},
	{
		.name = "http_port", .flag = "http-port", .argument = "PORT", .missing = "second HTTP port",
		.type = OPTION_NUMBER, .offset = AT(http_port), .initial = "0", .min = 0, .max = 65535,
		.help = "port for plain HTTP beside TLS, usually 80; 0: none",
	},
	{
		.name = "home", .flag = "home", .argument = "URL",
		.type = OPTION_TEXT, .offset = AT(home), .initial = "",
		.wants = "nothing, blank, or an http:// or https:// URL", .text_rule = rule_home,
		.help = "home page: blank, or a URL to redirect to; empty: the built-in page",
	},
	{
		.name = "acme_webroot", .flag = "acme-webroot", .argument = "DIR", .missing = "second HTTP port",
		.type = OPTION_TEXT, .offset = AT(acme_webroot),
		.help = "directory of ACME challenges to serve on http_port",
	},
	{
		.name = "stun.enabled", .flag = "stun", .argument = "WHEN", .missing = "STUN",
		.type = OPTION_WORD, .offset = AT(stun_enabled), .initial = "auto", .words = stun_words,
		.bare = "true", .negated = "false",
		.help = "answer STUN requests; auto: if TLS is served",
	},
	{
		.name = "stun.port", .flag = "stun-port", .argument = "PORT", .missing = "STUN",
		.type = OPTION_NUMBER, .offset = AT(stun_port), .initial = "3478", .min = 1, .max = 65535,
		.help = "UDP port of STUN",
	},
	{
		.name = "stun.address", .flag = "stun-address", .argument = "ADDRESS", .missing = "STUN",
		.type = OPTION_TEXT, .offset = AT(stun_address),
		.wants = "a numeric IPv4 or IPv6 address", .text_rule = rule_address,
		.help = "address of STUN; not set: as listen says",
	},
	{
		.name = "mesh.psk_file", .flag = "mesh-psk-file", .argument = "FILE",
		.type = OPTION_TEXT, .offset = AT(mesh_psk_file),
		.help = "file with the key of the region's mesh, 64 hexadecimal digits",
		.more = "Clients that present the key may watch connections, forward packets and close peers.",
	},
	{
		.name = "mesh.with", .flag = "mesh-with", .argument = "HOST", .missing = "links to other relays",
		.type = OPTION_TEXT_LIST, .offset = AT(mesh_with),
		.wants = "HOST or HOST/DIALHOST", .text_rule = rule_mesh_host,
		.help = "relays of the region to link with",
	},
	{
		.name = "admission.tailscaled_socket", .flag = "verify-clients", .argument = "SOCKET",
		.type = OPTION_TEXT, .offset = AT(admission_tailscaled_socket), .missing = "admission checks",
		.bare = "/var/run/tailscale/tailscaled.sock",
		.help = "admit only clients that the local tailscaled knows",
	},
	{
		.name = "admission.url", .flag = "verify-client-url", .argument = "URL",
		.missing = "admission checks",
		.type = OPTION_TEXT, .offset = AT(admission_url),
		.wants = "an http:// or https:// URL", .text_rule = rule_url,
		.help = "ask this URL whether to admit a client",
	},
	{
		.name = "admission.fail_open", .flag = "verify-client-url-fail-open",
		.missing = "admission checks",
		.type = OPTION_BOOL, .offset = AT(admission_fail_open), .initial = "false",
		.help = "admit clients while admission.url does not answer",
	},
	{
		.name = "admission.allow_file", .flag = "admission-allow-file", .argument = "FILE",
		.type = OPTION_TEXT, .offset = AT(admission_allow_file), .missing = "admission checks",
		.help = "file of node keys to admit, one a line",
	},
	{
		.name = "admission.deny_file", .flag = "admission-deny-file", .argument = "FILE",
		.type = OPTION_TEXT, .offset = AT(admission_deny_file), .missing = "admission checks",
		.help = "file of node keys to refuse, one a line",
	},
	{
		.name = "bootstrap_dns", .flag = "bootstrap-dns-names", .argument = "NAME",
		.type = OPTION_TEXT_LIST, .offset = AT(bootstrap_dns), .missing = "/bootstrap-dns",
		.wants = "a host name", .text_rule = rule_hostname,
		.help = "names to resolve and serve at /bootstrap-dns",
	},
	{
		.name = "control_socket", .flag = "control-socket", .argument = "SOCKET",
		.missing = "control socket",
		.type = OPTION_TEXT, .offset = AT(control_socket),
		.help = "Unix socket for administration, mode 0600",
	},
};
const size_t option_table_rows = HD_ARRAY_LEN(option_table);

const struct option_command_row option_table_commands[OPTION_COMMANDS] = {
	[OPTION_COMMAND_CONFIG] = {
		.flag = "config", .letter = 'c', .argument = "FILE",
		.help = "read settings from FILE (YAML)",
		.more = "Flags of the command line beat the file. Without this flag no file is read.",
	},
	[OPTION_COMMAND_CHECK] = {
		.flag = "check-config",
		.help = "check the settings and exit: 0 if they are right, else 2",
	},
	[OPTION_COMMAND_DUMP] = {
		.flag = "dump-config",
		.help = "print all settings as YAML and exit",
	},
	[OPTION_COMMAND_MAKE_CERT] = {
		.flag = "make-cert", .argument = "HOST",
		.help = "make a self-signed certificate in this directory and exit",
		.more = "Writes HOST.crt and HOST.key, and prints the pin by which a DERP map trusts them.",
	},
	[OPTION_COMMAND_PRINT_DERP_MAP] = {
		.flag = "print-derp-map", .argument = "FORMAT", .bare = "both",
		.help = "print the region of a DERP map for this relay and exit",
		.more = "FORMAT is headscale (a file of derp.paths), tailscale (of the policy file) or both, the "
			"default. The name is hostname's, or else the certificate's.",
	},
	[OPTION_COMMAND_VERBOSE] = {
		.flag = "verbose",
		.help = "the same as --log-level debug",
	},
	[OPTION_COMMAND_VERSION] = {
		.flag = "version", .letter = 'V',
		.help = "print the version and exit",
	},
	[OPTION_COMMAND_HELP] = {
		.flag = "help", .letter = 'h',
		.help = "print this help and exit",
	},
};
