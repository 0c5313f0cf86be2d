/* SPDX-License-Identifier: MIT
 * A ring under the real shard code. It does what the kernel may do, in every
 * order that data/ring.h allows, and fails the run when the shard does what it
 * must not: use a closed descriptor, touch memory the kernel reads, return a
 * buffer twice, read one it has returned. */
#include "tests/sim/sim_ring.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/alloc.h"
#include "tests/sim/client.h"
#include "tests/sim/kernel.h"
#include "tests/sim/ring_core.h"
#include "tests/sim/sim.h"

#if defined(__SANITIZE_ADDRESS__)
#define SIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_ASAN 1
#endif
#endif

#ifdef SIM_ASAN
#include <sanitizer/asan_interface.h>
#define SIM_HIDE(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define SIM_SHOW(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define SIM_HIDE(p, n) ((void)(p), (void)(n))
#define SIM_SHOW(p, n) ((void)(p), (void)(n))
#endif

#define SIM_GARBAGE 0xdb

/* ---- small things ---- */

void sim_vec_push(struct sim_vec *v, void *p)
{
	if (v->len == v->cap) {
		v->cap = v->cap ? v->cap * 2 : 16;
		v->at = sim_realloc(v->at, v->cap * sizeof(*v->at));
	}
	v->at[v->len++] = p;
}

void sim_vec_remove(struct sim_vec *v, uint32_t i)
{
	v->len--;
	memmove(&v->at[i], &v->at[i + 1], (v->len - i) * sizeof(*v->at));
}

uint64_t sim_op_sum(const struct sim_op *op)
{
	uint64_t sum = 0x9ae16a3b2f90404f;

	for (uint32_t i = 0; i < op->count; i++) {
		const uint8_t *p = op->iov[i].iov_base;
		size_t n = op->iov[i].iov_len, at = 0;
		uint64_t word;

		for (; at + 8 <= n; at += 8) {
			memcpy(&word, p + at, 8);
			sum = (sum ^ word) * UINT64_C(0x9fb21c651e98df25);
			sum ^= sum >> 32;
		}
		for (; at < n; at++)
			sum = (sum ^ p[at]) * UINT64_C(0x9fb21c651e98df25);
	}
	return sum;
}

bool sim_odd(uint32_t one_in)
{
	return one_in > 0 && sim_one_in(one_in);
}

/* A shard's thread may be interrupted anywhere; here it is at the ring's calls. */
static void preempt(void)
{
	if (task_inside() && sim_odd(sim.plan.preempt))
		task_yield();
}

/* ---- buffers ---- */

static void buf_hide(struct ring *r, uint16_t id)
{
	uint8_t *p = r->bufs + (size_t)id * r->settings.buf_size;

	memset(p, SIM_GARBAGE, r->buf_used[id]);
	SIM_HIDE(p, r->settings.buf_size);
}

void sim_buf_take(struct ring *r, uint16_t id)
{
	uint8_t *p = r->bufs + (size_t)id * r->settings.buf_size;

	SIM_SHOW(p, r->settings.buf_size);
	for (uint32_t i = 0; i < r->buf_used[id]; i++)
		sim_check(p[i] == SIM_GARBAGE, "buffer %u of shard %u was written after its return", id, r->shard);
	SIM_HIDE(p, r->settings.buf_size);
	r->buf_used[id] = 0;
}

uint8_t *sim_buf_show(struct ring *r, uint16_t id, uint32_t n)
{
	uint8_t *p = r->bufs + (size_t)id * r->settings.buf_size + r->buf_used[id];

	SIM_SHOW(p, n);
	r->buf_used[id] += n;
	return p;
}

static void publish_bufs(struct ring *r)
{
	for (uint32_t i = 0; i < r->returned_count; i++) {
		r->buf_state[r->returned[i]] = SIM_BUF_KERNEL;
		r->free[(r->free_head + r->free_count++) % r->settings.buf_count] = r->returned[i];
	}
	r->returned_count = 0;
}

uint32_t ring_buf_size(const struct ring *r)
{
	return r->settings.buf_size;
}

uint32_t ring_buf_count(const struct ring *r)
{
	return r->settings.buf_count;
}

uint8_t *ring_buf(const struct ring *r, uint16_t buf)
{
	hd_assert(buf < r->settings.buf_count);
	return r->bufs + (size_t)buf * r->settings.buf_size;
}

