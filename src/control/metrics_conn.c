/* SPDX-License-Identifier: MIT */
#include "control/metrics_conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/http_request.h"
#include "proto/http_response.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/writer.h"

#define READ_SIZE 4096
#define RESPONSE_HEAD_MAX 1024
#define CHUNK_HEAD_SIZE 8 /* six digits and CRLF: leading zeroes are fine */
#define OUT_MAX (RESPONSE_HEAD_MAX + PAGE_PART_MAX + 2 * CHUNK_HEAD_SIZE)

enum conn_state {
	CONN_READING,   /* waits for a request, or for the rest of one */
	CONN_WRITING,   /* has an answer under way */
	CONN_LINGERING, /* said all; waits for the client to close, so that no reset overtakes the answer */
	CONN_CLOSED,    /* to be freed */
};

/* How the end of a body is told. */
enum body_framing { BODY_LENGTH, BODY_CHUNKED, BODY_UNTIL_CLOSE };

struct metrics_conn {
	struct loop_io io;
	struct loop_timer deadline;
	struct list_node node;
	struct metrics_conn_setup setup;
	struct bytes in;
	size_t scanned;  /* http_request_parse's */
	struct bytes out;
	size_t out_sent; /* bytes of out */
	struct page page;
	enum conn_state state;
	enum body_framing framing;
	bool request_begun; /* its deadline is running */
	bool close_after;   /* this answer is the last */
};

static void set_deadline(struct metrics_conn *c, uint32_t ms)
{
	loop_timer_set(c->setup.loop, &c->deadline, ms);
}

/* The one place that changes a connection's state. */
static void enter(struct metrics_conn *c, enum conn_state state)
{
	const struct metrics_conn_limits *limits = c->setup.limits;

	c->state = state;
	switch (state) {
	case CONN_READING:
		c->scanned = 0;
		c->request_begun = false;
		set_deadline(c, limits->idle_ms);
		/* A request that is here already is taken in the next pass: others first. */
		loop_modify(c->setup.loop, &c->io, c->in.len ? EPOLLIN | EPOLLOUT : EPOLLIN);
		return;
	case CONN_WRITING:
		set_deadline(c, limits->response_ms);
		loop_modify(c->setup.loop, &c->io, EPOLLOUT);
		return;
	case CONN_LINGERING:
		shutdown(c->io.fd, SHUT_WR);
		set_deadline(c, limits->linger_ms);
		loop_modify(c->setup.loop, &c->io, EPOLLIN);
		return;
	case CONN_CLOSED:
		return;
	}
}

static int put_head(struct metrics_conn *c, size_t body_len)
{
	uint8_t head[RESPONSE_HEAD_MAX];
	struct writer w = writer_over(head, sizeof(head));

	http_response_begin(&w, c->page.status);
	http_response_field(&w, "Content-Type", c->page.content_type);
	http_response_field(&w, "Cache-Control", "no-store");
	if (c->page.status == 405)
		http_response_field(&w, "Allow", "GET, HEAD");
	if (c->framing == BODY_CHUNKED)
		http_response_field(&w, "Transfer-Encoding", "chunked");
	if (c->framing == BODY_LENGTH)
		http_response_end(&w, NULL, body_len, c->close_after, true);
	else
		http_response_end_empty(&w, c->close_after);
	hd_assert(!w.failed); /* all fields are ours */
	return bytes_append(&c->out, head, writer_len(&w));
}

static int put_chunk(struct metrics_conn *c, const struct bytes *part)
{
	int err = 0;

	/* An empty chunk would end the body. */
	if (part->len > 0)
		err = bytes_printf(&c->out, "%06zx\r\n", part->len);
	if (!err)
		err = bytes_append(&c->out, part->data, part->len);
	if (!err && part->len > 0)
		err = bytes_append_text(&c->out, "\r\n");
	if (!err && c->page.whole)
		err = bytes_append_text(&c->out, "0\r\n\r\n");
	return err;
}

static int put_part(struct metrics_conn *c, const struct bytes *part)
{
	if (c->framing == BODY_CHUNKED)
		return put_chunk(c, part);
	return bytes_append(&c->out, part->data, part->len);
}

/* Starts the answer with the page's first part: a page that is whole with it
 * has a length, others are told piece by piece. */
static int begin_answer(struct metrics_conn *c, bool head_only, int version_minor)
{
	struct bytes part;
	int err;

	bytes_init(&part, PAGE_PART_MAX);
	err = page_next_part(&c->page, &part);
	if (c->page.whole)
		c->framing = BODY_LENGTH;
	else
		c->framing = version_minor > 0 ? BODY_CHUNKED : BODY_UNTIL_CLOSE;
	if (!err)
		err = put_head(c, part.len);
	if (!err && !head_only)
		err = put_part(c, &part);
	if (head_only)
		c->page.whole = true;
	bytes_release(&part);
	return err;
}

static void answer(struct metrics_conn *c, bool head_only, int version_minor)
{
	if (begin_answer(c, head_only, version_minor) < 0)
		enter(c, CONN_CLOSED);
	else
		enter(c, CONN_WRITING);
}

static void answer_status(struct metrics_conn *c, int status)
{
	c->close_after = true;
	page_open_status(&c->page, c->setup.site, status);
	answer(c, false, 1);
}

/* Bodies are never read: the connection ends with the answer instead. */
static bool has_body(const struct http_request *req)
{
	const struct http_text *length = http_request_field(req, "Content-Length");

	return http_request_field(req, "Transfer-Encoding") || (length && !http_text_is(*length, "0"));
}

