/* SPDX-License-Identifier: MIT
 * hd-tune: reads the machine, says what suits it and why. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/hd-tune/command.h"
#include "tools/hd-tune/gather.h"
#include "tools/hd-tune/plan.h"
#include "tools/hd-tune/show.h"
#include "util/error.h"

#define OUTPUT_MAX (16 * 1024 * 1024)

static struct show_style style_of_stdout(void)
{
	const char *no_colour = getenv("NO_COLOR");

	return (struct show_style){ .colour = isatty(STDOUT_FILENO) == 1 && !(no_colour && *no_colour) };
}

static int gather(struct facts *f, const struct command *c, char why[FACTS_TEXT_MAX])
{
	if (c->facts)
		return gather_document(f, c->facts, why);
	if (c->topology)
		return gather_topology(f, c->topology, why);
	return gather_machine(f, c->sysroot ? c->sysroot : "", c->root[0] || !c->sysroot ? c->root :
			      c->sysroot, why);
}

static int show_plan(const struct command *c, const struct plan *p, const struct facts *f, struct bytes *out)
{
	switch (c->format) {
	case COMMAND_JSON:
		return show_json(p, out);
	case COMMAND_YAML:
		return show_yaml(p, out);
	case COMMAND_SHELL:
		return show_shell(p, out);
	default:
		return show_text(p, f, style_of_stdout(), out);
	}
}

static enum command_exit exit_of_plan(const struct plan *p)
{
	for (size_t i = 0; i < p->advice_count; i++)
		if (p->advice[i].level == PLAN_FATAL)
			return COMMAND_EXIT_CANNOT_RUN;
	return COMMAND_EXIT_OK;
}

static enum command_exit run_planned(const struct command *c, const struct facts *f, struct bytes *out)
{
	enum rule_id id = c->verb == COMMAND_EXPLAIN ? rule_by_knob(c->argument) : RULE_COUNT;
	enum command_exit code = COMMAND_EXIT_IO;
	struct plan *p;

	if (c->verb == COMMAND_EXPLAIN && id == RULE_COUNT) {
		fprintf(stderr, "hd-tune: there is no rule for '%s'\n", c->argument);
		return COMMAND_EXIT_USAGE;
	}
	p = plan_make(f, &c->options);
	if (p && (c->verb == COMMAND_EXPLAIN ? show_explain(p, id, style_of_stdout(), out) :
					       show_plan(c, p, f, out)) == 0)
		code = exit_of_plan(p);
	else
		fprintf(stderr, "hd-tune: %s\n", error_text(ERROR_NO_MEMORY));
	plan_free(p);
	return code;
}

static enum command_exit run(const struct command *c, struct bytes *out)
{
	char why[FACTS_TEXT_MAX] = "";
	enum command_exit code;
	struct facts f;

	facts_init(&f);
	if (gather(&f, c, why)) {
		fprintf(stderr, "hd-tune: %s\n", why);
		code = COMMAND_EXIT_IO;
	} else if (c->verb == COMMAND_PROBE) {
		code = facts_print(&f, out) ? COMMAND_EXIT_IO : COMMAND_EXIT_OK;
	} else {
		code = run_planned(c, &f, out);
	}
	facts_release(&f);
	return code;
}

int main(int argc, char *argv[])
{
	char message[COMMAND_MESSAGE_MAX];
	struct command c;
	enum command_exit code = COMMAND_EXIT_OK;
	struct bytes out;

	if (command_parse(&c, argc, argv, message)) {
		fprintf(stderr, "hd-tune: %s\n", message);
		return COMMAND_EXIT_USAGE;
	}
	bytes_init(&out, OUTPUT_MAX);
	if (c.verb == COMMAND_HELP || c.verb == COMMAND_VERSION)
		fputs(c.verb == COMMAND_HELP ? command_usage : "hd-tune " PACKAGE_VERSION "\n", stdout);
	else
		code = run(&c, &out);
	fwrite(out.data ? (const char *)out.data : "", 1, out.len, stdout);
	bytes_release(&out);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "hd-tune: cannot write: %s\n", strerror(errno));
		return COMMAND_EXIT_IO;
	}
	return code;
}