void ring_buf_return(struct ring *r, uint16_t buf)
{
	preempt();
	hd_assert(buf < r->settings.buf_count);
	sim_check(r->buf_state[buf] == SIM_BUF_SHARD, "buffer %u of shard %u returned twice", buf, r->shard);
	r->buf_state[buf] = SIM_BUF_RETURNED;
	r->returned[r->returned_count++] = buf;
	buf_hide(r, buf);
}

/* ---- making and freeing ---- */

int ring_new(struct ring **out, const struct ring_settings *settings)
{
	struct ring *r = sim_alloc(sizeof(*r));
	size_t bytes = (size_t)settings->buf_size * settings->buf_count;

	hd_assert(sim.running >= 0);
	r->settings = *settings;
	r->shard = (uint16_t)sim.running;
	r->bufs = sim_alloc(bytes);
	r->buf_state = sim_alloc(settings->buf_count * sizeof(*r->buf_state));
	r->buf_used = sim_alloc(settings->buf_count * sizeof(*r->buf_used));
	r->free = sim_alloc(settings->buf_count * sizeof(*r->free));
	r->returned = sim_alloc(settings->buf_count * sizeof(*r->returned));
	SIM_HIDE(r->bufs, bytes);
	for (uint32_t i = 0; i < settings->buf_count; i++)
		r->free[i] = (uint16_t)i;
	r->free_count = settings->buf_count;
	sim.ring[r->shard] = r;
	*out = r;
	return 0;
}

static void free_all(struct sim_vec *v)
{
	for (uint32_t i = 0; i < v->len; i++)
		free(v->at[i]);
	free(v->at);
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	sim_check(r->active.len == 0, "ring of shard %u freed with operations", r->shard);
	/* A cancel that came too late may never have been looked at. */
	for (uint32_t i = 0; i < r->submitted.len; i++)
		sim_check(((struct sim_op *)r->submitted.at[i])->kind == SIM_OP_CANCEL,
			  "ring of shard %u freed with operations it never saw", r->shard);
	for (uint32_t i = 0; i < r->settings.buf_count; i++)
		sim_check(r->buf_state[i] != SIM_BUF_SHARD, "buffer %u of shard %u was never returned", i,
			  r->shard);
	SIM_SHOW(r->bufs, (size_t)r->settings.buf_size * r->settings.buf_count);
	free_all(&r->submitted);
	free_all(&r->active);
	free_all(&r->events);
	free(r->bufs);
	free(r->buf_state);
	free(r->buf_used);
	free(r->free);
	free(r->returned);
	sim.ring[r->shard] = NULL;
	free(r);
}

/* ---- what the shard asks for ---- */

static struct sim_op *ask(struct ring *r, enum sim_op_kind kind, int fd, uint64_t tag)
{
	struct sim_op *op = sim_alloc(sizeof(*op));

	preempt();
	op->kind = kind;
	op->fd = fd;
	op->tag = tag;
	sim_vec_push(&r->submitted, op);
	return op;
}

void ring_recv(struct ring *r, int fd, uint64_t tag)
{
	struct sock *s = kernel_sock(fd);

	sim_check(!s->recv, "two receives of client %u", s->conn);
	s->recv = ask(r, SIM_OP_RECV, fd, tag);
}

void ring_recv_records(struct ring *r, int fd, uint64_t tag)
{
	(void)tag;
	sim_fail("records are asked for on descriptor %d of shard %u", fd, r->shard);
}

void ring_record(const struct ring *r, const struct ring_event *event, struct ring_record *record)
{
	(void)event;
	(void)record;
	sim_fail("a record is asked for by shard %u", r->shard);
}

static struct sim_op *ask_send(struct ring *r, int fd, bool wait, uint64_t tag)
{
	struct sock *s = kernel_sock(fd);

	sim_check(!s->send, "two sends to client %u", s->conn);
	s->send = ask(r, SIM_OP_SEND, fd, tag);
	s->send->wait = wait;
	return s->send;
}

static void set_memory(struct sim_op *op, const struct iovec *iov, uint32_t count)
{
	hd_assert(count > 0 && count <= RING_GATHER_MAX);
	op->count = count;
	for (uint32_t i = 0; i < count; i++) {
		sim_check(iov[i].iov_len > 0, "a send of nothing");
		op->iov[i] = iov[i];
		op->len += iov[i].iov_len;
	}
	op->sum = sim_op_sum(op);
}

void sim_op_check_vector(const struct sim_op *op)
{
	if (!op->gather)
		return;
	sim_check(op->gather->count == op->count, "the vector of a send changed while the kernel had it");
	for (uint32_t i = 0; i < op->count; i++)
		sim_check(op->gather->iov[i].iov_base == op->iov[i].iov_base &&
			  op->gather->iov[i].iov_len == op->iov[i].iov_len,
			  "the vector of a send changed while the kernel had it");
}

