/* SPDX-License-Identifier: MIT
 * Why a connection ended, why a packet was dropped, how a login went, why a
 * connection was refused. One row gives the enumerator, the metric label and
 * the text for the log. */
#ifndef HD_STATS_REASONS_H
#define HD_STATS_REASONS_H

/* End of a logged-in connection (counted by the shard, told to control). */
#define CLOSE_REASON_TABLE(X)                                                              \
	X(CLOSE_EOF, "eof", "client closed the connection")                                \
	X(CLOSE_RESET, "reset", "connection reset by the client")                          \
	X(CLOSE_TIMED_OUT, "timed_out", "no answer from the client's host")                \
	X(CLOSE_IO_ERROR, "io_error", "input/output error on the socket")                  \
	X(CLOSE_WRITE_TIMEOUT, "write_timeout", "client accepted no data in time")         \
	X(CLOSE_BAD_LENGTH, "bad_length", "frame of a wrong length")                       \
	X(CLOSE_NOT_MESH, "not_mesh", "mesh frame from a client without the mesh key")     \
	X(CLOSE_BY_MESH, "by_mesh", "closed at the request of a mesh peer")                \
	X(CLOSE_BY_ADMIN, "by_admin", "closed by the operator")                            \
	X(CLOSE_SHUTDOWN, "shutdown", "the relay is stopping")                             \
	X(CLOSE_NO_MEMORY, "no_memory", "out of memory for this client")                   \
	X(CLOSE_STALLED, "stalled", "was longest inside a frame when memory ran short")    \
	X(CLOSE_WATCH_LAG, "watch_lag", "watcher too far behind")                          \
	X(CLOSE_TLS_ALERT, "tls_alert", "TLS alert from the client")                       \
	X(CLOSE_TLS_BAD_RECORD, "tls_bad_record", "TLS record that does not verify")       \
	X(CLOSE_TLS_KEY_LIMIT, "tls_key_limit", "TLS key used up and not renewable")       \
	X(CLOSE_WEBSOCKET, "websocket", "WebSocket protocol error")

enum close_reason {
#define CLOSE_REASON_ROW(name, label, text) name,
	CLOSE_REASON_TABLE(CLOSE_REASON_ROW)
#undef CLOSE_REASON_ROW
	CLOSE_REASON_COUNT
};

/* Packets not delivered. The first seven mean what derper's names mean. */
#define DROP_REASON_TABLE(X)                                                               \
	X(DROP_UNKNOWN_DEST, "unknown_dest", "destination is not connected")               \
	X(DROP_UNKNOWN_DEST_ON_FWD, "unknown_dest_on_fwd", "forwarded packet for a destination not connected") \
	X(DROP_GONE_DISCONNECTED, "gone_disconnected", "destination disconnected with packets queued") \
	X(DROP_QUEUE_HEAD, "queue_head", "oldest dropped: destination's queue over its bytes") \
	X(DROP_QUEUE_TAIL, "queue_tail", "newest dropped: destination's queue cannot take it") \
	X(DROP_WRITE_ERROR, "write_error", "write to the destination failed")              \
	X(DROP_DUP_CLIENT, "dup_client", "duplicate connections of the destination disagree") \
	X(DROP_QUEUE_AGE, "queue_age", "oldest dropped: waited too long")                  \
	X(DROP_NO_BUFFER, "no_buffer", "no memory left to hold it")                        \
	X(DROP_RATE_LIMIT, "rate_limit", "sender over its rate")

enum drop_reason {
#define DROP_REASON_ROW(name, label, text) name,
	DROP_REASON_TABLE(DROP_REASON_ROW)
#undef DROP_REASON_ROW
	DROP_REASON_COUNT
};

enum drop_kind { DROP_KIND_OTHER, DROP_KIND_DISCO, DROP_KIND_COUNT };

