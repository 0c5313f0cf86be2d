/* SPDX-License-Identifier: MIT
 * A metrics server on a thread and a port of its own, and a blocking HTTP
 * client that believes nothing it is not told: for tests over real sockets. */
#ifndef HD_TESTS_UNIT_CONTROL_SCRAPE_H
#define HD_TESTS_UNIT_CONTROL_SCRAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/metrics_server.h"
#include "control/page.h"
#include "util/bytes.h"

/* What the server tells about; may be changed until scrape_start. */
extern struct page_site scrape_site;
extern struct stats_registry *scrape_registry;
extern struct presence *scrape_presence;

/* Fixture: an empty site with debug endpoints; ends server and clients. */
void scrape_setup(void);
void scrape_teardown(void);
void scrape_add_peers(uint32_t count);
void scrape_start(const struct metrics_server_limits *limits);

struct scrape_client {
	int fd;
	struct bytes in; /* received and not yet taken */
};

struct scrape_answer {
	int status;
	bool close;       /* the server said it would */
	bool chunked;
	char allow[64];
	size_t length;    /* Content-Length, if not chunked */
	struct bytes body;
};

/* port 0: that of scrape_start. receive_buffer: bytes, 0: the system's choice. */
void scrape_connect(struct scrape_client *c, uint16_t port, int receive_buffer);
void scrape_close(struct scrape_client *c);
void scrape_send(struct scrape_client *c, const void *data, size_t len);
void scrape_send_text(struct scrape_client *c, const char *text);
/* The next answer, all of it; head_only: to a HEAD. False if the connection
 * ended before. Free the body with scrape_answer_free. */
bool scrape_read(struct scrape_client *c, struct scrape_answer *a, bool head_only);
void scrape_answer_free(struct scrape_answer *a);
/* True once the server has closed without sending one byte more. */
bool scrape_ended(struct scrape_client *c);
/* GET on a connection of its own; the status. */
int scrape_get(uint16_t port, const char *path, struct scrape_answer *a);

#endif
