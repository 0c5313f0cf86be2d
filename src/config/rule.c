/* SPDX-License-Identifier: MIT */
#include "config/rule.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "proto/frame.h"

#define SOCKBUF_MIN 4096 /* bytes; the kernel rounds less than about this up */
#define LABEL_MAX 63     /* RFC 1035 */
#define HOSTNAME_MAX 253

static bool ascii_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool rule_address(const char *text)
{
	char bare[INET6_ADDRSTRLEN];
	size_t len = strlen(text);
	struct in6_addr ip;

	if (inet_pton(AF_INET, text, &ip) == 1 || inet_pton(AF_INET6, text, &ip) == 1)
		return true;
	if (len < 2 || len - 2 >= sizeof(bare) || text[0] != '[' || text[len - 1] != ']')
		return false;
	memcpy(bare, text + 1, len - 2);
	bare[len - 2] = '\0';
	return inet_pton(AF_INET6, bare, &ip) == 1;
}

/* One label of a host name; a final dot does not count as another. */
static bool label_ok(const char *label, size_t len)
{
	if (len == 0 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!ascii_alnum(label[i]) && label[i] != '-')
			return false;
	return true;
}

bool rule_hostname(const char *text)
{
	const char *label = text;

	if (rule_address(text))
		return true;
	if (strlen(text) > HOSTNAME_MAX)
		return false;
	for (;;) {
		size_t len = strcspn(label, ".");

		if (!label_ok(label, len))
			return false;
		label += len;
		if (*label == '\0' || *++label == '\0')
			return true;
	}
}

bool rule_mesh_host(const char *text)
{
	size_t len = strlen(text);
	unsigned slashes = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '/')
			slashes++;
		else if (!ascii_alnum(text[i]) && !strchr("-.:[]", text[i]))
			return false;
	}
	return len > 0 && slashes <= 1 && text[0] != '/' && text[len - 1] != '/';
}

bool rule_url(const char *text)
{
	size_t scheme;

	if (strncasecmp(text, "http://", 7) == 0)
		scheme = 7;
	else if (strncasecmp(text, "https://", 8) == 0)
		scheme = 8;
	else
		return false;
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == '"' || *c == '<' || *c == '>')
			return false;
	return text[scheme] != '\0' && text[scheme] != '/';
}

bool rule_home(const char *text)
{
	return *text == '\0' || strcmp(text, "blank") == 0 || rule_url(text);
}

bool rule_power_of_two(int64_t number)
{
	return number > 0 && (number & (number - 1)) == 0;
}

bool rule_sockbuf(int64_t number)
{
	return number == 0 || number >= SOCKBUF_MIN;
}

bool rule_client_burst(int64_t number)
{
	return number == 0 || number >= FRAME_HEADER_SIZE + FRAME_SEND_BODY_MAX;
}

/* Decodes one code point; returns its length in bytes, 0 for what is not UTF-8
 * (cut short, overlong, a surrogate, past U+10FFFF). */
static size_t utf8_decode(const uint8_t *p, size_t left, uint32_t *code)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf8 ? 4 : 0;

	if (len == 0 || len > left)
		return 0;
	*code = len == 1 ? p[0] : p[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	if (*code < least[len] || (*code >= 0xd800 && *code <= 0xdfff) || *code > 0x10ffff)
		return 0;
	return len;
}

/* Controls, line and paragraph separators, marks of direction, byte order
 * mark, and the two non-characters that YAML does not allow. */
static bool graphic(uint32_t code)
{
	return code >= 0x20 && !(code >= 0x7f && code <= 0x9f) && !(code >= 0x2028 && code <= 0x202e) &&
	       !(code >= 0x2066 && code <= 0x2069) && code != 0xfeff && code != 0xfffe && code != 0xffff;
}

bool rule_printable(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;
	uint32_t code;

	for (size_t at = 0, n; at < len; at += n) {
		n = utf8_decode(p + at, len - at, &code);
		if (n == 0 || !graphic(code))
			return false;
	}
	return true;
}
