/* SPDX-License-Identifier: MIT */
#include "daemon/map_command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/option.h"
#include "config/rule.h"
#include "daemon/derp_map.h"
#include "tls/cert_file.h"
#include "util/error.h"

#define TEXT_MAX (64 * 1024)

static void note(const char *text)
{
	fprintf(stderr, "hyper-derp: note: %s\n", text);
}

static enum exit_code refuse(const char *text)
{
	fprintf(stderr, "hyper-derp: no DERP map: %s\n", text);
	return EXIT_CODE_CONFIG;
}

/* As the relay will serve it: a build without STUN has none, whatever is set. */
static int32_t stun_port(const struct settings *s)
{
	const struct option_row *row = option_by_name("stun.enabled");
	bool wanted = s->stun_enabled == SETTINGS_STUN_ON ||
		      (s->stun_enabled == SETTINGS_STUN_WITH_TLS && s->tls_cert);

	hd_assert(row);
	return wanted && !row->missing ? (int32_t)s->stun_port : -1;
}

static void tell_notes(const struct settings *s, const struct cert_file *cert)
{
	if (!s->tls_cert)
		note("this is plain DERP: clients reach it behind a proxy that ends TLS (change the port to the "
		     "proxy's), or with TS_DEBUG_USE_DERP_HTTP=1");
	if (cert->self_signed && s->tls_cert_2)
		note("a map pins one certificate: clients that are served tls_cert_2 will refuse it");
}

static enum exit_code print(const struct derp_map *map, enum settings_map format)
{
	struct bytes text;
	bool both = format == SETTINGS_MAP_BOTH, written;
	int err = 0;

	bytes_init(&text, TEXT_MAX);
	if (both)
		err = bytes_append_text(&text, "# Headscale: a file of derp.paths\n");
	if (!err && format != SETTINGS_MAP_TAILSCALE)
		err = derp_map_headscale(map, &text);
	if (!err && both)
		err = bytes_append_text(&text, "\n# Tailscale: in the policy file of the tailnet\n");
	if (!err && format != SETTINGS_MAP_HEADSCALE)
		err = derp_map_tailscale(map, &text);
	written = !err && fwrite(text.data, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
	bytes_release(&text);
	if (written)
		return EXIT_CODE_OK;
	fprintf(stderr, "hyper-derp: cannot write: %s\n", err ? error_text(err) : strerror(errno));
	return EXIT_CODE_FAILURE;
}

enum exit_code map_command_run(const struct settings *s, enum settings_map format)
{
	struct cert_file cert = { 0 };
	struct tls_fault fault;
	struct derp_map map = { .host = s->hostname, .port = (uint16_t)s->port, .stun_port = stun_port(s) };

	if (s->port == 0)
		return refuse("port 0 is any free one: set port");
	if (s->tls_cert && cert_file_read(&cert, s->tls_cert, &fault) < 0) {
		fprintf(stderr, "hyper-derp: %s\n", fault.text);
		return EXIT_CODE_FAILURE;
	}
	if (!map.host && rule_hostname(cert.name))
		map.host = cert.name;
	if (!map.host)
		return refuse("neither hostname nor a certificate names this relay: set hostname");
	map.pin = cert.self_signed ? cert.pin : NULL;
	tell_notes(s, &cert);
	return print(&map, format);
}
