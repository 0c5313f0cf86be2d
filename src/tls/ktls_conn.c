/* SPDX-License-Identifier: MIT */
#include "tls/ktls_conn.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "tls/ktls.h"
#include "tls/suite.h"
#include "util/bytes.h"
#include "util/error.h"

#define KTLS_CONN_RECORD_MAX 16384

struct ktls_conn {
	struct tls_secrets secrets;
	struct control control;
	uint64_t sealed; /* records with the present key, at most */
	bool asked;      /* the client wants a KeyUpdate */
	bool renewed;
};

int ktls_conn_new(struct ktls_conn **conn, const struct tls_secrets *s)
{
	struct ktls_conn *c = calloc(1, sizeof(*c));

	if (!c)
		return ERROR_NO_MEMORY;
	c->secrets = *s;
	c->sealed = s->tx.seq;
	control_init(&c->control);
	*conn = c;
	return 0;
}

void ktls_conn_free(struct ktls_conn *c)
{
	if (!c)
		return;
	bytes_wipe(c, sizeof(*c));
	free(c);
}

static int ktls_conn_renew(struct ktls_conn *c, int fd)
{
	int rc = ktls_rekey_rx(fd, &c->secrets);

	if (rc == 0)
		c->renewed = true;
	return rc;
}

int ktls_conn_take(struct ktls_conn *c, int fd, uint8_t type, const uint8_t *data, size_t len)
{
	int event, rc;

	if (type == TLS_RECORD_DATA)
		return control_data(&c->control, len);
	event = control_take(&c->control, c->secrets.version, type, data, len);
	if (event != CONTROL_KEY_UPDATE && event != CONTROL_KEY_UPDATE_ASKED)
		return event;
	rc = ktls_conn_renew(c, fd);
	if (rc < 0)
		return rc;
	if (event == CONTROL_KEY_UPDATE_ASKED)
		c->asked = true;
	return event;
}

bool ktls_conn_renewed(struct ktls_conn *c)
{
	bool renewed = c->renewed;

	c->renewed = false;
	return renewed;
}

void ktls_conn_sent(struct ktls_conn *c, size_t bytes)
{
	c->sealed += bytes / KTLS_CONN_RECORD_MAX + 1;
}

bool ktls_conn_owes(const struct ktls_conn *c)
{
	return c->asked || c->sealed >= suite_record_limit(c->secrets.suite);
}

int ktls_conn_pay(struct ktls_conn *c, int fd)
{
	uint8_t body[CONTROL_KEY_UPDATE_SIZE];
	int rc;

	if (c->secrets.version != TLS_VERSION_1_3)
		return ERROR_UNSUPPORTED;
	control_put_key_update(body, false);
	rc = ktls_send_record(fd, TLS_RECORD_HANDSHAKE, body, sizeof(body));
	if (rc < 0)
		return rc;
	rc = ktls_rekey_tx(fd, &c->secrets);
	if (rc < 0)
		return rc;
	c->asked = false;
	c->sealed = 0;
	return 0;
}

void ktls_conn_goodbye(struct ktls_conn *c, int fd, enum tls_alert alert)
{
	uint8_t body[CONTROL_ALERT_SIZE];
	int error;
	socklen_t len = sizeof(error);

	(void)c;
	/* A record that did not verify left its error on the socket for the next
	 * call to fail with; reading it takes it off. */
	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	control_put_alert(body, alert);
	(void)!ktls_send_record(fd, TLS_RECORD_ALERT, body, sizeof(body));
}
