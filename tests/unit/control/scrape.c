/* SPDX-License-Identifier: MIT */
#include "tests/unit/control/scrape.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/listener.h"
#include "proto/http_response.h"
#include "tests/unit/control/events.h"
#include "tests/unit/control/must.h"
#include "util/error.h"
#include "util/mono.h"

#define ANSWER_MAX (1 << 28)

struct page_site scrape_site;
struct stats_registry *scrape_registry;
struct presence *scrape_presence;

static struct {
	bool running;
	int listen_fd;
	int quit_fd;
	struct loop *loop;
	struct loop_io quit_io;
	struct metrics_server *server;
	pthread_t thread;
} host;

void scrape_setup(void)
{
	scrape_registry = stats_registry_new();
	scrape_presence = presence_new(1);
	scrape_site = (struct page_site){
		.registry = scrape_registry,
		.presence = scrape_presence,
		.version = "1.2.3",
		.started_ns = mono_now_ns(),
		.workers = 1,
		.debug_endpoints = true,
	};
	host.running = false;
}

static void stop(void)
{
	ck_assert_int_eq(eventfd_write(host.quit_fd, 1), 0);
	ck_assert_int_eq(pthread_join(host.thread, NULL), 0);
	metrics_server_free(host.server);
	loop_remove(host.loop, &host.quit_io);
	loop_free(host.loop);
	close(host.quit_fd);
	close(host.listen_fd);
}

void scrape_teardown(void)
{
	if (host.running)
		stop();
	presence_free(scrape_presence);
	stats_registry_free(scrape_registry);
}

void scrape_add_peers(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct event e = events_make(EVENT_JOINED, i, (struct peer_id){ 0, i, 1 });
		struct presence_conn *c;
		bool first;

		must(presence_join(scrape_presence, &c, &first, &e, mono_now_ns()) == 0, "no memory");
	}
}

static void on_quit(struct loop *l, struct loop_io *io, uint32_t events)
{
	(void)io;
	(void)events;
	loop_quit(l);
}

static void *serve(void *arg)
{
	(void)arg;
	loop_run(host.loop, NULL, NULL);
	return NULL;
}

void scrape_start(const struct metrics_server_limits *limits)
{
	char why[256] = "";

	host.listen_fd = listener_open("127.0.0.1", 0, why, sizeof(why));
	ck_assert_msg(host.listen_fd >= 0, "%s", why);
	host.quit_fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(host.quit_fd, 0);
	ck_assert_int_eq(loop_new(&host.loop), 0);
	ck_assert_int_eq(loop_add(host.loop, &host.quit_io, host.quit_fd, EPOLLIN, on_quit), 0);
	ck_assert_int_eq(metrics_server_new(&host.server, host.loop, host.listen_fd, &scrape_site, limits), 0);
	ck_assert_int_eq(pthread_create(&host.thread, NULL, serve, NULL), 0);
	host.running = true;
}

void scrape_connect(struct scrape_client *c, uint16_t port, int receive_buffer)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;

	to.sin_port = htons(port ? port : listener_port(host.listen_fd));
	bytes_init(&c->in, ANSWER_MAX);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(c->fd, 0);
	if (receive_buffer)
		ck_assert_int_eq(setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(int)), 0);
	ck_assert_int_eq(setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
	ck_assert_int_eq(connect(c->fd, (struct sockaddr *)&to, sizeof(to)), 0);
}

void scrape_close(struct scrape_client *c)
{
	close(c->fd);
	bytes_release(&c->in);
}

