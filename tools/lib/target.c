/* SPDX-License-Identifier: MIT */
#include "tools/lib/target.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "tools/lib/number.h"
#include "util/error.h"

int target_split(char host[TARGET_HOST_SIZE], uint16_t *port, const char *text)
{
	const char *start = text, *end = text + strlen(text), *port_text = NULL, *colon = strchr(text, ':');
	uint64_t value = *port;

	if (*text == '[') {
		end = strchr(text, ']');
		if (!end || (end[1] != '\0' && end[1] != ':'))
			return ERROR_MALFORMED;
		start = text + 1;
		port_text = end[1] == ':' ? end + 2 : NULL;
	} else if (colon && !strchr(colon + 1, ':')) { /* more colons: an IPv6 address */
		end = colon;
		port_text = colon + 1;
	}
	if (end == start || end - start >= TARGET_HOST_SIZE)
		return ERROR_MALFORMED;
	if (port_text) {
		int err = number_parse_count(&value, port_text, 1, UINT16_MAX);

		if (err)
			return err;
	}
	memcpy(host, start, (size_t)(end - start));
	host[end - start] = '\0';
	*port = (uint16_t)value;
	return 0;
}

int target_resolve(struct sockaddr_storage *address, socklen_t *address_len, const char *host, uint16_t port)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *found;
	char service[8];

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host, service, &hints, &found) != 0)
		return ERROR_NOT_FOUND;
	memcpy(address, found->ai_addr, found->ai_addrlen);
	*address_len = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}
