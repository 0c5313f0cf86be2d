/* SPDX-License-Identifier: MIT
 * What the kernel does with a ring's operations: anything that data/ring.h
 * allows, in any order. */
#include <errno.h>
#include <stdlib.h>

#include "tests/sim/alloc.h"
#include "tests/sim/client.h"
#include "tests/sim/ring_core.h"
#include "tests/sim/sim.h"
#include "tests/sim/sim_ring.h"

static struct sim_event *post(struct ring *r, const struct sim_op *op, int32_t res, bool more)
{
	struct sim_event *ev = sim_alloc(sizeof(*ev));

	ev->e = (struct ring_event){ .tag = op->tag, .res = res, .more = more };
	sim_vec_push(&r->events, ev);
	return ev;
}

static void post_last(struct ring *r, uint32_t i, int32_t res)
{
	struct sim_op *op = r->active.at[i];

	post(r, op, res, false)->op = op;
	sim_vec_remove(&r->active, i);
}

static void see_cancel(struct ring *r, uint64_t tag)
{
	for (uint32_t i = 0; i < r->active.len; i++) {
		struct sim_op *op = r->active.at[i];

		if (op->tag == tag)
			op->cancelled = true;
	}
}

void sim_work_see(struct ring *r)
{
	struct sim_op *op = r->submitted.at[0];

	sim_vec_remove(&r->submitted, 0);
	if (op->kind == SIM_OP_CANCEL) {
		see_cancel(r, op->tag);
		free(op);
		return;
	}
	op->sock = kernel_sock(op->fd);
	sim_check(op == (op->kind == SIM_OP_RECV ? op->sock->recv : op->sock->send),
		  "descriptor %d became another's before the kernel saw the operation", op->fd);
	sim_vec_push(&r->active, op);
}

static void buf_filled(struct ring *r, uint16_t id)
{
	r->free_head = (r->free_head + 1) % r->settings.buf_count;
	r->free_count--;
	r->buf_state[id] = SIM_BUF_SHARD;
}

static void fill_buf(struct ring *r, uint32_t i)
{
	struct sim_op *op = r->active.at[i];
	uint32_t n = (uint32_t)sock_waiting(op->sock);
	uint16_t id = r->free[r->free_head];
	bool last = sim_odd(sim.plan.spurious);
	struct sim_event *ev;
	uint8_t *data;

	if (!r->part)
		sim_buf_take(r, id);
	if (n > r->settings.buf_size - r->buf_used[id])
		n = r->settings.buf_size - r->buf_used[id];
	if (sim_odd(sim.plan.segment))
		n = sim_range(1, sim_one_in(2) ? (n < 8 ? n : 8) : n);
	data = sim_buf_show(r, id, n);
	sock_take(op->sock, data, n);
	r->part = r->settings.parts && r->buf_used[id] < r->settings.buf_size && !sim_one_in(8);
	if (!r->part)
		buf_filled(r, id);
	ev = post(r, op, (int32_t)n, !last);
	ev->e.has_buf = true;
	ev->e.buf = id;
	ev->e.data = data;
	ev->e.buf_done = !r->part;
	if (last) {
		ev->op = op;
		sim_vec_remove(&r->active, i);
	}
}

/* False: nothing to do for it now. */
static bool work_recv(struct ring *r, uint32_t i)
{
	static const int32_t odd_ends[] = { -EINTR, -EAGAIN, -ENOBUFS };
	const struct sim_op *op = r->active.at[i];
	const struct sock *s = op->sock;

	if (op->cancelled && !sim_odd(sim.plan.late_cancel)) {
		post_last(r, i, -ECANCELED);
	} else if (sock_waiting(s) > 0 && r->free_count == 0) {
		post_last(r, i, -ENOBUFS);
	} else if (sock_waiting(s) > 0 && !(s->shut && sim_one_in(4))) {
		fill_buf(r, i);
	} else if (s->error) {
		post_last(r, i, -s->error);
	} else if (s->fin || s->shut) {
		post_last(r, i, 0);
	} else if (sim_odd(sim.plan.spurious) && sim_odd(sim.plan.spurious)) {
		post_last(r, i, odd_ends[sim_below(HD_ARRAY_LEN(odd_ends))]);
	} else {
		return false;
	}
	return true;
}

static void send_bytes(struct ring *r, uint32_t i)
{
	struct sim_op *op = r->active.at[i];
	size_t room = sock_room(op->sock), n = op->len < room ? op->len : room, left;

	if (sim_odd(sim.plan.short_send))
		n = sim_range(1, (uint32_t)n);
	sim_op_check_vector(op);
	left = n;
	for (uint32_t part = 0; left > 0; part++) {
		size_t take = op->iov[part].iov_len < left ? op->iov[part].iov_len : left;

		client_got(op->sock->conn, op->iov[part].iov_base, take);
		left -= take;
	}
	op->sock->out_used += (uint32_t)n;
	post_last(r, i, (int32_t)n);
}

static bool work_send(struct ring *r, uint32_t i)
{
	const struct sim_op *op = r->active.at[i];
	const struct sock *s = op->sock;

	if (op->cancelled && !sim_odd(sim.plan.late_cancel))
		post_last(r, i, -ECANCELED);
	else if (s->shut)
		post_last(r, i, -EPIPE);
	else if (s->error)
		post_last(r, i, sim_one_in(2) ? -EPIPE : -s->error);
	else if (!op->wait && (sock_room(s) == 0 || sim_odd(sim.plan.spurious)))
		post_last(r, i, -EAGAIN);
	else if (sim_odd(sim.plan.spurious) && sim_odd(sim.plan.spurious))
		post_last(r, i, -EINTR);
	else if (sock_room(s) > 0)
		send_bytes(r, i);
	else
		return false;
	return true;
}

bool sim_ring_work(struct ring *r)
{
	uint32_t start;

	if (r->submitted.len > 0 && (r->active.len == 0 || sim_one_in(2))) {
		sim_work_see(r);
		return true;
	}
	start = r->active.len ? sim_below(r->active.len) : 0;
	for (uint32_t n = 0; n < r->active.len; n++) {
		uint32_t i = (start + n) % r->active.len;
		const struct sim_op *op = r->active.at[i];

		if (op->kind == SIM_OP_RECV ? work_recv(r, i) : work_send(r, i))
			return true;
	}
	if (r->submitted.len == 0)
		return false;
	sim_work_see(r);
	return true;
}

static bool op_can_go_on(const struct sim_op *op)
{
	const struct sock *s = op->sock;

	if (op->cancelled || s->shut || s->error)
		return true;
	if (op->kind == SIM_OP_RECV)
		return sock_waiting(s) > 0 || s->fin;
	return !op->wait || sock_room(s) > 0;
}

bool sim_ring_idle(const struct ring *r)
{
	if (r->submitted.len > 0 || r->events_at < r->events.len)
		return false;
	for (uint32_t i = 0; i < r->active.len; i++)
		if (op_can_go_on(r->active.at[i]))
			return false;
	return true;
}
