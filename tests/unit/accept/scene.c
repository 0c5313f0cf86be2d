/* SPDX-License-Identifier: MIT */
#include "tests/unit/accept/scene.h"

#include <check.h>

#define BYTES_MAX (8 * 1024 * 1024)

struct scene scene;

void scene_set(void)
{
	relay_init(&scene.relay);
	bytes_init(&scene.sent, BYTES_MAX);
	bytes_init(&scene.got, BYTES_MAX);
	scene.caller.fd = -1;
}

void scene_clear(void)
{
	if (scene.caller.fd >= 0)
		caller_close(&scene.caller);
	bytes_release(&scene.sent);
	bytes_release(&scene.got);
	relay_release(&scene.relay);
}

void scene_check_logins(enum login_result result, uint64_t n)
{
	relay_stop(&scene.relay);
	ck_assert_uint_eq(relay_logins(&scene.relay, result), n);
	ck_assert_uint_eq(relay_stat(&scene.relay, STAT_HALF_OPEN), 0);
	ck_assert_uint_eq(relay_logins_all(&scene.relay), relay_stat(&scene.relay, STAT_ACCEPTS));
}

void scene_check_serves(void)
{
	struct handover h;
	struct caller c;
	struct bytes b;

	bytes_init(&b, BYTES_MAX);
	caller_connect(&c, &scene.relay);
	caller_put_login(&c, &b);
	caller_send(&c, b.data, b.len);
	caller_expect_greeting(&c, false);
	h = relay_take(&scene.relay, 0);
	ck_assert(key_equal(&h.key, &c.key));
	relay_drop(&scene.relay, &h);
	caller_close(&c);
	bytes_release(&b);
}
