/* SPDX-License-Identifier: MIT
 * The ring on io_uring. Kernel 6.1 and liburing 2.3 are enough. */
#include "data/ring.h"

#include <errno.h>
#include <linux/tls.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/error.h"

#define RING_SQ_ENTRIES 1024
#define RING_CQ_ENTRIES 8192
#define RING_BUF_GROUP 0
/* Buffers by parts: IOU_PBUF_RING_INC and IORING_CQE_F_BUF_MORE of Linux 6.12, min_left
 * of 7.1 and later 6.18 and 6.12. Who takes min_left has the repairs that came before
 * it: of lengths that were read twice, of a BUF_MORE lost at the end of a stream. */
#define RING_PARTS_FLAG 2
#define RING_PARTS_MORE (UINT32_C(1) << 4)
#define RING_PARTS_LEFT 2048 /* with less room a buffer is done: a packet would be cut for sure */
#define RING_PARTS_SIZE (64 * 1024)
#define RING_PARTS_COUNT 8
#ifndef SOL_TLS
#define SOL_TLS 282
#endif
#define RING_RECORD_CONTROL CMSG_SPACE(1)
#define RING_RECORD_DATA 23 /* RFC 8446, 5.1: application_data */

/* Tags of the ring's own operations; the callers' have a lower top byte. */
#define RING_TAG_WAKE UINT64_C(0xff00000000000001)
#define RING_TAG_NONE UINT64_C(0xff00000000000002)

struct ring {
	struct io_uring uring;
	struct io_uring_buf_ring *buf_ring;
	size_t buf_ring_bytes;
	uint8_t *bufs;
	size_t bufs_bytes;
	uint32_t buf_size;
	uint32_t buf_count;
	uint32_t *filled;  /* [buf_count] bytes of each in parts; NULL: a receive takes a whole buffer */
	uint32_t returned; /* added to the buffer ring, not yet published */
	uint32_t reaped;   /* completions taken, not yet given back */
	uint32_t quick;    /* sends asked for since the last enter that end as they are submitted */
	int wake_fd;
	bool wake_armed;
	struct msghdr record_msg; /* what is asked of a receive of records: the type, no address */
};

/* Room for one submission; submitting early when the queue is full keeps the
 * order of submission. */
static struct io_uring_sqe *ring_sqe(struct ring *r)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&r->uring);

	while (!sqe) {
		int rc = io_uring_submit(&r->uring);

		/* -EBUSY: completions must be reaped before more can be
		 * submitted; the kernel moves overflown ones on entering. */
		hd_assert(rc >= 0 || rc == -EINTR || rc == -EAGAIN || rc == -EBUSY);
		if (rc == -EBUSY)
			io_uring_get_events(&r->uring);
		sqe = io_uring_get_sqe(&r->uring);
	}
	return sqe;
}

static int ring_setup(struct ring *r, bool sqpoll)
{
	struct io_uring_params p;

	memset(&p, 0, sizeof(p));
	p.flags = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER;
	p.cq_entries = RING_CQ_ENTRIES;
	if (sqpoll) {
		p.flags |= IORING_SETUP_SQPOLL;
		p.sq_thread_idle = 50; /* ms */
	} else {
		p.flags |= IORING_SETUP_DEFER_TASKRUN;
	}
	return io_uring_queue_init_params(RING_SQ_ENTRIES, &r->uring, &p);
}

