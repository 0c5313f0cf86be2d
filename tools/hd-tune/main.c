/* SPDX-License-Identifier: MIT
 * hd-tune: reads the machine, says what suits it and why. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/settings.h"
#include "sys/affinity.h"
#include "sys/cores.h"
#include "tools/hd-tune/apply.h"
#include "tools/hd-tune/command.h"
#include "tools/hd-tune/decimal.h"
#include "tools/hd-tune/gather.h"
#include "tools/hd-tune/journal.h"
#include "tools/hd-tune/measure_all.h"
#include "tools/hd-tune/plan.h"
#include "tools/hd-tune/program.h"
#include "tools/hd-tune/scratch.h"
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

static enum command_exit exit_of_error(int error)
{
	switch (error) {
	case 0:
		return COMMAND_EXIT_OK;
	case ERROR_DENIED:
		return COMMAND_EXIT_DENIED;
	case ERROR_CLOSED:
	case ERROR_MALFORMED:
		return COMMAND_EXIT_ROLLED_BACK;
	case ERROR_EXISTS:
		return COMMAND_EXIT_DIFFERENT;
	default:
		return COMMAND_EXIT_IO;
	}
}

/* Live values belong to this machine, or to the copy that is both read and
 * written. */
static struct apply_place place_of(const struct command *c)
{
	struct apply_place at = { .root = c->root };

	if (!c->root[0] && !c->facts && !c->topology && !c->sysroot)
		at.live_root = "";
	else if (c->sysroot && strcmp(c->sysroot, c->root) == 0)
		at.live_root = c->root;
	return at;
}

/* Shows what would change and asks. */
static bool agreed(const struct changes *changes, const char *root)
{
	struct bytes text;
	bool shown;
	int answer;

	bytes_init(&text, OUTPUT_MAX);
	shown = changes_print(changes, root, &text) == 0;
	if (shown)
		fwrite(text.data ? (const char *)text.data : "", 1, text.len, stdout);
	bytes_release(&text);
	fputs("Apply this? [y/N] ", stdout);
	fflush(stdout);
	answer = getchar();
	return shown && (answer == 'y' || answer == 'Y');
}

static enum command_exit put_in_place(const struct command *c, const struct changes *changes, struct bytes *out)
{
	struct apply_place at = place_of(c);
	char why[CHANGES_WHY_MAX] = "";
	unsigned id = 0;
	int error;

	if (!c->yes && changes_any(changes) && !isatty(STDIN_FILENO)) {
		fprintf(stderr, "hd-tune: nobody to ask: add --yes\n");
		return COMMAND_EXIT_USAGE;
	}
	if (!c->yes && changes_any(changes) && !agreed(changes, c->root))
		return COMMAND_EXIT_DIFFERENT;
	error = apply_changes(&at, changes, &id, why);
	if (error)
		fprintf(stderr, "hd-tune: %s\n", why);
	else if (id == 0)
		error = bytes_append_text(out, "nothing to do\n");
	else
		error = bytes_printf(out, "applied; to take it back: hd-tune undo %u\nto use it: systemctl "
				     "daemon-reload && systemctl restart hyper-derp\n", id);
	return exit_of_error(error);
}

static enum command_exit run_changes(const struct command *c, const struct plan *p, struct bytes *out)
{
	struct changes changes;
	char why[CHANGES_WHY_MAX] = "";
	enum command_exit code;
	int error;

	changes_init(&changes);
	error = changes_of_plan(&changes, p, c->root, c->only, !c->runtime, place_of(c).live_root != NULL, why);
	if (error)
		fprintf(stderr, "hd-tune: %s\n", why);
	else if (c->verb == COMMAND_DIFF)
		error = changes_print(&changes, c->root, out);
	code = exit_of_error(error);
	if (!error && c->verb == COMMAND_DIFF && changes_any(&changes))
		code = COMMAND_EXIT_DIFFERENT;
	if (!error && c->verb == COMMAND_APPLY)
		code = put_in_place(c, &changes, out);
	changes_release(&changes);
	return code;
}

static enum command_exit run_undo(const struct command *c, struct bytes *out)
{
	struct apply_place at = place_of(c);
	char why[CHANGES_WHY_MAX] = "";
	int64_t wanted = 0;
	unsigned id;
	int error;

