/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/hd-tune/plan_steps.h"
#include "util/error.h"

#define FILE_MAX (64 * 1024) /* bytes of one planned file */

void plan_because(struct plan_work *w, enum rule_id id, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(w->plan->because[id], PLAN_TEXT_MAX, fmt, args);
	va_end(args);
}

void plan_advise(struct plan_work *w, enum rule_id id, enum plan_level level, const char *command, const char *fmt,
		 ...)
{
	struct plan_advice *a;
	va_list args;

	hd_assert(w->plan->advice_count < PLAN_ADVICE_MAX);
	a = &w->plan->advice[w->plan->advice_count++];
	a->rule = id;
	a->level = level;
	snprintf(a->command, sizeof(a->command), "%s", command);
	va_start(args, fmt);
	vsnprintf(a->text, sizeof(a->text), fmt, args);
	va_end(args);
}

static int run_steps(struct plan_work *w)
{
	plan_step_usable(w);
	plan_step_cores(w);
	plan_step_class(w);
	plan_step_locality(w);
	plan_step_order(w);
	plan_step_domain(w);
	plan_step_reserve(w);
	plan_step_workers(w);
	plan_step_pins(w);
	plan_step_sockbuf(w);
	plan_step_unit(w);
	plan_step_sysctls(w);
	plan_step_advice(w);
	return plan_step_files(w);
}

struct plan *plan_make(const struct facts *f, const struct options *o)
{
	struct plan_work w = { .facts = f, .options = o, .plan = calloc(1, sizeof(*w.plan)) };
	int error = ERROR_NO_MEMORY;

	hd_assert(f->pu_count > 0);
	w.cores = calloc(f->pu_count, sizeof(*w.cores));
	if (w.plan)
		for (unsigned i = 0; i < PLAN_FILES; i++)
			bytes_init(&w.plan->files[i].text, FILE_MAX);
	if (w.plan && w.cores)
		error = run_steps(&w);
	free(w.cores);
	if (error) {
		plan_free(w.plan);
		return NULL;
	}
	return w.plan;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	for (unsigned i = 0; i < PLAN_FILES; i++)
		bytes_release(&p->files[i].text);
	free(p);
}

const char *plan_file_path(enum plan_file_kind kind)
{
	static const char *const paths[PLAN_FILES] = {
		[PLAN_FILE_CONF] = PLAN_CONFIG_PATH,
		[PLAN_FILE_SYSCTL] = PLAN_SYSCTL_PATH,
		[PLAN_FILE_MODULES] = PLAN_MODULES_PATH,
		[PLAN_FILE_UNIT] = PLAN_UNIT_PATH,
	};

	hd_assert(kind < PLAN_FILES);
	return paths[kind];
}

const char *plan_file_name(enum plan_file_kind kind)
{
	static const char *const names[PLAN_FILES] = {
		[PLAN_FILE_CONF] = "conf",
		[PLAN_FILE_SYSCTL] = "sysctl",
		[PLAN_FILE_MODULES] = "modules",
		[PLAN_FILE_UNIT] = "systemd",
	};

	hd_assert(kind < PLAN_FILES);
	return names[kind];
}
