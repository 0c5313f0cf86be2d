/* SPDX-License-Identifier: MIT
 * A relay that does one thing wrong, for tests of what must notice it. Plain
 * DERP, over WebSocket if the client asks for it; one thread, blocking writes:
 * for a few clients and few packets only.
 * Usage: faulty_relay FAULT; prints its port and serves until its stdin ends.
 * Every FAULT_EVERYth packet is treated so. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/frame.h"
#include "tests/e2e/plain_login.h"
#include "tests/e2e/ws_guest.h"
#include "util/assert.h"

#define CLIENTS_MAX 32
#define INBOX_SIZE (128 * 1024)
#define FRAME_ROOM (FRAME_HEADER_SIZE + FRAME_SEND_BODY_MAX)
#define FAULT_EVERY 10

enum fault { NONE, CORRUPT, REORDER, DUPLICATE, DROP, FORGE, ASTRAY, GARBAGE, HANG_UP, DENY };
static const char *const fault_names[] = { "none",  "corrupt", "reorder", "duplicate", "drop",
					   "forge", "astray",  "garbage", "hang-up",   "deny" };

struct guest {
	int fd; /* -1: nobody */
	bool upgraded;
	bool framed; /* WebSocket */
	struct ws_guest ws;
	bool ready;
	struct key key;
	uint8_t *in;
	size_t len;
};

static struct guest guests[CLIENTS_MAX];
static enum fault fault;
static unsigned packets;
static uint8_t held[FRAME_ROOM]; /* a packet that the next one overtakes */
static size_t held_len;
static struct guest *held_to;

static void leave(struct guest *g)
{
	close(g->fd);
	free(g->in);
	*g = (struct guest){ .fd = -1 };
}

static void write_raw(const struct guest *g, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len) {
		ssize_t n = send(g->fd, p, len, MSG_NOSIGNAL);

		if (n < 0)
			return; /* it left; poll will tell */
		p += n;
		len -= (size_t)n;
	}
}

static void write_all(const struct guest *g, const void *data, size_t len)
{
	uint8_t header[WS_GUEST_HEADER_MAX];

	if (g->framed)
		write_raw(g, header, ws_guest_header(header, len));
	write_raw(g, data, len);
}

static struct guest *find(const uint8_t *key)
{
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (guests[i].fd >= 0 && guests[i].ready && memcmp(guests[i].key.bytes, key, KEY_SIZE) == 0)
			return &guests[i];
	return NULL;
}

/* Somebody else, or the same if there is nobody else. */
static struct guest *other_than(struct guest *g)
{
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (guests[i].fd >= 0 && guests[i].ready && &guests[i] != g)
			return &guests[i];
	return g;
}

static void deliver(struct guest *to, uint8_t *frame, size_t len)
{
	if (++packets % FAULT_EVERY != 0) {
		write_all(to, frame, len);
		if (held_len && held_to == to) {
			write_all(to, held, held_len);
			held_len = 0;
		}
		return;
	}
	switch (fault) {
	case DROP:
		return;
	case REORDER:
		memcpy(held, frame, len);
		held_len = len;
		held_to = to;
		return;
	case CORRUPT:
		frame[len - 1] ^= 1;
		break;
	case FORGE:
		memcpy(frame + FRAME_HEADER_SIZE, to->key.bytes, KEY_SIZE);
		break;
	case DUPLICATE:
		write_all(to, frame, len);
		break;
	case ASTRAY:
		to = other_than(to);
		break;
	case GARBAGE:
		frame_header_store(frame, FRAME_RECV_PACKET, UINT32_MAX);
		break;
	case HANG_UP:
		leave(to);
		return;
	case NONE:
	case DENY:
		break;
	}
	write_all(to, frame, len);
}

static bool log_in(struct guest *g, const uint8_t *body, size_t len)
{
	uint8_t answer[PLAIN_LOGIN_MAX];
	int n = plain_login_answer(answer, &g->key, body, len);

	if (n < 0)
		return false;
	write_all(g, answer, (size_t)n);
	g->ready = true;
	return true;
}

static bool take_frame(struct guest *g, uint8_t *frame, size_t len)
{
	uint8_t *body = frame + FRAME_HEADER_SIZE;
	struct guest *to;

	if (!g->ready)
		return frame[0] == FRAME_CLIENT_INFO && log_in(g, body, len - FRAME_HEADER_SIZE);
	if (frame[0] == FRAME_PING && len == FRAME_PONG_SIZE) {
		frame[0] = FRAME_PONG;
		write_all(g, frame, len);
		return true;
	}
	if (frame[0] != FRAME_SEND_PACKET || len < FRAME_HEADER_SIZE + KEY_SIZE)
		return true;
	to = find(body);
	if (!to)
		return true;
	frame[0] = FRAME_RECV_PACKET;
	memcpy(body, g->key.bytes, KEY_SIZE);
	deliver(to, frame, len);
	return true;
}

