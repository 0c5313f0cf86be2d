/* SPDX-License-Identifier: MIT
 * Starting, being told things by signals, and ending. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/e2e/client_fixture.h"
#include "util/be.h"
#include "util/error.h"

#define CLIENTS 50

static const char *const no_args[] = { NULL };

/* Starts one that is to fail; its exit status. */
static int status_of(const char *const args[], const char *saying)
{
	return daemon_wait_saying(daemon_spawn(args, NULL), saying);
}

/* --- ending --------------------------------------------------------------- */

static void expect_restarting(struct derp_client *c)
{
	struct derp_frame f = client_expect(c, FRAME_RESTARTING, 8);

	ck_assert_uint_gt(be_load32(f.body + 4), 0); /* keep trying for a while */
	ck_assert_uint_le(be_load32(f.body), be_load32(f.body + 4));
}

START_TEST(lifecycle_sigterm_tells_clients_and_ends_well)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", _i ? "4" : "1"));
	struct derp_client *c[CLIENTS];

	for (int i = 0; i < CLIENTS; i++)
		c[i] = client_login(d);
	daemon_signal(d, _i ? SIGTERM : SIGINT);
	for (int i = 0; i < CLIENTS; i++) {
		expect_restarting(c[i]);
		client_expect_closed(c[i]);
		derp_client_free(c[i]);
	}
	ck_assert_int_eq(daemon_wait_saying(d, "stopped"), 0);
}
END_TEST

START_TEST(lifecycle_sigterm_ends_half_open_logins)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--handshake-timeout-ms", "600000"));
	struct derp_client_options o = client_options(d);
	struct derp_client *c;

	ck_assert_int_eq(derp_client_new(&c, &o), 0);
	ck_assert_int_eq(derp_client_connect(c), 0);
	ck_assert_int_eq(derp_client_upgrade(c), 0);
	daemon_stop(d);
	client_expect_closed(c);
	derp_client_free(c);
}
END_TEST

START_TEST(lifecycle_second_signal_ends_at_once)
{
	struct daemon *d = daemon_start(no_args);
	int status;

	/* Both are pending when it goes on: one starts the stop, the other ends it.
	 * Which is which depends on whether it stood still before the first came. */
	daemon_signal(d, SIGSTOP);
	daemon_signal(d, SIGTERM);
	daemon_signal(d, SIGINT);
	daemon_signal(d, SIGCONT);
	status = daemon_wait(d);
	ck_assert_msg(status == 128 + SIGTERM || status == 128 + SIGINT, "status %d", status);
}
END_TEST

/* One shard, and the pong says that it has all of it in its queues. Restarting
 * may overtake what is queued. */
START_TEST(lifecycle_delivers_what_was_sent_before_the_stop)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "1"));
	struct derp_client *from = client_login(d), *to = client_login(d);
	uint8_t packet[1000];
	bool told = false;

	for (int i = 0; i < 50; i++) {
		client_fill(packet, sizeof(packet), (uint64_t)i);
		client_send(from, derp_client_key(to), packet, sizeof(packet));
	}
	client_sync(from);
	daemon_signal(d, SIGTERM);
	for (int i = 0; i < 50 || !told;) {
		struct derp_frame f = client_next(to);

		if (f.type == FRAME_RESTARTING) {
			told = true;
			continue;
		}
		ck_assert_uint_eq(f.type, FRAME_RECV_PACKET);
		ck_assert_uint_eq(f.len, KEY_SIZE + sizeof(packet));
		client_fill(packet, sizeof(packet), (uint64_t)i++);
		ck_assert_mem_eq(f.body + KEY_SIZE, packet, sizeof(packet));
	}
	client_expect_closed(to);
	ck_assert_int_eq(daemon_wait(d), 0);
	derp_client_free(from);
	derp_client_free(to);
}
END_TEST

/* --- reload --------------------------------------------------------------- */

static bool refused(struct daemon *d)
{
	struct derp_client_options o = client_options(d);
	struct derp_client *c = NULL;
	int err = derp_client_open(&c, &o);

	derp_client_free(err ? NULL : c);
	return err != 0;
}