	if (c->list)
		return exit_of_error(journal_list(c->root, out));
	if (c->argument && (decimal_parse_whole(&wanted, c->argument) < 0 || wanted < 1 || wanted > INT32_MAX)) {
		fprintf(stderr, "hd-tune: undo wants a number of undo --list\n");
		return COMMAND_EXIT_USAGE;
	}
	at.said = out;
	id = (unsigned)wanted;
	error = apply_undo(&at, &id, c->force, why);
	if (error)
		fprintf(stderr, "hd-tune: %s\n", why);
	else
		error = bytes_printf(out, "%u is undone\n", id);
	return exit_of_error(error);
}

static enum command_exit run_check(const struct command *c, struct bytes *out)
{
	struct apply_place at = place_of(c);
	char why[CHANGES_WHY_MAX] = "";
	int error = apply_check(&at, out, why);

	if (error)
		fprintf(stderr, "hd-tune: %s\n", why);
	if (error == ERROR_NOT_FOUND || (!error && out->len > 0))
		return COMMAND_EXIT_DIFFERENT;
	return exit_of_error(error);
}

/* One worker for each core that it may use; 0: who knows. */
static unsigned relays_choice(void)
{
	struct affinity allowed;
	unsigned count = 0;
	int error = affinity_of_self(&allowed);

	if (error)
		return 0;
	error = cores_count(&(struct cores_source){ .within = &allowed }, &count);
	affinity_release(&allowed);
	return error || count > OPTIONS_WORKERS_MAX ? 0 : count;
}

/* What the configuration says now; without one, what the relay does by itself. */
static int read_present(const char *root, struct measure_setting *to)
{
	char path[PATH_MAX], message[SETTINGS_MESSAGE_MAX];
	struct settings s;

	*to = (struct measure_setting){ .workers = relays_choice() };
	if (snprintf(path, sizeof(path), "%s" PLAN_CONFIG_PATH, root) >= (int)sizeof(path) ||
	    access(path, F_OK) < 0)
		return 0;
	if (settings_load_file(&s, path, message)) {
		fprintf(stderr, "hd-tune: %s\n", message);
		return ERROR_MALFORMED;
	}
	if (s.workers > 0)
		to->workers = (unsigned)s.workers;
	for (size_t i = 0; i < s.pin_cores.count && i < OPTIONS_WORKERS_MAX; i++)
		to->pins[to->pin_count++] = (unsigned)s.pin_cores.items[i];
	settings_release(&s);
	return 0;
}

static int find_tool(const char *name, const char *told, const char *flag, char path[PATH_MAX])
{
	if (program_find(name, told, path))
		return 0;
	if (told)
		fprintf(stderr, "hd-tune: %s: no program\n", told);
	else
		fprintf(stderr, "hd-tune: measure needs %s, which is not beside hd-tune and not in PATH: install "
			"it, or name it with --%s FILE\n", name, flag);
	return ERROR_NOT_FOUND;
}

/* Enough clients that each worker has some, and threads that leave room. */
static void size_load(struct measure_tools *t, const struct measure *m, const struct facts *f)
{
	size_t threads = f->pu_count / 4;
	unsigned most = 2;

	for (size_t i = 0; i < m->count; i++)
		if (m->candidates[i].setting.workers > most)
			most = m->candidates[i].setting.workers;
	t->pairs = most * 4 < 128 ? most * 4 : 128;
	t->threads = threads < 1 ? 1 : threads > 8 ? 8 : (unsigned)threads;
}

static enum command_exit measure_in(const struct command *c, const struct facts *f, const char *scratch,
				    struct measure *m)
{
	char relay[PATH_MAX], bench[PATH_MAX], why[MEASURE_RUN_WHY_MAX] = "";
	struct measure_tools t = { .relay = relay, .bench = bench, .scratch = scratch };
	struct measure_setting present;

	if (find_tool("hyper-derp", c->relay, "hyper-derp", relay) ||
	    find_tool("hd-bench", c->bench, "hd-bench", bench))
		return COMMAND_EXIT_IO;
	if (read_present(c->root, &present) || measure_candidates(m, &present, f, &c->options))
		return COMMAND_EXIT_IO;
	size_load(&t, m, f);
	program_catch_signals();
	if (measure_all(m, &t, (unsigned)c->seconds, isatty(STDERR_FILENO) == 1, why) == 0)
		return COMMAND_EXIT_OK;
	fprintf(stderr, "hd-tune: %s\n", program_interrupted() ? "interrupted: nothing is decided" : why);
	return COMMAND_EXIT_IO;
}