/* How each accepted connection's login ended (counted by the accept plane). */
#define LOGIN_RESULT_TABLE(X)                                                              \
	X(LOGIN_OK, "ok", "logged in")                                                     \
	X(LOGIN_PAGE, "page", "served a plain HTTP request")                               \
	X(LOGIN_EOF, "eof", "client closed the connection during login")                   \
	X(LOGIN_IO_ERROR, "io_error", "input/output error during login")                   \
	X(LOGIN_TIMEOUT, "timeout", "login not finished in time")                          \
	X(LOGIN_NOT_TLS, "not_tls", "client does not speak TLS")                           \
	X(LOGIN_TLS_VERSION, "tls_version", "client's TLS is older than 1.2")              \
	X(LOGIN_TLS_NO_SHARED, "tls_no_shared", "no cipher, group or signature in common") \
	X(LOGIN_TLS_MALFORMED, "tls_malformed", "TLS handshake not as prescribed")         \
	X(LOGIN_TLS_BAD_RECORD, "tls_bad_record", "TLS record of the login does not verify") \
	X(LOGIN_TLS_REFUSED, "tls_refused", "client refused the handshake, mostly our certificate") \
	X(LOGIN_TLS, "tls", "TLS failed on the relay's side")                              \
	X(LOGIN_BAD_HTTP, "bad_http", "malformed HTTP request")                            \
	X(LOGIN_HTTP_TOO_BIG, "http_too_big", "HTTP request head over its limit")          \
	X(LOGIN_NO_UPGRADE, "no_upgrade", "request for /derp without an upgrade")          \
	X(LOGIN_BAD_FRAME, "bad_frame", "first frame is not a ClientInfo of legal length") \
	X(LOGIN_BAD_BOX, "bad_box", "ClientInfo box does not open")                        \
	X(LOGIN_BAD_INFO, "bad_info", "ClientInfo JSON does not parse")                    \
	X(LOGIN_BAD_KEY, "bad_key", "client key is not usable")                            \
	X(LOGIN_REFUSED, "refused", "not admitted")                                        \
	X(LOGIN_ADMISSION_ERROR, "admission_error", "admission could not be decided")      \
	X(LOGIN_NO_MEMORY, "no_memory", "out of memory")                                   \
	X(LOGIN_STALLED, "stalled", "waited longest in its login when memory ran short")   \
	X(LOGIN_OVERLOAD, "overload", "shard did not take the connection in time")         \
	X(LOGIN_SHUTDOWN, "shutdown", "the relay is stopping")

enum login_result {
#define LOGIN_RESULT_ROW(name, label, text) name,
	LOGIN_RESULT_TABLE(LOGIN_RESULT_ROW)
#undef LOGIN_RESULT_ROW
	LOGIN_RESULT_COUNT
};

/* Connections turned away before any byte was read. */
#define REFUSE_REASON_TABLE(X)                                                             \
	X(REFUSE_MAX_CONNECTIONS, "max_connections", "over max_connections")               \
	X(REFUSE_MAX_PER_IP, "max_connections_per_ip", "over max_connections_per_ip")      \
	X(REFUSE_NO_FD, "no_fd", "no file descriptor left")                                \
	X(REFUSE_NO_MEMORY, "no_memory", "out of memory")

enum refuse_reason {
#define REFUSE_REASON_ROW(name, label, text) name,
	REFUSE_REASON_TABLE(REFUSE_REASON_ROW)
#undef REFUSE_REASON_ROW
	REFUSE_REASON_COUNT
};

/* Labels (for metrics) and texts (for the log); never NULL, "?" out of range. */
const char *close_reason_label(enum close_reason r);
const char *close_reason_text(enum close_reason r);
const char *drop_reason_label(enum drop_reason r);
const char *drop_reason_text(enum drop_reason r);
const char *drop_kind_label(enum drop_kind k);
const char *login_result_label(enum login_result r);
const char *login_result_text(enum login_result r);
const char *refuse_reason_label(enum refuse_reason r);
const char *refuse_reason_text(enum refuse_reason r);

#endif