START_TEST(lifecycle_sighup_takes_over_what_it_can)
{
	const char *file = daemon_fixture_path("relay.yaml");
	struct derp_client *c;
	struct daemon *d;

	daemon_fixture_write_file(file, "max_connections: 5\nworkers: 1\n", 0600);
	d = daemon_start(DAEMON_ARGS("--config", file));
	c = client_login(d);
	ck_assert(!refused(d));
	daemon_fixture_write_file(file, "max_connections: 1\nworkers: 2\nkeepalive_s: 61\n", 0600);
	daemon_signal(d, SIGHUP);
	daemon_await_log(d, "workers, keepalive_s");
	daemon_await_log(d, "max_connections");
	daemon_await_log(d, "reloaded");
	daemon_await_metric(d, "peers_active", 1);
	ck_assert(refused(d));
	daemon_await_metric_min(d, "refused_total{reason=\"max_connections\"}", 1);
	client_sync(c);
	/* What could not be taken over is told again; what was, is not. */
	daemon_signal(d, SIGHUP);
	daemon_await_log(d, "workers, keepalive_s");
	daemon_await_log(d, "reloaded");
	derp_client_free(c);
	daemon_stop(d);
}
END_TEST

START_TEST(lifecycle_sighup_keeps_the_old_on_a_bad_file)
{
	const char *file = daemon_fixture_path("relay.yaml");
	struct daemon *d;

	daemon_fixture_write_file(file, "max_connections: 5\n", 0600);
	d = daemon_start(DAEMON_ARGS("--config", file));
	daemon_fixture_write_file(file, "max_connections: 1\nno_such_key: 7\n", 0600);
	daemon_signal(d, SIGHUP);
	daemon_await_log(d, "no_such_key");
	ck_assert_int_eq(unlink(file), 0);
	daemon_signal(d, SIGHUP);
	daemon_await_log(d, "relay.yaml");
	for (int i = 0; i < 3; i++) {
		struct derp_client *a = client_login(d), *b = client_login(d);

		derp_client_free(a);
		derp_client_free(b);
		daemon_await_metric(d, "peers_active", 0);
	}
	daemon_stop(d);
}
END_TEST

START_TEST(lifecycle_sighup_command_line_still_beats_the_file)
{
	const char *file = daemon_fixture_path("relay.yaml");
	struct daemon *d;

	daemon_fixture_write_file(file, "max_connections: 1\n", 0600);
	d = daemon_start(DAEMON_ARGS("--config", file, "--max-connections", "100"));
	daemon_fixture_write_file(file, "max_connections: 1\nlog_level: debug\n", 0600);
	daemon_signal(d, SIGHUP);
	daemon_await_log(d, "taken over: log_level");
	daemon_await_log(d, "reloaded");
	struct derp_client *a = client_login(d), *b = client_login(d);

	client_sync(a);
	client_sync(b);
	derp_client_free(a);
	derp_client_free(b);
	daemon_stop(d);
}
END_TEST

/* --- systemd -------------------------------------------------------------- */

static int notify_socket(struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	ck_assert_int_lt(snprintf(address->sun_path, sizeof(address->sun_path), "%s/n", daemon_fixture_dir()),
			 (int)sizeof(address->sun_path));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)address, sizeof(*address)), 0);
	return fd;
}

static void await_notification(int fd, const char *text)
{
	char message[512];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		ck_assert_msg(poll(&p, 1, DAEMON_FIXTURE_WAIT_MS) == 1, "no notification of %s", text);
		n = recv(fd, message, sizeof(message) - 1, 0);
		ck_assert_int_gt(n, 0);
		message[n] = '\0';
		if (strstr(message, text))
			return;
	}
}

START_TEST(lifecycle_notifies_systemd)
{
	struct sockaddr_un address;
	int fd = notify_socket(&address);
	char variable[sizeof(address.sun_path) + 16];
	struct daemon *d;

	snprintf(variable, sizeof(variable), "NOTIFY_SOCKET=%s", address.sun_path);
	d = daemon_spawn(no_args, &(struct daemon_surroundings){ .environment = DAEMON_ARGS(variable) });
	await_notification(fd, "READY=1");
	daemon_signal(d, SIGHUP);
	await_notification(fd, "RELOADING=1");
	await_notification(fd, "READY=1");
	daemon_signal(d, SIGTERM);
	await_notification(fd, "STOPPING=1");
	ck_assert_int_eq(daemon_wait(d), 0);
	close(fd);
}
END_TEST

/* An idle relay has nothing to do for its threads, and must not look stuck. */
START_TEST(lifecycle_feeds_the_watchdog_while_idle)
{
	struct daemon_surroundings around = { 0 };
	struct sockaddr_un address;
	int fd = notify_socket(&address);
	char variable[sizeof(address.sun_path) + 16];
	struct daemon *d;

	snprintf(variable, sizeof(variable), "NOTIFY_SOCKET=%s", address.sun_path);
	around.environment = DAEMON_ARGS(variable, "WATCHDOG_USEC=100000");
	d = daemon_spawn(DAEMON_ARGS("--workers", "2"), &around);
	for (int i = 0; i < 10; i++)
		await_notification(fd, "WATCHDOG=1");
	daemon_signal(d, SIGTERM);
	ck_assert_int_eq(daemon_wait(d), 0);
	close(fd);
}
END_TEST

