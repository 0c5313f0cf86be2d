/* SPDX-License-Identifier: MIT */
#include "data/offload.h"

#include "data/life.h"
#include "data/rx.h"
#include "data/tx.h"
#include "tls/ktls_conn.h"
#include "tls/ktls_error.h"
#include "util/error.h"

static void offload_control(struct shard *sh, struct peer *p, int event)
{
	switch (event) {
	case CONTROL_NONE:
	case CONTROL_KEY_UPDATE:
		break;
	case CONTROL_KEY_UPDATE_ASKED:
		tx_mark_dirty(sh, p);
		break;
	case CONTROL_CLOSE_NOTIFY:
		life_close(sh, p, CLOSE_EOF);
		break;
	case CONTROL_ALERT:
		life_close(sh, p, CLOSE_TLS_ALERT);
		break;
	case ERROR_UNSUPPORTED:
		life_close(sh, p, CLOSE_TLS_KEY_LIMIT);
		break;
	case ERROR_CRYPTO: /* it verified; there was no memory for the next key */
		life_close(sh, p, CLOSE_NO_MEMORY);
		break;
	case ERROR_IO: /* nor did the kernel take it */
		life_close(sh, p, CLOSE_IO_ERROR);
		break;
	default:
		life_close(sh, p, CLOSE_TLS_BAD_RECORD);
	}
}

void offload_bytes(struct shard *sh, struct peer *p, struct buf *b, uint8_t *data, uint32_t n, uint8_t type)
{
	int event = ktls_conn_take(p->offload, p->fd, type, data, n);

	if (event != CONTROL_NONE || type != TLS_RECORD_DATA)
		offload_control(sh, p, event);
	else if (n > 0)
		rx_bytes(sh, p, b, data, n);
}

void offload_sent(struct shard *sh, struct peer *p, uint32_t n)
{
	ktls_conn_sent(p->offload, n);
	if (ktls_conn_owes(p->offload))
		tx_mark_dirty(sh, p);
}

bool offload_owes(const struct peer *p)
{
	return p->offload && ktls_conn_owes(p->offload);
}

void offload_pay(struct shard *sh, struct peer *p)
{
	int rc = ktls_conn_pay(p->offload, p->fd);

	/* A full socket drains; the next completed send tries again. */
	if (rc < 0 && rc != ERROR_MORE)
		offload_control(sh, p, rc);
}

bool offload_renewed(struct peer *p)
{
	return ktls_conn_renewed(p->offload);
}

enum close_reason offload_reason_of_errno(const struct peer *p, int error)
{
	if (p->offload && ktls_error_of_record(error))
		return CLOSE_TLS_BAD_RECORD;
	return life_reason_of_errno(error);
}

void offload_goodbye(struct peer *p, enum close_reason reason)
{
	enum tls_alert alert = reason == CLOSE_TLS_BAD_RECORD ? TLS_ALERT_BAD_RECORD_MAC : TLS_ALERT_CLOSE_NOTIFY;

	if (p->offload && !p->send_armed && !p->inflight.head)
		ktls_conn_goodbye(p->offload, p->fd, alert);
}