void scrape_send(struct scrape_client *c, const void *data, size_t len)
{
	ck_assert_int_eq(send(c->fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

void scrape_send_text(struct scrape_client *c, const char *text)
{
	scrape_send(c, text, strlen(text));
}

static bool receive(struct scrape_client *c)
{
	ssize_t n;

	ck_assert_int_eq(bytes_reserve(&c->in, 65536), 0);
	n = recv(c->fd, c->in.data + c->in.len, 65536, 0);
	if (n > 0)
		c->in.len += (size_t)n;
	return n > 0;
}

bool scrape_ended(struct scrape_client *c)
{
	return c->in.len == 0 && !receive(c);
}

static bool field_is(const struct http_response *res, const char *name, const char *value)
{
	const struct http_text *text = http_response_field_of(res, name);

	return text && http_text_is_nocase(*text, value);
}

static size_t number(const char *at, size_t len, int base)
{
	char copy[32];
	char *end;
	size_t n;

	ck_assert_uint_lt(len, sizeof(copy));
	memcpy(copy, at, len);
	copy[len] = '\0';
	n = strtoul(copy, &end, base);
	ck_assert(len > 0 && *end == '\0');
	return n;
}

static bool read_head(struct scrape_client *c, struct scrape_answer *a)
{
	static struct http_response res;
	const struct http_text *text;
	size_t scanned = 0;
	int rc;

	while ((rc = http_response_parse(&res, c->in.data, c->in.len, &scanned)) == ERROR_MORE)
		if (!receive(c))
			return false;
	ck_assert_int_eq(rc, 0);
	a->status = res.status;
	a->close = field_is(&res, "Connection", "close");
	a->chunked = field_is(&res, "Transfer-Encoding", "chunked");
	text = http_response_field_of(&res, "Content-Length");
	a->length = text ? number(text->at, text->len, 10) : SIZE_MAX;
	text = http_response_field_of(&res, "Allow");
	snprintf(a->allow, sizeof(a->allow), "%.*s", text ? (int)text->len : 0, text ? text->at : "");
	bytes_consume(&c->in, res.head_len);
	return true;
}

static bool take_body(struct scrape_client *c, struct scrape_answer *a, size_t len)
{
	while (c->in.len < len)
		if (!receive(c))
			return false;
	ck_assert_int_eq(bytes_append(&a->body, c->in.data, len), 0);
	bytes_consume(&c->in, len);
	return true;
}

static bool read_chunk(struct scrape_client *c, struct scrape_answer *a, size_t *len)
{
	const uint8_t *end;
	size_t head;

	while (!c->in.len || !(end = memchr(c->in.data, '\n', c->in.len)))
		if (!receive(c))
			return false;
	head = (size_t)(end - c->in.data);
	ck_assert_uint_gt(head, 1);
	*len = number((const char *)c->in.data, head - 1, 16);
	bytes_consume(&c->in, head + 1);
	if (!take_body(c, a, *len + 2))
		return false;
	ck_assert_mem_eq(a->body.data + a->body.len - 2, "\r\n", 2);
	a->body.len -= 2;
	return true;
}

static bool read_body(struct scrape_client *c, struct scrape_answer *a)
{
	size_t len = 1;

	if (a->chunked) {
		while (len > 0)
			if (!read_chunk(c, a, &len))
				return false;
		return true;
	}
	if (a->length != SIZE_MAX)
		return take_body(c, a, a->length);
	ck_assert(a->close);
	while (receive(c))
		continue;
	return take_body(c, a, c->in.len);
}

bool scrape_read(struct scrape_client *c, struct scrape_answer *a, bool head_only)
{
	bool whole;

	bytes_init(&a->body, ANSWER_MAX);
	whole = read_head(c, a) && (head_only || read_body(c, a));
	if (whole) {
		ck_assert_int_eq(bytes_append(&a->body, "", 1), 0); /* for string functions */
		a->body.len--;
	}
	return whole;
}

void scrape_answer_free(struct scrape_answer *a)
{
	bytes_release(&a->body);
}

int scrape_get(uint16_t port, const char *path, struct scrape_answer *a)
{
	struct scrape_client c;
	char request[256];

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", path);
	scrape_connect(&c, port, 0);
	scrape_send_text(&c, request);
	if (!scrape_read(&c, a, false))
		a->status = 0;
	scrape_close(&c);
	return a->status;
}