static int listening_socket(int type)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 10), 0);
	return fd;
}

static const char *const one_passed[] = { "LISTEN_FDS=1", "LISTEN_PID=self", NULL };

START_TEST(lifecycle_serves_passed_sockets)
{
	int fd = listening_socket(SOCK_STREAM);
	struct daemon *d = daemon_spawn(no_args, &(struct daemon_surroundings){ .environment = one_passed,
										 .passed_fd = &fd });
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	daemon_await_serving(d);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	ck_assert_uint_eq(daemon_port(d), ntohs(in.sin_port));
	close(fd);
	derp_client_free(client_login(d));
	daemon_stop(d);
}
END_TEST

START_TEST(lifecycle_refuses_passed_sockets_that_do_not_listen)
{
	int fd = listening_socket(SOCK_DGRAM);
	struct daemon *d = daemon_spawn(no_args, &(struct daemon_surroundings){ .environment = one_passed,
										 .passed_fd = &fd });

	ck_assert_int_eq(daemon_wait_saying(d, "ListenStream="), 1);
	close(fd);
}
END_TEST

/* --- failing to start ------------------------------------------------------ */

START_TEST(lifecycle_port_in_use_is_1_and_names_the_remedy)
{
	struct daemon *d = daemon_start(no_args);
	char port[8];

	snprintf(port, sizeof(port), "%u", daemon_port(d));
	ck_assert_int_eq(status_of(DAEMON_ARGS("--port", port), "ddress already in use"), 1);
	ck_assert_int_eq(status_of(DAEMON_ARGS("--port", port), "ss -ltnp"), 1);
	snprintf(port, sizeof(port), "%u", daemon_metrics_port(d));
	ck_assert_int_eq(status_of(DAEMON_ARGS("--metrics-port", port), "metrics: "), 1);
	daemon_stop(d);
}
END_TEST

START_TEST(lifecycle_wrong_usage_is_2)
{
	const char *file = daemon_fixture_path("relay.yaml");

	daemon_fixture_write_file(file, "port: 3340\nworkers: many\n", 0600);
	ck_assert_int_eq(status_of(DAEMON_ARGS("--no-such-option"), "no-such-option"), 2);
	ck_assert_int_eq(status_of(DAEMON_ARGS("--workers", "1000"), "1000"), 2);
	ck_assert_int_eq(status_of(DAEMON_ARGS("--config", file), "relay.yaml:2:"), 2);
	ck_assert_int_eq(status_of(DAEMON_ARGS("--config", "/no/such/file"), "/no/such/file"), 2);
	ck_assert_int_eq(status_of(DAEMON_ARGS("--bare", "--check-config", "--config", file), "workers"), 2);
	ck_assert_int_eq(status_of(DAEMON_ARGS("--pin-workers", "4095"), "CPU 4095"), 2);
}
END_TEST

START_TEST(lifecycle_asked_for_text_is_0)
{
	ck_assert_int_eq(status_of(DAEMON_ARGS("--bare", "--version"), "hyper-derp "), 0);
	ck_assert_int_eq(status_of(DAEMON_ARGS("--bare", "--help"), "--max-connections"), 0);
	ck_assert_int_eq(status_of(DAEMON_ARGS("--bare", "--dump-config", "--workers", "3"), "workers: 3"), 0);
	ck_assert_int_eq(status_of(DAEMON_ARGS("--bare", "--check-config"), ""), 0);
}
END_TEST

START_TEST(lifecycle_without_io_uring_is_3)
{
	static const int reasons[] = { ENOSYS, EPERM };

	for (size_t i = 0; i < HD_ARRAY_LEN(reasons); i++) {
		struct daemon_surroundings around = { .io_uring_errno = reasons[i] };

		ck_assert_int_eq(daemon_wait_saying(daemon_spawn(no_args, &around), "io_uring"), 3);
	}
}
END_TEST

/* --- keys ------------------------------------------------------------------ */