void ring_send(struct ring *r, int fd, const void *data, size_t len, bool wait, uint64_t tag)
{
	const struct iovec iov = { (void *)(uintptr_t)data, len };

	set_memory(ask_send(r, fd, wait, tag), &iov, 1);
}

void ring_send_gather(struct ring *r, int fd, struct ring_gather *g, bool wait, uint64_t tag)
{
	struct sim_op *op = ask_send(r, fd, wait, tag);

	op->gather = g;
	set_memory(op, g->iov, g->count);
}

void ring_cancel(struct ring *r, uint64_t tag)
{
	(void)ask(r, SIM_OP_CANCEL, -1, tag);
}

void ring_shutdown(struct ring *r, int fd)
{
	struct sock *s = kernel_sock(fd);

	preempt();
	if (!s->shut)
		s->shut_ms = sim_shard(r->shard)->now_ms;
	s->shut = true;
}

void ring_send_last(struct ring *r, int fd, const void *data, size_t len)
{
	struct sock *s = kernel_sock(fd);
	size_t room = sock_room(s), n = len < room ? len : room;

	preempt();
	sim_check(sim.conns[s->conn].keys, "last words of %zu bytes on the plain descriptor %d of shard %u",
		  len, fd, r->shard);
	sim_check(!s->send && !s->shut, "last words to client %u beside a send, or behind the end", s->conn);
	if (s->error || n == 0)
		return;
	client_got(s->conn, data, n);
	s->out_used += (uint32_t)n;
}

void ring_close(struct ring *r, int fd)
{
	(void)r;
	preempt();
	kernel_close(fd);
}

/* ---- entering ---- */

bool sim_ring_asleep(const struct ring *r)
{
	return r->asleep;
}

uint64_t sim_ring_deadline_ns(const struct ring *r)
{
	return r->deadline_ns;
}

bool sim_ring_ready(struct ring *r)
{
	uint64_t count;

	if (read(r->settings.wake_fd, &count, sizeof(count)) > 0)
		r->woken = true;
	return r->woken || r->events_at + r->events_wanted <= r->events.len || sim.now_ns >= r->deadline_ns;
}

static void submit(struct ring *r)
{
	/* A submission thread looks when it likes. */
	while (r->submitted.len > 0 && !(sim.plan.async && sim_one_in(4)))
		sim_work_see(r);
}

static void enter(struct ring *r, uint32_t events, int64_t timeout_ns)
{
	publish_bufs(r);
	submit(r);
	for (uint32_t n = sim_below(12); n > 0 && sim_ring_work(r); n--)
		continue;
	r->deadline_ns = timeout_ns < 0 ? SIM_NEVER : sim.now_ns + (uint64_t)timeout_ns;
	r->events_wanted = events;
	r->asleep = timeout_ns != 0 && !sim_ring_ready(r);
	task_yield();
	r->asleep = false;
}

void ring_enter(struct ring *r, int64_t timeout_ns)
{
	enter(r, 1, timeout_ns);
}

/* Sends need not have ended when they are submitted here: a longer wait. */
void ring_linger(struct ring *r, uint32_t events, int64_t timeout_ns)
{
	enter(r, events, timeout_ns);
}

static void events_compact(struct ring *r)
{
	if (r->events_at == r->events.len) {
		r->events.len = 0;
		r->events_at = 0;
	}
}

/* The shard has the last event: from now on the descriptor and the memory are its own. */
static void op_ended(struct sim_op *op)
{
	if (op->kind == SIM_OP_RECV) {
		op->sock->recv = NULL;
	} else {
		sim_op_check_vector(op);
		sim_check(sim_op_sum(op) == op->sum,
			  "memory of a send to client %u changed while the kernel had it", op->sock->conn);
		op->sock->send = NULL;
	}
	free(op);
}

bool ring_next(struct ring *r, struct ring_event *e)
{
	struct sim_event *ev;

	preempt();
	if (sim.plan.async && sim_one_in(3))
		(void)sim_ring_work(r);
	if (r->events_at == r->events.len) {
		r->woken = false; /* a wake-up is an event of the ring's own */
		return false;
	}
	ev = r->events.at[r->events_at++];
	*e = ev->e;
	if (ev->op && ev->op->kind == SIM_OP_SEND && e->res > 0 && !ev->op->sock->shut)
		ev->op->sock->took_ms = sim_shard(r->shard)->now_ms;
	if (ev->op)
		op_ended(ev->op);
	free(ev);
	events_compact(r);
	return true;
}
