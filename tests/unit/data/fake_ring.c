/* SPDX-License-Identifier: MIT */
#include "tests/unit/data/fake_ring.h"

#include <stdlib.h>
#include <string.h>

#include "util/error.h"

int ring_new(struct ring **out, const struct ring_settings *settings)
{
	struct ring *r = calloc(1, sizeof(*r));

	hd_assert(r);
	r->settings = *settings;
	r->bufs = calloc(settings->buf_count, settings->buf_size);
	r->lent = calloc(settings->buf_count, sizeof(*r->lent));
	hd_assert(r->bufs && r->lent);
	*out = r;
	return 0;
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	free(r->bufs);
	free(r->lent);
	free(r);
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
	return r->bufs + (size_t)buf * r->settings.buf_size;
}

void ring_buf_return(struct ring *r, uint16_t buf)
{
	hd_assert(buf < r->settings.buf_count && r->lent[buf]);
	r->lent[buf] = false;
	r->lent_count--;
	memset(ring_buf(r, buf), 0xdb, r->settings.buf_size);
}

uint16_t fake_ring_lend(struct ring *r)
{
	hd_assert(r->lent_count < r->settings.buf_count);
	while (r->lent[r->next])
		r->next = (r->next + 1) % r->settings.buf_count;
	r->lent[r->next] = true;
	r->lent_count++;
	return (uint16_t)r->next;
}

uint32_t fake_ring_fill(struct ring *r, const void *data, uint32_t len, struct ring_event *e)
{
	e->buf = r->filled > 0 ? (uint16_t)r->next : fake_ring_lend(r);
	e->has_buf = true;
	e->data = ring_buf(r, e->buf) + r->filled;
	if (len > r->settings.buf_size - r->filled)
		len = r->settings.buf_size - r->filled;
	memcpy(e->data, data, len);
	e->res = (int32_t)len;
	r->filled += len;
	e->buf_done = !r->settings.parts || r->settings.buf_size - r->filled < FAKE_RING_LEFT;
	if (e->buf_done)
		r->filled = 0;
	return len;
}

struct fake_ring_op *fake_ring_find(struct ring *r, int fd, enum fake_ring_kind kind)
{
	for (int i = 0; i < FAKE_RING_OPS; i++)
		if (r->op[i].kind == kind && r->op[i].fd == fd)
			return &r->op[i];
	return NULL;
}

static uint32_t fake_ring_fd(int fd)
{
	hd_assert(fd >= FAKE_RING_FD_FIRST && fd < FAKE_RING_FD_FIRST + FAKE_RING_FDS);
	return (uint32_t)(fd - FAKE_RING_FD_FIRST);
}

static struct fake_ring_op *fake_ring_arm(struct ring *r, int fd, enum fake_ring_kind kind, uint64_t tag)
{
	hd_assert(r->closes[fake_ring_fd(fd)] == 0);
	hd_assert(!fake_ring_find(r, fd, kind)); /* one of a kind at a time */
	for (int i = 0; i < FAKE_RING_OPS; i++)
		if (r->op[i].kind == FAKE_RING_NONE) {
			r->op[i] = (struct fake_ring_op){ .kind = kind, .fd = fd, .tag = tag };
			return &r->op[i];
		}
	hd_assert(!"too many operations");
	return NULL;
}

void ring_recv(struct ring *r, int fd, uint64_t tag)
{
	(void)fake_ring_arm(r, fd, FAKE_RING_RECV, tag);
}

void ring_recv_records(struct ring *r, int fd, uint64_t tag)
{
	(void)fake_ring_arm(r, fd, FAKE_RING_RECV, tag);
}

/* Type in the first byte, contents behind it. */
void ring_record(const struct ring *r, const struct ring_event *e, struct ring_record *record)
{
	uint8_t *at = e->data;

	(void)r;
	hd_assert(e->has_buf && e->res > 0);
	*record = (struct ring_record){ .data = at + 1, .len = (uint32_t)e->res - 1, .type = at[0] };
}

static void fake_ring_send(struct ring *r, int fd, const struct iovec *iov, uint32_t count, bool wait,
			   uint64_t tag)
{
	struct fake_ring_op *op = fake_ring_arm(r, fd, FAKE_RING_SEND, tag);

	r->sends++;
	op->wait = wait;
	op->count = count;
	for (uint32_t i = 0; i < count; i++) {
		hd_assert(iov[i].iov_len > 0);
		op->iov[i] = iov[i];
		op->len += iov[i].iov_len;
	}
}

void ring_send(struct ring *r, int fd, const void *data, size_t len, bool wait, uint64_t tag)
{
	const struct iovec iov = { (void *)(uintptr_t)data, len };

	fake_ring_send(r, fd, &iov, 1, wait, tag);
}

void ring_send_gather(struct ring *r, int fd, struct ring_gather *g, bool wait, uint64_t tag)
{
	hd_assert(g->count > 0 && g->count <= RING_GATHER_MAX);
	fake_ring_send(r, fd, g->iov, g->count, wait, tag);
}

void ring_cancel(struct ring *r, uint64_t tag)
{
	r->cancels++;
	for (int i = 0; i < FAKE_RING_OPS; i++)
		if (r->op[i].kind != FAKE_RING_NONE && r->op[i].tag == tag)
			r->op[i].cancelled = true;
}

void ring_enter(struct ring *r, int64_t timeout_ns)
{
	r->entered_ns = timeout_ns;
	r->needless += r->unread && timeout_ns != 0;
	if (r->on_enter)
		r->on_enter(r->on_enter_ctx);
}

void ring_linger(struct ring *r, uint32_t events, int64_t timeout_ns)
{
	r->lingered_for = events;
	r->entered_ns = timeout_ns;
}

bool ring_next(struct ring *r, struct ring_event *e)
{
	r->unread = false;
	(void)e;
	return false; /* tests hand events to rx_event and tx_done themselves */
}

void ring_shutdown(struct ring *r, int fd)
{
	hd_assert(r->closes[fake_ring_fd(fd)] == 0);
	r->shut[fake_ring_fd(fd)] = true;
}

void ring_close(struct ring *r, int fd)
{
	hd_assert(!fake_ring_find(r, fd, FAKE_RING_RECV) && !fake_ring_find(r, fd, FAKE_RING_SEND));
	hd_assert(r->closes[fake_ring_fd(fd)]++ == 0);
}

void ring_send_last(struct ring *r, int fd, const void *data, size_t len)
{
	hd_assert(r->closes[fake_ring_fd(fd)] == 0 && !r->shut[fake_ring_fd(fd)]);
	hd_assert(!fake_ring_find(r, fd, FAKE_RING_SEND));
	hd_assert(len <= sizeof(r->last));
	memcpy(r->last, data, len);
	r->last_len = len;
}
