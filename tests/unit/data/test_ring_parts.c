/* SPDX-License-Identifier: MIT
 * The ring on the kernel's io_uring, its buffers filled by parts. All of this holds
 * where the kernel cannot do it, too: then each part is a buffer. */
#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/data/ring_fixture.h"

Suite *test_ring_parts_suite(void);

#define PARTS_TAG(i) (FIXTURE_RECV_TAG + (uint64_t)(i))
#define PARTS_BYTES (20 * FIXTURE_BUF_COUNT * FIXTURE_BUF_SIZE)

static uint8_t part_byte(int from, size_t at)
{
	return (uint8_t)(at * 31 + at / 251 + (size_t)from * 97);
}

struct part_stream {
	int fd[2];
	size_t sent, got;
};

static void parts_send(struct part_stream *s, int from, size_t most)
{
	uint8_t data[5000];
	size_t n = PARTS_BYTES - s->sent < most ? PARTS_BYTES - s->sent : most;
	ssize_t taken;

	for (size_t i = 0; i < n; i++)
		data[i] = part_byte(from, s->sent + i);
	taken = n > 0 ? send(s->fd[1], data, n, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
	s->sent += taken > 0 ? (size_t)taken : 0;
}

static void parts_got(struct part_stream *s, int from, const struct ring_event *e)
{
	for (int32_t i = 0; i < e->res; i++)
		ck_assert_uint_eq(e->data[i], part_byte(from, s->got + (size_t)i));
	s->got += (size_t)e->res;
}

START_TEST(ring_recv_in_parts_brings_each_its_own_bytes_once)
{
	struct part_stream s[3] = { 0 };
	size_t left = HD_ARRAY_LEN(s) * PARTS_BYTES;

	fixture_open_parts();
	for (int i = 0; i < (int)HD_ARRAY_LEN(s); i++) {
		fixture_pair(s[i].fd);
		ring_recv(fixture_ring, s[i].fd[0], PARTS_TAG(i));
	}
	for (size_t round = 0; left > 0; round++) {
		struct ring_event e;
		int i;

		for (i = 0; i < (int)HD_ARRAY_LEN(s); i++)
			parts_send(&s[i], i, 1 + (round * 769 + (size_t)i * 333) % 5000);
		e = fixture_next();
		i = (int)(e.tag - FIXTURE_RECV_TAG);
		if (e.has_buf) {
			parts_got(&s[i], i, &e);
			left -= (size_t)e.res;
			if (e.buf_done)
				ring_buf_return(fixture_ring, e.buf);
		}
		if (!e.more)
			ring_recv(fixture_ring, s[i].fd[0], PARTS_TAG(i));
	}
	fixture_close();
	for (size_t i = 0; i < HD_ARRAY_LEN(s); i++)
		fixture_close_pair(s[i].fd);
}
END_TEST

/* The end of a stream brings no bytes, and takes none of a buffer's room. */
START_TEST(ring_recv_in_parts_goes_on_behind_an_end_of_file)
{
	struct ring_event first, end, next;
	int a[2], b[2];

	fixture_open_parts();
	fixture_pair(a);
	fixture_pair(b);
	ring_recv(fixture_ring, a[0], PARTS_TAG(0));
	ring_recv(fixture_ring, b[0], PARTS_TAG(1));
	ck_assert_int_eq(send(a[1], "abc", 3, MSG_NOSIGNAL), 3);
	first = fixture_next_of(PARTS_TAG(0));
	ck_assert_mem_eq(first.data, "abc", 3);
	close(a[1]);
	end = fixture_next_of(PARTS_TAG(0));
	ck_assert(end.res == 0 && !end.has_buf && !end.more);
	ck_assert_int_eq(send(b[1], "defg", 4, MSG_NOSIGNAL), 4);
	next = fixture_next_of(PARTS_TAG(1));
	ck_assert_mem_eq(next.data, "defg", 4);
	if (!first.buf_done)
		ck_assert_ptr_eq(next.data, first.data + 3);
	fixture_close();
	close(a[0]);
	fixture_close_pair(b);
}
END_TEST

START_TEST(ring_recv_in_parts_loses_nothing_without_buffers)
{
	struct part_stream s = { 0 };
	uint16_t held[FIXTURE_BUF_COUNT];
	uint32_t holding = 0, ends = 0;

	fixture_open_parts();
	fixture_pair(s.fd);
	ring_recv(fixture_ring, s.fd[0], PARTS_TAG(0));
	while (s.got < PARTS_BYTES) {
		struct ring_event e;

		parts_send(&s, 0, 5000);
		parts_send(&s, 0, 5000);
		e = fixture_next_of(PARTS_TAG(0));
		if (e.has_buf) {
			parts_got(&s, 0, &e);
			if (e.buf_done)
				held[holding++] = e.buf;
		}
		if (e.more)
			continue;
		ck_assert_int_eq(e.res, -ENOBUFS);
		ck_assert_uint_eq(holding, ring_buf_count(fixture_ring));
		while (holding > 0)
			ring_buf_return(fixture_ring, held[--holding]);
		ring_recv(fixture_ring, s.fd[0], PARTS_TAG(0));
		ends++;
	}
	ck_assert_uint_gt(ends, 0);
	fixture_close();
	fixture_close_pair(s.fd);
}
END_TEST

/* More events than the queue has room for: receives end, but what each has brought
 * still comes in the order in which it lies in the buffers. */
START_TEST(ring_recv_in_parts_keeps_order_when_events_overflow)
{
	struct part_stream s[3] = { 0 };
	uint32_t ends = 0;
	struct ring_event e;

	fixture_open_parts();
	for (int i = 0; i < (int)HD_ARRAY_LEN(s); i++) {
		fixture_pair(s[i].fd);
		ring_recv(fixture_ring, s[i].fd[0], PARTS_TAG(i));
	}
	for (size_t n = 0; n < 4000; n++)
		for (int i = 0; i < (int)HD_ARRAY_LEN(s); i++) {
			parts_send(&s[i], i, 1);
			ring_enter(fixture_ring, 0);
		}
	while (s[0].got < s[0].sent || s[1].got < s[1].sent || s[2].got < s[2].sent) {
		int i;

		e = fixture_next();
		i = (int)(e.tag - FIXTURE_RECV_TAG);
		if (e.has_buf) {
			parts_got(&s[i], i, &e);
			if (e.buf_done)
				ring_buf_return(fixture_ring, e.buf);
		}
		if (!e.more) {
			ring_recv(fixture_ring, s[i].fd[0], PARTS_TAG(i));
			ends++;
		}
	}
	ck_assert_uint_gt(ends, 0);
	fixture_close();
	for (size_t i = 0; i < HD_ARRAY_LEN(s); i++)
		fixture_close_pair(s[i].fd);
}
END_TEST

START_TEST(ring_new_in_parts_takes_no_more_memory)
{
	uint32_t size;

	fixture_open_parts();
	size = ring_buf_size(fixture_ring);
	ck_assert_uint_ge(size, FIXTURE_BUF_SIZE);
	ck_assert_uint_le(size * ring_buf_count(fixture_ring), FIXTURE_BUF_SIZE * FIXTURE_BUF_COUNT);
	fixture_close();
}
END_TEST

Suite *test_ring_parts_suite(void)
{
	Suite *s = suite_create("ring_parts");
	TCase *tc = tcase_create("ring_parts");

	tcase_add_test(tc, ring_recv_in_parts_brings_each_its_own_bytes_once);
	tcase_add_test(tc, ring_recv_in_parts_goes_on_behind_an_end_of_file);
	tcase_add_test(tc, ring_recv_in_parts_loses_nothing_without_buffers);
	tcase_add_test(tc, ring_recv_in_parts_keeps_order_when_events_overflow);
	tcase_add_test(tc, ring_new_in_parts_takes_no_more_memory);
	suite_add_tcase(s, tc);
	return s;
}