static void take_request(struct metrics_conn *c, const struct http_request *req)
{
	size_t head_len = req->head_len;

	c->close_after = req->version_minor == 0 || has_body(req) ||
			 http_request_has_token(req, "Connection", "close");
	page_open(&c->page, c->setup.site, req, c->setup.loopback);
	answer(c, http_text_is(req->method, "HEAD"), req->version_minor);
	bytes_consume(&c->in, head_len);
}

static void await_rest(struct metrics_conn *c)
{
	if (c->in.len >= METRICS_CONN_HEAD_MAX) {
		answer_status(c, 431);
		return;
	}
	if (c->in.len > 0 && !c->request_begun) {
		c->request_begun = true;
		set_deadline(c, c->setup.limits->request_ms);
	}
	loop_modify(c->setup.loop, &c->io, EPOLLIN);
}

static void look_for_request(struct metrics_conn *c)
{
	struct http_request req;

	switch (http_request_parse(&req, c->in.data, c->in.len, &c->scanned)) {
	case 0:
		take_request(c, &req);
		return;
	case ERROR_MORE:
		await_rest(c);
		return;
	case ERROR_TOO_BIG:
		answer_status(c, 431);
		return;
	case ERROR_UNSUPPORTED:
		answer_status(c, 505);
		return;
	default:
		answer_status(c, 400);
		return;
	}
}

/* False if there is nothing more to do with the connection in this pass. */
static bool receive(struct metrics_conn *c)
{
	size_t room = METRICS_CONN_HEAD_MAX - c->in.len;
	ssize_t n;

	if (room > READ_SIZE)
		room = READ_SIZE;
	if (room == 0)
		return true;
	if (bytes_reserve(&c->in, room) < 0) {
		enter(c, CONN_CLOSED);
		return false;
	}
	n = recv(c->io.fd, c->in.data + c->in.len, room, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return c->in.len > 0;
	if (n <= 0) {
		enter(c, CONN_CLOSED);
		return false;
	}
	c->in.len += (size_t)n;
	return true;
}

static void read_request(struct metrics_conn *c, uint32_t events)
{
	if ((events & EPOLLIN) && !receive(c))
		return;
	look_for_request(c);
}

static void end_answer(struct metrics_conn *c)
{
	bytes_release(&c->out);
	if (c->in.len == 0)
		bytes_release(&c->in); /* it may be idle for long */
	enter(c, c->close_after ? CONN_LINGERING : CONN_READING);
}

static void next_part(struct metrics_conn *c)
{
	struct bytes part;
	int err;

	bytes_consume(&c->out, c->out.len);
	c->out_sent = 0;
	bytes_init(&part, PAGE_PART_MAX);
	err = page_next_part(&c->page, &part);
	if (!err)
		err = put_part(c, &part);
	bytes_release(&part);
	if (err < 0)
		enter(c, CONN_CLOSED);
}

/* One write and at most one new part per pass. */
static void write_answer(struct metrics_conn *c)
{
	ssize_t n = send(c->io.fd, c->out.data + c->out_sent, c->out.len - c->out_sent, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		enter(c, CONN_CLOSED);
		return;
	}
	c->out_sent += (size_t)n;
	if (c->out_sent < c->out.len)
		return;
	if (!c->page.whole) {
		next_part(c);
		return;
	}
	c->out_sent = 0;
	end_answer(c);
}

static void discard(struct metrics_conn *c)
{
	uint8_t waste[READ_SIZE];
	ssize_t n = recv(c->io.fd, waste, sizeof(waste), 0);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		enter(c, CONN_CLOSED);
}

static void finish_if_closed(struct metrics_conn *c)
{
	if (c->state != CONN_CLOSED)
		return;
	c->setup.closed(c->setup.owner, c);
	metrics_conn_free(c);
}

static void on_io(struct loop *l, struct loop_io *io, uint32_t events)
{
	struct metrics_conn *c = list_entry(io, struct metrics_conn, io);

	(void)l;
	if (events & (EPOLLERR | EPOLLHUP))
		enter(c, CONN_CLOSED);
	else if (c->state == CONN_READING)
		read_request(c, events);
	else if (c->state == CONN_WRITING)
		write_answer(c);
	else
		discard(c);
	finish_if_closed(c);
}

static void on_deadline(struct loop *l, struct loop_timer *t)
{
	struct metrics_conn *c = list_entry(t, struct metrics_conn, deadline);

	(void)l;
	enter(c, CONN_CLOSED);
	finish_if_closed(c);
}

struct metrics_conn *metrics_conn_new(int fd, const struct metrics_conn_setup *setup)
{
	struct metrics_conn *c = calloc(1, sizeof(*c));

	if (!c || loop_add(setup->loop, &c->io, fd, EPOLLIN, on_io) < 0) {
		free(c);
		close(fd);
		return NULL;
	}
	c->setup = *setup;
	list_node_init(&c->node);
	loop_timer_init(&c->deadline, on_deadline);
	bytes_init(&c->in, METRICS_CONN_HEAD_MAX);
	bytes_init(&c->out, OUT_MAX);
	if (setup->refuse)
		answer_status(c, 503);
	else
		enter(c, CONN_READING);
	if (c->state == CONN_CLOSED) {
		metrics_conn_free(c);
		return NULL;
	}
	return c;
}

void metrics_conn_free(struct metrics_conn *c)
{
	int fd = c->io.fd;

	loop_timer_cancel(c->setup.loop, &c->deadline);
	loop_remove(c->setup.loop, &c->io);
	close(fd);
	list_remove(&c->node);
	bytes_release(&c->in);
	bytes_release(&c->out);
	free(c);
}

struct list_node *metrics_conn_node(struct metrics_conn *c)
{
	return &c->node;
}

struct metrics_conn *metrics_conn_of_node(struct list_node *n)
{
	return list_entry(n, struct metrics_conn, node);
}

bool metrics_conn_is_refused(const struct metrics_conn *c)
{
	return c->setup.refuse;
}