static void *ring_map(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void ring_buf_put(struct ring *r, uint16_t buf)
{
	io_uring_buf_ring_add(r->buf_ring, ring_buf(r, buf), r->buf_size, buf,
			      io_uring_buf_ring_mask(r->buf_count), (int)r->returned);
	r->returned++;
}

static void ring_publish_bufs(struct ring *r)
{
	if (r->returned) {
		io_uring_buf_ring_advance(r->buf_ring, (int)r->returned);
		r->returned = 0;
	}
}

/* struct io_uring_buf_reg of Linux 7.1. */
struct ring_buf_reg {
	uint64_t ring_addr;
	uint32_t ring_entries;
	uint16_t bgid;
	uint16_t flags;
	uint32_t min_left;
	uint32_t reserved[5];
};
_Static_assert(sizeof(struct ring_buf_reg) == sizeof(struct io_uring_buf_reg), "only names are new");

static int ring_register(struct ring *r, uint32_t entries, uint16_t flags, uint32_t min_left)
{
	struct ring_buf_reg new = { .ring_addr = (uint64_t)(uintptr_t)r->buf_ring,
				    .ring_entries = entries,
				    .bgid = RING_BUF_GROUP,
				    .flags = flags,
				    .min_left = min_left };
	struct io_uring_buf_reg reg;

	memcpy(&reg, &new, sizeof(reg));
	return io_uring_register_buf_ring(&r->uring, &reg, 0);
}

/* Fewer and larger ones; and half the memory, for parts lie close, and what is used in
 * turn is to stay within the cache. */
static bool ring_share_bufs(struct ring *r)
{
	uint32_t size = r->buf_size, count = r->buf_count;

	for (; size < RING_PARTS_SIZE && count / 2 >= RING_PARTS_COUNT; count /= 2)
		size *= 2;
	if (count / 2 >= RING_PARTS_COUNT)
		count /= 2;
	if (ring_register(r, count, RING_PARTS_FLAG, RING_PARTS_LEFT) < 0)
		return false;
	r->buf_size = size;
	r->buf_count = count;
	return true;
}

static int ring_register_bufs(struct ring *r, bool parts)
{
	if (!parts || !ring_share_bufs(r))
		return ring_register(r, r->buf_count, 0, 0);
	r->filled = calloc(r->buf_count, sizeof(*r->filled));
	return r->filled ? 0 : -ENOMEM;
}

static int ring_setup_bufs(struct ring *r, const struct ring_settings *s)
{
	int rc;

	r->buf_size = s->buf_size;
	r->buf_count = s->buf_count;
	r->bufs_bytes = (size_t)r->buf_size * r->buf_count;
	r->buf_ring_bytes = r->buf_count * sizeof(struct io_uring_buf);
	r->bufs = ring_map(r->bufs_bytes);
	r->buf_ring = ring_map(r->buf_ring_bytes);
	if (!r->bufs || !r->buf_ring)
		return -ENOMEM;
	rc = ring_register_bufs(r, s->parts);
	if (rc < 0)
		return rc;
	io_uring_buf_ring_init(r->buf_ring);
	for (uint32_t i = 0; i < r->buf_count; i++)
		ring_buf_put(r, (uint16_t)i);
	ring_publish_bufs(r);
	return 0;
}

static void ring_arm_wake(struct ring *r)
{
	struct io_uring_sqe *sqe = ring_sqe(r);

	io_uring_prep_poll_multishot(sqe, r->wake_fd, POLLIN);
	io_uring_sqe_set_data64(sqe, RING_TAG_WAKE);
	r->wake_armed = true;
}

static void ring_unmap(struct ring *r)
{
	if (r->bufs)
		munmap(r->bufs, r->bufs_bytes);
	if (r->buf_ring)
		munmap(r->buf_ring, r->buf_ring_bytes);
	free(r->filled);
	free(r);
}

int ring_new(struct ring **ring, const struct ring_settings *s)
{
	struct ring *r = calloc(1, sizeof(*r));
	int rc;

	hd_assert(!s->parts || !s->sqpoll);
	hd_assert(s->buf_count > 0 && s->buf_count <= 32768 && (s->buf_count & (s->buf_count - 1)) == 0);
	if (!r)
		return ERROR_NO_MEMORY;
	rc = ring_setup(r, s->sqpoll);
	if (rc < 0) {
		ring_unmap(r);
		errno = -rc;
		return rc == -ENOMEM ? ERROR_NO_MEMORY : ERROR_UNSUPPORTED;
	}
	rc = ring_setup_bufs(r, s);
	if (rc < 0) {
		io_uring_queue_exit(&r->uring);
		ring_unmap(r);
		errno = -rc;
		return rc == -ENOMEM ? ERROR_NO_MEMORY : ERROR_UNSUPPORTED;
	}
	/* A registered ring descriptor saves its look-up on every enter;
	 * without it all works too. */
	(void)io_uring_register_ring_fd(&r->uring);
	r->wake_fd = s->wake_fd;
	r->record_msg.msg_controllen = RING_RECORD_CONTROL;
	ring_arm_wake(r);
	*ring = r;
	return 0;
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	io_uring_queue_exit(&r->uring);
	ring_unmap(r);
}

uint32_t ring_buf_size(const struct ring *r)
{
	return r->buf_size;
}

uint32_t ring_buf_count(const struct ring *r)
{
	return r->buf_count;
}

uint8_t *ring_buf(const struct ring *r, uint16_t buf)
{
	return r->bufs + (size_t)buf * r->buf_size;
}

void ring_buf_return(struct ring *r, uint16_t buf)
{
	hd_assert(buf < r->buf_count);
	ring_buf_put(r, buf);
}

void ring_recv(struct ring *r, int fd, uint64_t tag)
{
	struct io_uring_sqe *sqe = ring_sqe(r);

	io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = RING_BUF_GROUP;
	io_uring_sqe_set_data64(sqe, tag);
}

static int ring_send_flags(bool wait)
{
	return MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT);
}