START_TEST(lifecycle_keeps_its_key_private_and_for_ever)
{
	struct daemon *d = daemon_start(no_args);
	struct key first = daemon_public_key(d), second;
	struct stat st;

	ck_assert_int_eq(stat(daemon_fixture_path("derper.key"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	daemon_stop(d);
	d = daemon_start(no_args);
	second = daemon_public_key(d);
	ck_assert(key_equal(&first, &second));
	daemon_stop(d);
}
END_TEST

START_TEST(lifecycle_takes_derpers_key_file)
{
	/* A key pair that Go's crypto/ecdh made. */
	static const char file[] = "{\n\t\"PrivateKey\": \"privkey:"
				   "77076d0a7318a57d3c16c17251b26645df4c2f92ebc0992ac177fba51db92c2a\"\n}\n";
	static const char public_text[] = "f8a9535a2d2ff605e8e144d54f4ef5c62313a2055dbb21fddd3fd9c299eb015d";
	struct key want, got;
	struct daemon *d;

	ck_assert(key_parse(&want, public_text));
	daemon_fixture_write_file(daemon_fixture_path("derper.key"), file, 0600);
	d = daemon_start(no_args);
	got = daemon_public_key(d);
	ck_assert(key_equal(&want, &got));
	daemon_stop(d);
}
END_TEST

START_TEST(lifecycle_never_overwrites_a_key_it_cannot_read)
{
	const char *path = daemon_fixture_path("derper.key");
	char *kept;

	daemon_fixture_write_file(path, "{\"PrivateKey\": \"privkey:12\"}\n", 0600);
	ck_assert_int_eq(status_of(no_args, "derper.key"), 1);
	kept = daemon_fixture_read_file(path);
	ck_assert_str_eq(kept, "{\"PrivateKey\": \"privkey:12\"}\n");
	free(kept);
}
END_TEST

START_TEST(lifecycle_mesh_key_file_must_be_good)
{
	const char *path = daemon_fixture_path("mesh.key");

	daemon_fixture_write_file(path, "0123456789", 0600);
	ck_assert_int_eq(status_of(DAEMON_ARGS("--mesh-psk-file", path), "mesh.key"), 1);
	ck_assert_int_eq(status_of(DAEMON_ARGS("--mesh-psk-file", "/no/such/file"), "/no/such/file"), 1);
}
END_TEST

/* --- listening -------------------------------------------------------------- */

START_TEST(lifecycle_listens_on_all_addresses_by_default)
{
	const char *key = daemon_fixture_path("derper.key");
	struct daemon *d = daemon_spawn(DAEMON_ARGS("--bare", "--port", "0", "--key-file", key), NULL);
	struct derp_client_options o;
	struct derp_client *c;

	daemon_await_serving(d);
	o = client_options(d);
	ck_assert_int_eq(derp_client_open(&c, &o), 0);
	derp_client_free(c);
	if (daemon_logged(d, "listening on [::]:")) {
		o.address = "::1";
		ck_assert_int_eq(derp_client_open(&c, &o), 0);
		derp_client_free(c);
	}
	daemon_stop(d);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("lifecycle");
	TCase *t = daemon_fixture_case(s, "lifecycle");

	tcase_add_loop_test(t, lifecycle_sigterm_tells_clients_and_ends_well, 0, 2);
	tcase_add_test(t, lifecycle_sigterm_ends_half_open_logins);
	tcase_add_test(t, lifecycle_second_signal_ends_at_once);
	tcase_add_test(t, lifecycle_delivers_what_was_sent_before_the_stop);
	tcase_add_test(t, lifecycle_sighup_takes_over_what_it_can);
	tcase_add_test(t, lifecycle_sighup_keeps_the_old_on_a_bad_file);
	tcase_add_test(t, lifecycle_sighup_command_line_still_beats_the_file);
	tcase_add_test(t, lifecycle_notifies_systemd);
	tcase_add_test(t, lifecycle_feeds_the_watchdog_while_idle);
	tcase_add_test(t, lifecycle_serves_passed_sockets);
	tcase_add_test(t, lifecycle_refuses_passed_sockets_that_do_not_listen);
	tcase_add_test(t, lifecycle_port_in_use_is_1_and_names_the_remedy);
	tcase_add_test(t, lifecycle_wrong_usage_is_2);
	tcase_add_test(t, lifecycle_asked_for_text_is_0);
	tcase_add_test(t, lifecycle_without_io_uring_is_3);
	tcase_add_test(t, lifecycle_keeps_its_key_private_and_for_ever);
	tcase_add_test(t, lifecycle_takes_derpers_key_file);
	tcase_add_test(t, lifecycle_never_overwrites_a_key_it_cannot_read);
	tcase_add_test(t, lifecycle_mesh_key_file_must_be_good);
	tcase_add_test(t, lifecycle_listens_on_all_addresses_by_default);
	return s;
}

int main(void)
{
	return daemon_fixture_main(make_suite);
}
