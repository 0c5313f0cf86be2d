/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/measure_all.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/hd-tune/program.h"
#include "tools/hd-tune/show.h"
#include "util/error.h"
#include "util/mono.h"

#define FIRST_PART_PERCENT 60
#define RUN_MS_MIN 100
#define RUN_MS_MAX 10000
#define ROUNDS_WANTED 7
#define BESIDE_MS 300 /* starting, connecting and ending, where that goes well */
#define LINE_MAX_LEN 160

struct clock {
	uint64_t start_ns;
	uint64_t end_ns;      /* of all */
	uint64_t slowest_ns;  /* run so far */
	unsigned run_ms;
	bool progress;
};

unsigned measure_all_run_ms(size_t candidates, unsigned seconds)
{
	uint64_t runs = ROUNDS_WANTED * (candidates ? candidates : 1);
	uint64_t share = (uint64_t)seconds * 10 * FIRST_PART_PERCENT / runs;

	if (share < BESIDE_MS + RUN_MS_MIN)
		return RUN_MS_MIN;
	share -= BESIDE_MS;
	return share > RUN_MS_MAX ? RUN_MS_MAX : (unsigned)share;
}

static void show_progress(const struct clock *c, const struct measure_setting *s)
{
	uint64_t now = mono_now_ns();
	struct bytes line;

	if (!c->progress)
		return;
	bytes_init(&line, LINE_MAX_LEN);
	if (show_setting(s, &line) == 0)
		fprintf(stderr, "\r\033[K%" PRIu64 " of %" PRIu64 " s: %.*s", (now - c->start_ns) / MONO_NS_PER_S,
			(c->end_ns - c->start_ns) / MONO_NS_PER_S, (int)line.len, (const char *)line.data);
	bytes_release(&line);
}

/* Is there time for so many runs before a point? */
static bool is_time(const struct clock *c, size_t runs, uint64_t until_ns)
{
	uint64_t each = c->slowest_ns ? c->slowest_ns : (c->run_ms + BESIDE_MS) * MONO_NS_PER_MS;

	return mono_now_ns() + each * runs <= until_ns;
}

static int run_one(struct clock *c, const struct measure_tools *t, const struct measure_setting *s,
		   struct measure_runs *to, char why[MEASURE_RUN_WHY_MAX])
{
	uint64_t before = mono_now_ns(), rate = 0, took;
	int error;

	show_progress(c, s);
	error = measure_run(t, s, c->run_ms, &rate, why);
	took = mono_now_ns() - before;
	if (took > c->slowest_ns)
		c->slowest_ns = took;
	if (!error)
		measure_add(to, rate);
	return error;
}

/* In turns, each round from another one on: who comes after whom changes. The
 * first round is always made, for it tells how long a run takes. */
static int first_part(struct measure *m, struct clock *c, const struct measure_tools *t, uint64_t until_ns,
		      char why[MEASURE_RUN_WHY_MAX])
{
	int error = 0;

	for (size_t round = 0; round < MEASURE_RUNS_MAX && !error; round++) {
		if (round > 0 && !is_time(c, m->count, until_ns))
			break;
		for (size_t i = 0; i < m->count && !error; i++) {
			struct measure_candidate *next = &m->candidates[(round + i) % m->count];

			error = run_one(c, t, &next->setting, &next->first, why);
		}
	}
	return error;
}

static int second_part(struct measure *m, struct clock *c, const struct measure_tools *t,
		       char why[MEASURE_RUN_WHY_MAX])
{
	struct measure_candidate *pair[2] = { &m->candidates[0], &m->candidates[m->best] };
	int error = 0;

	for (size_t round = 0; round < MEASURE_RUNS_MAX && !error && is_time(c, 2, c->end_ns); round++)
		for (size_t i = 0; i < 2 && !error; i++) {
			struct measure_candidate *next = pair[(round + i) % 2];

			error = run_one(c, t, &next->setting, &next->second, why);
		}
	return error;
}

int measure_all(struct measure *m, const struct measure_tools *t, unsigned seconds, bool progress,
		char why[MEASURE_RUN_WHY_MAX])
{
	uint64_t now = mono_now_ns(), length = seconds * MONO_NS_PER_S;
	struct clock c = { .start_ns = now, .end_ns = now + length, .progress = progress,
			   .run_ms = measure_all_run_ms(m->count, seconds) };
	int error = first_part(m, &c, t, now + length / 100 * FIRST_PART_PERCENT, why);

	if (!error) {
		measure_choose(m);
		error = m->best ? second_part(m, &c, t, why) : 0;
	}
	if (!error)
		measure_decide(m);
	if (progress)
		fputs("\r\033[K", stderr);
	return error;
}