/* Through apply, so that it is journalled and undo takes it back. */
static enum command_exit keep_best(const struct command *c, const struct facts *f, const struct measure *m,
				   struct bytes *out)
{
	const struct measure_setting *best = &m->candidates[m->best].setting;
	struct command apply = *c;
	enum command_exit code = COMMAND_EXIT_IO;
	struct plan *p;

	apply.verb = COMMAND_APPLY;
	apply.only = 1u << PLAN_FILE_CONF;
	apply.options.workers = best->workers;
	apply.options.pin = best->pin_count ? OPTIONS_PIN_ALWAYS : OPTIONS_PIN_NEVER;
	p = plan_make(f, &apply.options);
	if (p)
		code = run_changes(&apply, p, out);
	plan_free(p);
	return code;
}

static enum command_exit end_measure(const struct command *c, const struct facts *f, const struct measure *m,
				     struct bytes *out)
{
	const struct measure_setting *best = &m->candidates[m->best].setting;
	int error = c->format == COMMAND_JSON ? show_measure_json(m, out) : show_measure(m, out);

	if (!error && m->keep && !c->keep && c->format != COMMAND_JSON)
		error = bytes_printf(out, "to have it: hd-tune apply --workers %u --pin=%s\n", best->workers,
				     best->pin_count ? "always" : "never");
	if (error)
		return COMMAND_EXIT_IO;
	if (!m->keep)
		return COMMAND_EXIT_OK;
	return c->keep ? keep_best(c, f, m, out) : COMMAND_EXIT_DIFFERENT;
}

static enum command_exit run_measure(const struct command *c, const struct facts *f, struct bytes *out)
{
	struct measure *m = calloc(1, sizeof(*m));
	enum command_exit code = COMMAND_EXIT_IO;
	char scratch[PATH_MAX];

	if (f->io_uring == 0) {
		fprintf(stderr, "hd-tune: this machine cannot run the relay: see hd-tune plan\n");
		free(m);
		return COMMAND_EXIT_CANNOT_RUN;
	}
	if (m && scratch_make(scratch) == 0) {
		code = measure_in(c, f, scratch, m);
		scratch_remove(scratch);
	} else {
		fprintf(stderr, "hd-tune: %s\n", strerror(errno));
	}
	if (code == COMMAND_EXIT_OK)
		code = end_measure(c, f, m, out);
	free(m);
	return code;
}

static enum command_exit run_planned(const struct command *c, const struct facts *f, struct bytes *out)
{
	enum rule_id id = c->verb == COMMAND_EXPLAIN ? rule_by_name(c->argument) : RULE_COUNT;
	enum command_exit code = COMMAND_EXIT_IO;
	struct plan *p;

	if (c->verb == COMMAND_EXPLAIN && id == RULE_COUNT) {
		fprintf(stderr, "hd-tune: there is no rule for '%s'; hd-tune(8) lists all\n", c->argument);
		return COMMAND_EXIT_USAGE;
	}
	p = plan_make(f, &c->options);
	if (p && (c->verb == COMMAND_DIFF || c->verb == COMMAND_APPLY)) {
		code = exit_of_plan(p);
		if (code == COMMAND_EXIT_OK || c->verb == COMMAND_DIFF)
			code = run_changes(c, p, out);
		else
			fprintf(stderr, "hd-tune: this machine cannot run the relay: see hd-tune plan\n");
	} else if (p && (c->verb == COMMAND_EXPLAIN ? show_explain(p, id, style_of_stdout(), out) :
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

	if (c->verb == COMMAND_UNDO)
		return run_undo(c, out);
	if (c->verb == COMMAND_CHECK)
		return run_check(c, out);
	facts_init(&f);
	if (gather(&f, c, why)) {
		fprintf(stderr, "hd-tune: %s\n", why);
		code = COMMAND_EXIT_IO;
	} else if (c->verb == COMMAND_PROBE) {
		code = facts_print(&f, out) ? COMMAND_EXIT_IO : COMMAND_EXIT_OK;
	} else if (c->verb == COMMAND_MEASURE) {
		code = run_measure(c, &f, out);
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
		fprintf(stderr, "hd-tune: %s\nTry 'hd-tune --help'.\n", message);
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
