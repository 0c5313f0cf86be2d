/* SPDX-License-Identifier: MIT
 * The input is a document of facts. What is taken makes a plan of which the
 * rules about workers and pins hold. */
#include <string.h>

#include "tests/fuzz/driver.h"
#include "tools/hd-tune/plan.h"
#include "tools/hd-tune/show.h"

#define TEXT_MAX ((size_t)16 * 1024 * 1024)

static void check_plan(const struct facts *f, const struct options *o)
{
	struct plan *p = plan_make(f, o);
	struct bytes out;

	hd_assert(p);
	hd_assert(p->workers >= 1 && p->workers <= 32);
	hd_assert(p->pins.count == 0 || p->pins.count == p->workers);
	for (size_t i = 0; i < p->pins.count; i++)
		hd_assert(cpuset_has(&p->usable, p->pins.at[i]));
	bytes_init(&out, TEXT_MAX);
	hd_assert(show_text(p, f, (struct show_style){ true }, &out) == 0);
	hd_assert(show_json(p, &out) == 0);
	bytes_release(&out);
	plan_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[FACTS_TEXT_MAX];
	struct options o;
	struct bytes out;
	struct facts f;

	facts_init(&f);
	if (facts_parse(&f, data, size, why) == 0) {
		options_init(&o);
		check_plan(&f, &o);
		o.isolated_use = true;
		o.sockbuf_fixed = true;
		check_plan(&f, &o);
		bytes_init(&out, TEXT_MAX);
		hd_assert(facts_print(&f, &out) == 0);
		bytes_release(&out);
	} else {
		hd_assert(memchr(why, '\0', sizeof(why)));
	}
	facts_release(&f);
	return 0;
}