void ring_recv_records(struct ring *r, int fd, uint64_t tag)
{
	struct io_uring_sqe *sqe = ring_sqe(r);

	hd_assert(!r->filled);
	io_uring_prep_recvmsg_multishot(sqe, fd, &r->record_msg, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = RING_BUF_GROUP;
	io_uring_sqe_set_data64(sqe, tag);
}

void ring_send(struct ring *r, int fd, const void *data, size_t len, bool wait, uint64_t tag)
{
	struct io_uring_sqe *sqe = ring_sqe(r);

	r->quick += !wait;
	io_uring_prep_send(sqe, fd, data, len, ring_send_flags(wait));
	io_uring_sqe_set_data64(sqe, tag);
}

void ring_send_gather(struct ring *r, int fd, struct ring_gather *g, bool wait, uint64_t tag)
{
	struct io_uring_sqe *sqe = ring_sqe(r);

	hd_assert(g->count > 0 && g->count <= RING_GATHER_MAX);
	r->quick += !wait;
	memset(&g->msg, 0, sizeof(g->msg));
	g->msg.msg_iov = g->iov;
	g->msg.msg_iovlen = g->count;
	io_uring_prep_sendmsg(sqe, fd, &g->msg, (unsigned)ring_send_flags(wait));
	io_uring_sqe_set_data64(sqe, tag);
}

void ring_cancel(struct ring *r, uint64_t tag)
{
	struct io_uring_sqe *sqe = ring_sqe(r);

	io_uring_prep_cancel64(sqe, tag, 0);
	/* Success makes no completion of its own, failure (already ended) does:
	 * it is recognised by this tag and dropped. */
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	io_uring_sqe_set_data64(sqe, RING_TAG_NONE);
}

static void ring_give_back(struct ring *r)
{
	if (r->reaped) {
		io_uring_cq_advance(&r->uring, r->reaped);
		r->reaped = 0;
	}
}

static void ring_prepare(struct ring *r)
{
	ring_give_back(r);
	ring_publish_bufs(r);
	if (!r->wake_armed)
		ring_arm_wake(r);
}

static int ring_wait(struct ring *r, uint32_t events, int64_t timeout_ns)
{
	struct __kernel_timespec ts = { .tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000 };
	struct io_uring_cqe *cqe;

	return io_uring_submit_and_wait_timeout(&r->uring, &cqe, events, &ts, NULL);
}

static void ring_check(int rc)
{
	hd_assert(rc >= 0 || rc == -ETIME || rc == -EINTR || rc == -EAGAIN || rc == -EBUSY);
}

void ring_linger(struct ring *r, uint32_t events, int64_t timeout_ns)
{
	uint32_t quick = r->quick;

	ring_prepare(r);
	r->quick = 0;
	ring_check(ring_wait(r, quick + events, timeout_ns));
}

void ring_enter(struct ring *r, int64_t timeout_ns)
{
	int rc;

	ring_prepare(r);
	r->quick = 0;
	if (timeout_ns == 0) {
		rc = io_uring_submit_and_get_events(&r->uring);
	} else if (timeout_ns < 0) {
		rc = io_uring_submit_and_wait(&r->uring, 1);
	} else {
		rc = ring_wait(r, 1, timeout_ns);
	}
	ring_check(rc);
}

/* The ring's own completions end here. */
static bool ring_own_event(struct ring *r, const struct io_uring_cqe *cqe)
{
	if (cqe->user_data == RING_TAG_NONE)
		return true;
	if (cqe->user_data != RING_TAG_WAKE)
		return false;
	if (!(cqe->flags & IORING_CQE_F_MORE))
		r->wake_armed = false;
	return true;
}

void ring_record(const struct ring *r, const struct ring_event *e, struct ring_record *record)
{
	struct msghdr *m = (struct msghdr *)(uintptr_t)&r->record_msg;
	struct io_uring_recvmsg_out *out = io_uring_recvmsg_validate(e->data, e->res, m);
	const struct cmsghdr *c;

	hd_assert(e->has_buf);
	*record = (struct ring_record){ 0 };
	if (!out)
		return;
	c = io_uring_recvmsg_cmsg_firsthdr(out, m);
	if (c && c->cmsg_level == SOL_TLS && c->cmsg_type == TLS_GET_RECORD_TYPE)
		record->type = *CMSG_DATA(c);
	record->data = io_uring_recvmsg_payload(out, m);
	record->len = io_uring_recvmsg_payload_length(out, e->res, m);
	if (record->len > 0 && record->type == 0)
		record->type = RING_RECORD_DATA;
}

/* Parts come in the order in which they lie in their buffer: who takes them is told
 * of each before another receive is looked at. (Only what ends a receive is told of
 * later, and that brings nothing: its buffer stays with the kernel.) */
static void ring_part(struct ring *r, struct ring_event *e, bool goes_on)
{
	uint32_t *filled = &r->filled[e->buf];

	e->has_buf = e->res > 0;
	if (!e->has_buf)
		return;
	e->data += *filled;
	*filled += (uint32_t)e->res;
	hd_assert(*filled <= r->buf_size);
	e->buf_done = !goes_on;
	if (e->buf_done)
		*filled = 0;
}

bool ring_next(struct ring *r, struct ring_event *e)
{
	struct io_uring_cqe *cqe;
	unsigned head, left;

	for (;;) {
		left = io_uring_cq_ready(&r->uring);
		if (left == r->reaped) {
			ring_give_back(r);
			return false;
		}
		head = *r->uring.cq.khead + r->reaped;
		cqe = &r->uring.cq.cqes[head & r->uring.cq.ring_mask];
		r->reaped++;
		if (!ring_own_event(r, cqe))
			break;
	}
	e->tag = cqe->user_data;
	e->res = cqe->res;
	e->more = cqe->flags & IORING_CQE_F_MORE;
	e->has_buf = cqe->flags & IORING_CQE_F_BUFFER;
	e->buf = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
	if (!e->has_buf)
		return true;
	e->data = ring_buf(r, e->buf);
	e->buf_done = true;
	if (r->filled)
		ring_part(r, e, cqe->flags & RING_PARTS_MORE);
	return true;
}

void ring_shutdown(struct ring *r, int fd)
{
	(void)r;
	(void)shutdown(fd, SHUT_RDWR);
}

void ring_close(struct ring *r, int fd)
{
	(void)r;
	close(fd);
}

void ring_send_last(struct ring *r, int fd, const void *data, size_t len)
{
	(void)r;
	(void)!send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}
