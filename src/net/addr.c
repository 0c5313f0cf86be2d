/* SPDX-License-Identifier: MIT */
#include "net/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "util/error.h"

static const uint8_t v4_mapped[12] = { [10] = 0xff, [11] = 0xff };

/* Copies: a sockaddr from outside need not be aligned for its family. */
void addr_split(const struct sockaddr *sa, uint8_t ip[16], uint16_t *port)
{
	memset(ip, 0, 16);
	*port = 0;
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		memcpy(ip, v4_mapped, sizeof(v4_mapped));
		memcpy(ip + 12, &in.sin_addr, 4);
		*port = ntohs(in.sin_port);
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		memcpy(ip, &in6.sin6_addr, 16);
		*port = ntohs(in6.sin6_port);
	}
}

void addr_text(char out[ADDR_TEXT_SIZE], const uint8_t ip[16], uint16_t port)
{
	char host[INET6_ADDRSTRLEN];

	if (memcmp(ip, v4_mapped, sizeof(v4_mapped)) == 0) {
		inet_ntop(AF_INET, ip + 12, host, sizeof(host));
		snprintf(out, ADDR_TEXT_SIZE, "%s:%u", host, port);
	} else {
		inet_ntop(AF_INET6, ip, host, sizeof(host));
		snprintf(out, ADDR_TEXT_SIZE, "[%s]:%u", host, port);
	}
}

/* Takes the brackets off. False if it is too long or they do not pair. */
static bool bare_host(char host[INET6_ADDRSTRLEN], const char *text, bool *bracketed)
{
	size_t len = strlen(text);

	*bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	if (*bracketed) {
		text++;
		len -= 2;
	}
	if (len >= INET6_ADDRSTRLEN)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	return true;
}

int addr_parse(struct sockaddr_storage *ss, socklen_t *len, const char *text, uint16_t port)
{
	char host[INET6_ADDRSTRLEN];
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	bool bracketed;

	if (!bare_host(host, text, &bracketed))
		return ERROR_MALFORMED;
	if (!bracketed && inet_pton(AF_INET, host, &in.sin_addr) == 1) {
		memset(ss, 0, sizeof(*ss));
		memcpy(ss, &in, sizeof(in));
		*len = sizeof(in);
		return 0;
	}
	if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1) {
		memset(ss, 0, sizeof(*ss));
		memcpy(ss, &in6, sizeof(in6));
		*len = sizeof(in6);
		return 0;
	}
	return ERROR_MALFORMED;
}
