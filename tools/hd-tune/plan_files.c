/* SPDX-License-Identifier: MIT
 * What is to stand in the files, each value with its rule beside it. */
#include "tools/hd-tune/plan_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/error.h"

static const char head[] = "# Written by hd-tune(8); `hd-tune explain KEY` says more, `hd-tune undo` takes it "
	"back.\n";

static int print_list(const struct plan_cpus *cpus, struct bytes *out)
{
	int error = bytes_append_text(out, "[");

	for (size_t i = 0; i < cpus->count && !error; i++)
		error = bytes_printf(out, "%s%u", i ? ", " : "", cpus->at[i]);
	return error ? error : bytes_append_text(out, "]");
}

static const struct plan_sysctl *sysctl_of(const struct plan *p, enum rule_id id)
{
	for (size_t i = 0; i < p->sysctl_count; i++)
		if (p->sysctls[i].rule == id)
			return &p->sysctls[i];
	return NULL;
}

static int print_sysctl(const struct plan *p, enum rule_id id, struct bytes *out)
{
	const struct plan_sysctl *s = sysctl_of(p, id);

	return s ? bytes_append_text(out, s->value) : 0;
}

/* Order, reserved: as they stand; the set of usable CPUs as ranges. */
static int print_step(const struct plan *p, enum rule_id id, struct bytes *out)
{
	switch (id) {
	case RULE_USABLE:
		return cpuset_print(&p->usable, out);
	case RULE_CORES:
		return bytes_printf(out, "%zu", p->order.count + p->left.count);
	case RULE_CLASS:
		return bytes_append_text(out, p->class_rule);
	case RULE_LOCALITY:
		return bytes_append_text(out, p->locality_known ? "known" : "unknown");
	case RULE_DOMAIN:
		return bytes_append_text(out, p->domain);
	case RULE_ORDER:
		return print_list(&p->order, out);
	default:
		return print_list(&p->reserved, out);
	}
}

static int print_yaml(const struct plan *p, enum rule_id id, struct bytes *out)
{
	if (id == RULE_WORKERS)
		return bytes_printf(out, "%u", p->workers);
	if (id == RULE_PIN_CORES)
		return print_list(&p->pins, out);
	if (id == RULE_SOCKBUF)
		return bytes_printf(out, "%" PRId64, p->sockbuf);
	return bytes_append_text(out, p->sqpoll ? "true" : "false");
}

int plan_value(const struct plan *p, enum rule_id id, struct bytes *out)
{
	switch (rule_at(id)->kind) {
	case RULE_KIND_STEP:
		return print_step(p, id, out);
	case RULE_KIND_YAML:
		return print_yaml(p, id, out);
	case RULE_KIND_SYSCTL:
		return print_sysctl(p, id, out);
	case RULE_KIND_UNIT:
		return id == RULE_LIMIT_NOFILE && p->limit_nofile > 0 ? bytes_printf(out, "%" PRId64,
										     p->limit_nofile) :
									0;
	case RULE_KIND_MODULE:
		return p->module_tls ? bytes_append_text(out, "tls") : 0;
	default:
		return 0;
	}
}

static int print_row(struct plan *p, struct bytes *out, enum rule_id id, const char *between)
{
	int error = bytes_printf(out, "%s%s", rule_at(id)->knob, between);

	if (!error)
		error = plan_value(p, id, out);
	return error ? error : bytes_append_text(out, "\n");
}

static int print_commented_row(struct plan *p, struct bytes *out, enum rule_id id, const char *between)
{
	int error = bytes_printf(out, "\n# %s (%s)\n", p->because[id], rule_at(id)->rule);

	return error ? error : print_row(p, out, id, between);
}

static int conf_file(struct plan *p)
{
	static const enum rule_id rows[] = { RULE_WORKERS, RULE_PIN_CORES, RULE_SOCKBUF, RULE_SQPOLL };
	struct plan_file *file = &p->files[PLAN_FILE_CONF];
	int error = 0;

	file->wanted = true;
	for (size_t i = 0; i < HD_ARRAY_LEN(rows) && !error; i++)
		error = print_row(p, &file->text, rows[i], ": ");
	return error;
}

static int sysctl_file(struct plan *p)
{
	struct plan_file *file = &p->files[PLAN_FILE_SYSCTL];
	int error = bytes_append_text(&file->text, head);

	file->wanted = p->sysctl_count > 0;
	for (size_t i = 0; i < p->sysctl_count && !error; i++)
		error = print_commented_row(p, &file->text, p->sysctls[i].rule, " = ");
	return error;
}

static int modules_file(struct plan *p)
{
	struct plan_file *file = &p->files[PLAN_FILE_MODULES];
	int error = bytes_append_text(&file->text, head);

	file->wanted = p->module_tls;
	if (!error)
		error = bytes_printf(&file->text, "\n# %s\ntls\n", rule_at(RULE_MODULE_TLS)->source);
	return error;
}

static int unit_file(struct plan *p)
{
	struct plan_file *file = &p->files[PLAN_FILE_UNIT];
	int error = bytes_append_text(&file->text, head);

	file->wanted = p->limit_nofile > 0;
	if (!error)
		error = bytes_append_text(&file->text, "[Service]\n");
	return error ? error : print_commented_row(p, &file->text, RULE_LIMIT_NOFILE, "=");
}

int plan_step_files(struct plan_work *w)
{
	struct plan *p = w->plan;
	int error = conf_file(p);

	if (!error)
		error = sysctl_file(p);
	if (!error)
		error = modules_file(p);
	if (!error)
		error = unit_file(p);
	for (unsigned i = 0; i < PLAN_FILES; i++)
		p->files[i].written = i == PLAN_FILE_CONF || w->facts->container != 1;
	return error;
}
