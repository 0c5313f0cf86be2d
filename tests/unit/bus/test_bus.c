/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/bus.h"
#include "bus/peer_id.h"
#include "util/error.h"

Suite *test_bus_suite(void);

START_TEST(bus_rings_hold_their_capacities)
{
	struct bus b;
	unsigned n;

	ck_assert_int_eq(bus_init(&b, 2, 1), 0);
	for (n = 0; spsc_reserve(bus_handover(&b, 0, 1)); n++)
		continue;
	ck_assert_uint_eq(n, BUS_HANDOVERS);
	for (n = 0; spsc_reserve(bus_event(&b, 1)); n++)
		continue;
	ck_assert_uint_eq(n, BUS_EVENTS);
	for (n = 0; spsc_reserve(bus_command(&b, 1)); n++)
		continue;
	ck_assert_uint_eq(n, BUS_COMMANDS);
	bus_release(&b);
}
END_TEST

START_TEST(bus_handover_is_one_ring_per_pair)
{
	struct spsc *seen[6];
	struct bus b;
	int n = 0;

	ck_assert_int_eq(bus_init(&b, 3, 2), 0);
	for (uint16_t accept = 0; accept < 2; accept++)
		for (uint16_t shard = 0; shard < 3; shard++)
			seen[n++] = bus_handover(&b, accept, shard);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < i; j++)
			ck_assert_ptr_ne(seen[i], seen[j]);
	bus_release(&b);
}
END_TEST

START_TEST(bus_release_frees_what_was_not_delivered)
{
	struct handover *h;
	struct command *c;
	struct bus b;
	int pair[2];
	char byte;

	ck_assert_int_eq(bus_init(&b, 1, 1), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	h = spsc_reserve(bus_handover(&b, 0, 0));
	ck_assert_ptr_nonnull(h);
	h->fd = pair[0];
	h->leftover = malloc(100);
	h->leftover_len = 100;
	spsc_publish(bus_handover(&b, 0, 0));
	c = spsc_reserve(bus_command(&b, 0));
	ck_assert_ptr_nonnull(c);
	c->block = malloc(200);
	spsc_publish(bus_command(&b, 0));
	bus_release(&b);
	ck_assert_int_eq(read(pair[1], &byte, 1), 0); /* the other end is closed */
	close(pair[1]);
}
END_TEST

START_TEST(bus_init_without_descriptors_fails_clean)
{
	struct rlimit old, none;
	struct bus b;
	int lowest = dup(0);

	ck_assert_int_ge(lowest, 0);
	close(lowest);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = (rlim_t)lowest + 2; /* two of the five that are wanted */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(bus_init(&b, 4, 1), ERROR_IO);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_eq(fcntl(lowest, F_GETFD), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(peer_id_equal_looks_at_every_part)
{
	const struct peer_id id = { .shard = 1, .slot = 2, .generation = 3 };
	struct peer_id other = id;

	ck_assert(peer_id_equal(id, other));
	other.shard++;
	ck_assert(!peer_id_equal(id, other));
	other = id;
	other.slot++;
	ck_assert(!peer_id_equal(id, other));
	other = id;
	other.generation++;
	ck_assert(!peer_id_equal(id, other));
}
END_TEST

Suite *test_bus_suite(void)
{
	Suite *s = suite_create("bus");
	TCase *tc = tcase_create("bus");

	tcase_add_test(tc, bus_rings_hold_their_capacities);
	tcase_add_test(tc, bus_handover_is_one_ring_per_pair);
	tcase_add_test(tc, bus_release_frees_what_was_not_delivered);
	tcase_add_test(tc, bus_init_without_descriptors_fails_clean);
	tcase_add_test(tc, peer_id_equal_looks_at_every_part);
	suite_add_tcase(s, tc);
	return s;
}
