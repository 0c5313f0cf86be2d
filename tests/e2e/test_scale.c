/* SPDX-License-Identifier: MIT
 * Many clients: nobody is left out, nothing is left behind. HD_E2E_CLIENTS says
 * how many come at once (default 1000); the open files limit must allow it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/addr.h"
#include "tests/e2e/client_fixture.h"
#include "util/be.h"
#include "util/error.h"

#define CLIENTS_DEFAULT 1000
#define CLIENTS_MAX 100000
#define CROWDS 8
#define CROWDS_TO_GROW 3 /* tables, caches of malloc and receive buffers have their size then */
#define GROWN_KIB_MAX 512 /* in the crowds after these: far below what each client would leave */
#define MANY_PEERS 700
#define REUSES 500
#define PEERS_OF_A_SHARD 5000 /* more than any table is made for at first */
#define SPARE_FILES 200
#define HALF_HANDSHAKES 100
#define KIB_PER_CLIENT 6 /* over TLS, connected and nothing else */

static unsigned clients_wanted(void)
{
	const char *text = getenv("HD_E2E_CLIENTS");
	unsigned long n = text ? strtoul(text, NULL, 10) : CLIENTS_DEFAULT;

	ck_assert_uint_gt(n, 0);
	ck_assert_uint_le(n, CLIENTS_MAX);
	return (unsigned)n;
}

START_TEST(scale_starts_small)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "2"));
	uint64_t kib = daemon_rss_kib(d);

	printf("resident at start with 2 workers: %llu KiB\n", (unsigned long long)kib);
	if (!DAEMON_FIXTURE_SANITIZED)
		ck_assert_uint_le(kib, 12 * 1024);
	daemon_stop(d);
}
END_TEST

/* Each client sends a packet to the one before it, so all have been in use. */
static void crowd_comes(struct daemon *d, struct derp_client **crowd, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		crowd[i] = client_login(d);
		if (i > 0) {
			client_send(crowd[i], derp_client_key(crowd[i - 1]), "hello", 5);
			client_expect_packet(crowd[i - 1], derp_client_key(crowd[i]), "hello", 5);
		}
	}
	daemon_await_metric(d, "peers_active", count);
}

static void crowd_leaves(struct daemon *d, struct derp_client **crowd, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		derp_client_free(crowd[i]);
	daemon_await_metric(d, "peers_active", 0);
}

/* Receive buffers that are filled by parts are all touched only after many crowds. */
START_TEST(scale_leaves_no_descriptor_and_no_memory_behind)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "2", "--no-buf-parts"));
	unsigned count = clients_wanted(), fds;
	struct derp_client **crowd = calloc(count, sizeof(*crowd));
	uint64_t idle_kib[CROWDS], left_kib[CROWDS];

	ck_assert_ptr_nonnull(crowd);
	/* One is served, so every thread has opened what it needs. */
	crowd_comes(d, crowd, 1);
	crowd_leaves(d, crowd, 1);
	fds = daemon_fd_count(d);
	for (int round = 0; round < CROWDS; round++) {
		crowd_comes(d, crowd, count);
		idle_kib[round] = daemon_rss_kib(d);
		crowd_leaves(d, crowd, count);
		daemon_await_fd_count_max(d, fds);
		left_kib[round] = daemon_rss_kib(d);
		printf("round %d: %u clients, resident %llu KiB, %llu KiB when they left\n", round + 1, count,
		       (unsigned long long)idle_kib[round], (unsigned long long)left_kib[round]);
	}
	if (!DAEMON_FIXTURE_SANITIZED) {
		ck_assert_uint_le(idle_kib[CROWDS - 1], 32 * 1024 + 2 * count);
		/* The pools give back in their own time, so what is compared with is a crowd that is there. */
		ck_assert_uint_le(left_kib[CROWDS - 1], idle_kib[CROWDS_TO_GROW - 1] + GROWN_KIB_MAX);
	}
	free(crowd);
	daemon_stop(d);
}
END_TEST

/* The beginning of a hello: the relay has all that a handshake takes for it. */
static int begin_handshake(const struct daemon *d)
{
	static const uint8_t hello[] = { 22, 3, 1, 2, 0, 1, 0, 1, 0xfc };
	struct sockaddr_storage ss;
	socklen_t len;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(addr_parse(&ss, &len, "127.0.0.1", daemon_port(d)), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(send(fd, hello, sizeof(hello), MSG_NOSIGNAL), sizeof(hello));
	return fd;
}

/* Handshakes under way when others log in leave holes between what these keep. */
START_TEST(scale_handshakes_give_their_memory_back)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "1"));
	unsigned count = _i ? 1000 : 500;
	struct derp_client **crowd = calloc(count, sizeof(*crowd));
	int half[HALF_HANDSHAKES];
	uint64_t before;

	ck_assert_ptr_nonnull(crowd);
	crowd_comes(d, crowd, 1);
	before = daemon_rss_kib(d);
	crowd_leaves(d, crowd, 1);
	for (unsigned i = 0; i < HALF_HANDSHAKES; i++)
		half[i] = begin_handshake(d);
	daemon_await_metric(d, "half_open", HALF_HANDSHAKES);
	for (unsigned i = 0; i < count; i++)
		crowd[i] = client_login(d);
	for (unsigned i = 0; i < HALF_HANDSHAKES; i++)
		close(half[i]);
	daemon_await_metric(d, "half_open", 0);
	daemon_await_metric(d, "peers_active", count);
	if (!DAEMON_FIXTURE_SANITIZED)
		daemon_await_rss_kib_max(d, before + KIB_PER_CLIENT * count);
	crowd_leaves(d, crowd, count);
	free(crowd);
	daemon_stop(d);
}
END_TEST

