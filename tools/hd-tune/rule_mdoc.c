/* SPDX-License-Identifier: MIT
 * The rule table as a part of hd-tune(8). */
#include "tools/hd-tune/rule.h"

static const char *heading_of(enum rule_kind kind)
{
	static const char *const headings[] = {
		[RULE_KIND_STEP] = "Steps of the decision",
		[RULE_KIND_YAML] = "Keys of hyper-derp.yaml",
		[RULE_KIND_SYSCTL] = "Kernel parameters",
		[RULE_KIND_UNIT] = "Directives of the service",
		[RULE_KIND_MODULE] = "Modules",
		[RULE_KIND_ADVICE] = "Told, never written",
		[RULE_KIND_LEFT] = "Left alone",
	};

	return headings[kind];
}

static int print_row(const struct rule *r, struct bytes *out)
{
	int error = bytes_printf(out, ".It Cm %s\nRule: %s.\n", r->knob, r->rule);

	if (!error && r->kind != RULE_KIND_LEFT)
		error = bytes_printf(out, "From: %s.\n", r->inputs);
	if (!error)
		error = bytes_printf(out, "Why: %s.\n", r->source);
	if (!error && r->rejected)
		error = bytes_printf(out, "Not: %s.\n", r->rejected);
	return error;
}

int rule_print_mdoc(struct bytes *out)
{
	int error = 0;

	for (unsigned id = 0; id < RULE_COUNT && !error; id++) {
		const struct rule *r = rule_at(id);

		if (id == 0 || r->kind != rule_at(id - 1)->kind)
			error = bytes_printf(out, "%s.Ss %s\n.Bl -tag -width Ds\n", id ? ".El\n" : "",
					     heading_of(r->kind));
		if (!error)
			error = print_row(r, out);
	}
	return error ? error : bytes_append_text(out, ".El\n");
}
