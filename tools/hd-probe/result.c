/* SPDX-License-Identifier: MIT */
#include "tools/hd-probe/result.h"

#include <stdarg.h>
#include <stdio.h>

const char *result_step_word(enum result_step step)
{
	static const char *const words[] = {
#define RESULT_STEP_ROW(name, word) word,
		RESULT_STEP_TABLE(RESULT_STEP_ROW)
#undef RESULT_STEP_ROW
	};

	hd_assert(step < RESULT_STEPS);
	return words[step];
}

const char *result_state_word(enum result_state state)
{
	switch (state) {
	case RESULT_SKIPPED:
		return "skipped";
	case RESULT_OK:
		return "ok";
	case RESULT_WARNING:
		return "warning";
	case RESULT_CRITICAL:
		break;
	}
	return "critical";
}

void result_note(struct result *r, enum result_step step, enum result_state state, const char *fmt, ...)
{
	struct result_finding *f = &r->findings[step];
	va_list args;

	if (state < f->state)
		return;
	f->state = state;
	va_start(args, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, args);
	va_end(args);
}

void result_time(struct result *r, enum result_step step, uint64_t ns)
{
	r->findings[step].timed = true;
	r->findings[step].ns = ns;
}

enum result_step result_worst(const struct result *r)
{
	enum result_step worst = RESULT_STEPS;

	for (unsigned i = 0; i < RESULT_STEPS; i++) {
		enum result_state state = r->findings[i].state;

		if (state > (worst == RESULT_STEPS ? RESULT_SKIPPED : r->findings[worst].state))
			worst = (enum result_step)i;
	}
	return worst;
}

enum result_state result_state(const struct result *r)
{
	enum result_step worst = result_worst(r);

	return worst == RESULT_STEPS ? RESULT_SKIPPED : r->findings[worst].state;
}