/* As many as wanted, or as descriptors allow. */
static unsigned room_for(unsigned wanted)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_gt(limit.rlim_cur, 2 * SPARE_FILES);
	return limit.rlim_cur > wanted + SPARE_FILES ? wanted : (unsigned)(limit.rlim_cur - SPARE_FILES);
}

/* Every one of them receives, the first as well as the last. */
START_TEST(scale_has_no_limit_of_peers)
{
	unsigned count = room_for(PEERS_OF_A_SHARD);
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", "1"));
	struct derp_client **crowd = calloc(count, sizeof(*crowd));

	ck_assert_ptr_nonnull(crowd);
	crowd_comes(d, crowd, count);
	for (unsigned i = 0; i < count; i++) {
		client_send(crowd[count - 1], derp_client_key(crowd[i]), &i, sizeof(i));
		client_expect_packet(crowd[i], derp_client_key(crowd[count - 1]), &i, sizeof(i));
	}
	ck_assert_uint_eq(daemon_metric(d, "send_drops_total"), 0);
	crowd_leaves(d, crowd, count);
	free(crowd);
	daemon_stop(d);
}
END_TEST

/* One write with a packet for each of many clients of one shard; then again,
 * for whoever would have been forgotten after the first time. */
START_TEST(scale_one_batch_reaches_every_destination)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", _i ? "2" : "1"));
	struct derp_client *from = client_login(d);
	static struct derp_client *to[MANY_PEERS];

	for (unsigned i = 0; i < MANY_PEERS; i++)
		to[i] = client_login(d);
	for (uint32_t round = 0; round < 3; round++) {
		struct bytes run;

		bytes_init(&run, 1 << 20);
		for (uint32_t i = 0; i < MANY_PEERS; i++) {
			uint8_t frame[FRAME_HEADER_SIZE + KEY_SIZE + 4];

			frame_header_store(frame, FRAME_SEND_PACKET, KEY_SIZE + 4);
			memcpy(frame + FRAME_HEADER_SIZE, derp_client_key(to[i])->bytes, KEY_SIZE);
			be_store32(frame + FRAME_HEADER_SIZE + KEY_SIZE, round << 16 | i);
			ck_assert_int_eq(bytes_append(&run, frame, sizeof(frame)), 0);
		}
		client_send_raw(from, run.data, run.len);
		for (uint32_t i = 0; i < MANY_PEERS; i++) {
			uint8_t want[4];

			be_store32(want, round << 16 | i);
			client_expect_packet(to[i], derp_client_key(from), want, sizeof(want));
		}
		bytes_release(&run);
	}
	ck_assert_uint_eq(daemon_metric(d, "send_drops_total"), 0);
	for (unsigned i = 0; i < MANY_PEERS; i++)
		derp_client_free(to[i]);
	/* It sent to them and they are gone; it never heard from them, so nobody tells it. */
	daemon_await_metric(d, "peers_active", 1);
	client_sync(from);
	derp_client_free(from);
	daemon_stop(d);
}
END_TEST

/* A client dies in the middle of a frame; the next one gets its descriptor
 * number. What arrives under a key is what its owner sent. */
START_TEST(scale_reused_descriptors_never_mix_clients)
{
	struct daemon *d = daemon_start(DAEMON_ARGS("--workers", _i ? "2" : "1"));
	struct derp_client *to = client_login(d);
	struct linger reset = { 1, 0 };

	for (int i = 0; i < REUSES; i++) {
		struct derp_client *dies = client_login(d), *next;
		uint8_t frame[FRAME_HEADER_SIZE + KEY_SIZE + 3000];
		struct derp_frame f;

		/* What is sent of it would itself be frames to `to`, read from the wrong place. */
		frame_header_store(frame, FRAME_SEND_PACKET, KEY_SIZE + 3000);
		memcpy(frame + FRAME_HEADER_SIZE, derp_client_key(to)->bytes, KEY_SIZE);
		memset(frame + FRAME_HEADER_SIZE + KEY_SIZE, 0xdd, 3000);
		client_send_raw(dies, frame, 50 + (size_t)i * 5);
		if (i % 2)
			setsockopt(derp_client_stream(dies)->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		derp_client_free(dies);
		next = client_login(d);
		client_send(next, derp_client_key(to), derp_client_key(next)->bytes, KEY_SIZE);
		do
			f = client_next(to);
		while (f.type == FRAME_PEER_GONE);
		ck_assert_uint_eq(f.type, FRAME_RECV_PACKET);
		ck_assert_uint_eq(f.len, 2 * KEY_SIZE);
		ck_assert_mem_eq(f.body, derp_client_key(next)->bytes, KEY_SIZE);
		ck_assert_mem_eq(f.body + KEY_SIZE, derp_client_key(next)->bytes, KEY_SIZE);
		derp_client_free(next);
	}
	derp_client_free(to);
	daemon_stop(d);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *s = suite_create("scale");
	TCase *t = daemon_fixture_case(s, "scale");

	tcase_add_test(t, scale_starts_small);
	tcase_add_test(t, scale_leaves_no_descriptor_and_no_memory_behind);
	if (getenv("HD_E2E_TLS"))
		tcase_add_loop_test(t, scale_handshakes_give_their_memory_back, 0, 2);
	if (!getenv("HD_E2E_TLS")) /* the tables are the same, and handshakes take their time */
		tcase_add_test(t, scale_has_no_limit_of_peers);
	tcase_add_loop_test(t, scale_one_batch_reaches_every_destination, 0, 2);
	tcase_add_loop_test(t, scale_reused_descriptors_never_mix_clients, 0, 2);
	return s;
}

int main(void)
{
	return daemon_fixture_main(make_suite);
}