static bool upgrade(struct guest *g, size_t head_len)
{
	char response[WS_GUEST_RESPONSE_MAX];
	size_t n;

	static const char no[] = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
	uint8_t hello[PLAIN_LOGIN_MAX];

	if (fault == DENY) {
		write_all(g, no, sizeof(no) - 1);
		return false;
	}
	g->upgraded = true;
	n = ws_guest_answer(response, g->in, head_len);
	if (n == 0) {
		write_all(g, hello, plain_login_hello(hello));
		return true;
	}
	write_raw(g, response, n);
	g->framed = true;
	write_all(g, hello, plain_login_server_key(hello));
	return true;
}

/* Bytes of `in` that are done with, or -1 to end the connection. */
static ssize_t take(struct guest *g)
{
	size_t at = 0;

	if (!g->upgraded) {
		uint8_t *end = memmem(g->in, g->len, "\r\n\r\n", 4);

		if (!end)
			return 0;
		at = (size_t)(end + 4 - g->in);
		if (!upgrade(g, at))
			return -1;
		if (g->framed)
			return (ssize_t)at; /* nobody sends on before the answer */
	}
	while (g->len - at >= FRAME_HEADER_SIZE) {
		size_t len = FRAME_HEADER_SIZE + frame_header_load(g->in + at).body_len;

		if (len > FRAME_ROOM)
			return -1;
		if (g->len - at < len)
			break;
		if (!take_frame(g, g->in + at, len))
			return -1;
		if (g->fd < 0)
			return 0; /* hung up on */
		at += len;
	}
	return (ssize_t)at;
}

static void serve(struct guest *g)
{
	ssize_t n = recv(g->fd, g->in + g->len, INBOX_SIZE - g->len, 0);
	bool ended = n <= 0;

	if (!ended && g->framed)
		n = ws_guest_read(&g->ws, g->in + g->len, (size_t)n);
	if (ended || n < 0) {
		leave(g);
		return;
	}
	g->len += (size_t)n;
	n = take(g);
	if (g->fd < 0)
		return;
	if (n < 0) {
		leave(g);
		return;
	}
	g->len -= (size_t)n;
	memmove(g->in, g->in + n, g->len);
}

static void welcome(int listener)
{
	int fd = accept(listener, NULL, NULL);

	for (int i = 0; fd >= 0 && i < CLIENTS_MAX; i++) {
		if (guests[i].fd >= 0)
			continue;
		guests[i] = (struct guest){ .fd = fd, .in = malloc(INBOX_SIZE) };
		hd_assert(guests[i].in);
		return;
	}
	if (fd >= 0)
		close(fd);
}

static int listen_anywhere(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, len) != 0 || listen(fd, CLIENTS_MAX) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
		return -1;
	printf("%u\n", ntohs(sa.sin_port));
	fflush(stdout);
	return fd;
}

static void loop(int listener)
{
	for (;;) {
		struct pollfd p[CLIENTS_MAX + 2] = { { STDIN_FILENO, POLLIN, 0 }, { listener, POLLIN, 0 } };

		for (int i = 0; i < CLIENTS_MAX; i++)
			p[i + 2] = (struct pollfd){ guests[i].fd, POLLIN, 0 };
		if (poll(p, CLIENTS_MAX + 2, -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents)
			return;
		for (int i = 0; i < CLIENTS_MAX; i++)
			if (p[i + 2].revents && guests[i].fd == p[i + 2].fd)
				serve(&guests[i]);
		if (p[1].revents)
			welcome(listener);
	}
}

int main(int argc, char **argv)
{
	int listener;

	for (size_t i = 0; i < HD_ARRAY_LEN(fault_names); i++)
		if (argc == 2 && strcmp(argv[1], fault_names[i]) == 0) {
			fault = (enum fault)i;
			argc = 0;
		}
	if (argc != 0 || plain_login_start() != 0) {
		fprintf(stderr, "usage: faulty_relay FAULT\n");
		return 2;
	}
	for (int i = 0; i < CLIENTS_MAX; i++)
		guests[i].fd = -1;
	listener = listen_anywhere();
	if (listener < 0) {
		perror("faulty_relay");
		return 1;
	}
	loop(listener);
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (guests[i].fd >= 0)
			leave(&guests[i]);
	close(listener);
	return 0;
}
