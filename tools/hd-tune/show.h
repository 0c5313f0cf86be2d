/* SPDX-License-Identifier: MIT
 * A plan as people and programs read it. Codes of bytes.h. */
#ifndef HD_TOOLS_TUNE_SHOW_H
#define HD_TOOLS_TUNE_SHOW_H

#include "tools/hd-tune/facts.h"
#include "tools/hd-tune/measure.h"
#include "tools/hd-tune/plan.h"
#include "util/assert.h"
#include "util/bytes.h"

struct show_style {
	bool colour;
};

/* Drawing of the machine, values with reasons, warnings. */
HD_MUST_CHECK int show_text(const struct plan *p, const struct facts *f, struct show_style style,
			    struct bytes *out);
/* The drawing alone. */
HD_MUST_CHECK int show_machine(const struct plan *p, const struct facts *f, struct show_style style,
			       struct bytes *out);
HD_MUST_CHECK int show_json(const struct plan *p, struct bytes *out);
/* What goes into hyper-derp.yaml. */
HD_MUST_CHECK int show_yaml(const struct plan *p, struct bytes *out);
/* NAME='VALUE' lines for a shell. */
HD_MUST_CHECK int show_shell(const struct plan *p, struct bytes *out);
/* One row of the rule table with its value. */
HD_MUST_CHECK int show_explain(const struct plan *p, enum rule_id id, struct show_style style, struct bytes *out);

/* "4 workers, CPU 0-3" */
HD_MUST_CHECK int show_setting(const struct measure_setting *s, struct bytes *out);
HD_MUST_CHECK int show_measure(const struct measure *m, struct bytes *out);
HD_MUST_CHECK int show_measure_json(const struct measure *m, struct bytes *out);

#endif
