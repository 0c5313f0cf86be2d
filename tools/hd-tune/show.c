/* SPDX-License-Identifier: MIT
 * Values with one-line reasons, warnings with what mends them. */
#include "tools/hd-tune/show.h"

#include <string.h>

#include "util/error.h"

#define LONG_LIST 72 /* columns; the drawing shows the rest */

static const char *colour(struct show_style style, const char *code)
{
	return style.colour ? code : "";
}

/* Cuts what was appended since `from` if it is long. */
static int shorten(struct bytes *out, size_t from)
{
	if (out->len - from <= LONG_LIST)
		return 0;
	out->len = from + LONG_LIST - 3;
	return bytes_append_text(out, "...");
}

static int show_value(const struct plan *p, enum rule_id id, struct show_style style, struct bytes *out)
{
	int error = bytes_printf(out, "  %s%s%s: ", colour(style, "\033[1m"), rule_at(id)->knob,
				 colour(style, "\033[0m"));
	size_t from = out->len;

	if (!error)
		error = plan_value(p, id, out);
	if (!error)
		error = shorten(out, from);
	if (!error)
		error = bytes_printf(out, "\n      %s\n", p->because[id]);
	return error;
}

static bool has_value(const struct plan *p, enum rule_id id)
{
	for (size_t i = 0; i < p->sysctl_count; i++)
		if (p->sysctls[i].rule == id)
			return true;
	return rule_at(id)->kind == RULE_KIND_YAML || (id == RULE_LIMIT_NOFILE && p->limit_nofile > 0) ||
	       (id == RULE_MODULE_TLS && p->module_tls);
}

static int show_file(const struct plan *p, enum plan_file_kind kind, enum rule_kind rows, struct show_style style,
		     struct bytes *out)
{
	int error;

	if (!p->files[kind].wanted)
		return 0;
	error = bytes_printf(out, "\n%s%s\n", plan_file_path(kind), p->files[kind].written ? "" :
			     " (for the host)");
	for (unsigned id = 0; id < RULE_COUNT && !error; id++)
		if (rule_at(id)->kind == rows && has_value(p, id))
			error = show_value(p, id, style, out);
	return error;
}

static int show_decisions(const struct plan *p, struct show_style style, struct bytes *out)
{
	int error = bytes_append_text(out, "\nDecisions\n");

	for (unsigned id = 0; id < RULE_COUNT && !error; id++)
		if (rule_at(id)->kind == RULE_KIND_STEP && id != RULE_ORDER)
			error = show_value(p, id, style, out);
	return error;
}

static int show_advice(const struct plan *p, struct show_style style, struct bytes *out)
{
	static const char *const levels[] = { "note", "warning", "cannot run" };
	static const char *const colours[] = { "\033[36m", "\033[33m", "\033[31m" };
	int error = p->advice_count ? bytes_append_text(out, "\n") : 0;

	for (size_t i = 0; i < p->advice_count && !error; i++) {
		const struct plan_advice *a = &p->advice[i];

		error = bytes_printf(out, "%s%s%s: %s\n", colour(style, colours[a->level]), levels[a->level],
				     colour(style, "\033[0m"), a->text);
		if (!error && a->command[0])
			error = bytes_printf(out, "    %s\n", a->command);
	}
	return error;
}

int show_text(const struct plan *p, const struct facts *f, struct show_style style, struct bytes *out)
{
	int error = show_machine(p, f, style, out);

	if (!error)
		error = show_decisions(p, style, out);
	if (!error)
		error = show_file(p, PLAN_FILE_CONF, RULE_KIND_YAML, style, out);
	if (!error)
		error = show_file(p, PLAN_FILE_SYSCTL, RULE_KIND_SYSCTL, style, out);
	if (!error)
		error = show_file(p, PLAN_FILE_MODULES, RULE_KIND_MODULE, style, out);
	if (!error)
		error = show_file(p, PLAN_FILE_UNIT, RULE_KIND_UNIT, style, out);
	return error ? error : show_advice(p, style, out);
}

int show_yaml(const struct plan *p, struct bytes *out)
{
	const struct bytes *text = &p->files[PLAN_FILE_CONF].text;

	return bytes_append(out, text->data, text->len);
}

static int shell_list(const char *name, const struct plan_cpus *cpus, struct bytes *out)
{
	int error = bytes_printf(out, "%s='", name);

	for (size_t i = 0; i < cpus->count && !error; i++)
		error = bytes_printf(out, "%s%u", i ? "," : "", cpus->at[i]);
	return error ? error : bytes_append_text(out, "'\n");
}

int show_shell(const struct plan *p, struct bytes *out)
{
	int error = bytes_printf(out, "HD_WORKERS='%u'\n", p->workers);

	if (!error)
		error = shell_list("HD_PIN_CORES", &p->pins, out);
	if (!error)
		error = shell_list("HD_RESERVED", &p->reserved, out);
	if (!error)
		error = bytes_printf(out,
				     "HD_SOCKBUF='%lld'\nHD_SQPOLL='%s'\nHD_NIC='%s'\nHD_LIMIT_NOFILE='%lld'\n",
				     (long long)p->sockbuf, p->sqpoll ? "true" : "false", p->nic,
				     (long long)p->limit_nofile);
	return error;
}

static int explain_line(const char *name, const char *text, struct show_style style, struct bytes *out)
{
	if (!text || !*text)
		return 0;
	return bytes_printf(out, "  %s%-9s%s %s\n", colour(style, "\033[1m"), name, colour(style, "\033[0m"),
			    text);
}

int show_explain(const struct plan *p, enum rule_id id, struct show_style style, struct bytes *out)
{
	const struct rule *rule = rule_at(id);
	int error = bytes_printf(out, "%s = ", rule->knob);
	size_t from = out->len;

	if (!error)
		error = plan_value(p, id, out);
	if (!error && out->len == from)
		error = bytes_append_text(out, rule->kind == RULE_KIND_ADVICE ? "(told, never written)" :
					  "(not set)");
	if (!error)
		error = bytes_append_text(out, "\n");
	if (!error)
		error = explain_line("because", p->because[id], style, out);
	if (!error)
		error = explain_line("rule", rule->rule, style, out);
	if (!error)
		error = explain_line("inputs", rule->inputs, style, out);
	if (!error)
		error = explain_line("source", rule->source, style, out);
	return error ? error : explain_line("rejected", rule->rejected, style, out);
}
