/* SPDX-License-Identifier: MIT
 * sim: runs the shards on a simulated kernel, seed by seed, each in a process
 * of its own. Without options: the seeds that make check runs. */
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/alloc.h"
#include "tests/sim/world.h"

#if defined(__SANITIZE_THREAD__)
#define MAIN_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MAIN_TSAN 1
#endif
#endif

#ifdef SIM_SANITIZED
#define MAIN_SEEDS 120
#define MAIN_STEPS 6000
#else
#define MAIN_SEEDS 300
#define MAIN_STEPS 12000
#endif

#define MAIN_JOBS_MAX 64

struct main_options {
	uint64_t seed, count;
	bool one;     /* --seed: in this process */
	unsigned jobs;
	struct world_options world;
};

static const char usage[] =
	"usage: sim [--seed N] [--from N] [--count N] [--steps N] [--shards N] [--jobs N] [--verbose]\n"
	"  --seed N    one run, in this process; repeats what a failure says\n"
	"  --from N    first seed of several, 1 by default\n"
	"  --count N   how many; 0: until one fails\n"
	"  --steps N   length of the traffic of a run\n"
	"  --shards N  1 to 4 instead of what the seed says\n"
	"  --jobs N    runs at a time, by default one per processor\n"
	"  --verbose   what happens, to stderr\n";

static bool parse_number(const char *text, uint64_t max, uint64_t *out)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || n > max)
		return false;
	*out = n;
	return true;
}

static bool parse(struct main_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", required_argument, NULL, 's' },  { "from", required_argument, NULL, 'f' },
		{ "count", required_argument, NULL, 'c' }, { "steps", required_argument, NULL, 'n' },
		{ "shards", required_argument, NULL, 'w' }, { "jobs", required_argument, NULL, 'j' },
		{ "verbose", no_argument, NULL, 'v' },     { 0 },
	};
	uint64_t n = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'v') {
			o->world.verbose = true;
			continue;
		}
		if (c == '?' || !parse_number(optarg, c == 'w' ? 4 : c == 'j' ? MAIN_JOBS_MAX : UINT64_MAX, &n))
			return false;
		if (c == 's' || c == 'f')
			o->seed = n;
		o->one |= c == 's';
		if (c == 'c')
			o->count = n;
		else if (c == 'n')
			o->world.steps = n;
		else if (c == 'w')
			o->world.shards = (uint16_t)n;
		else if (c == 'j')
			o->jobs = (unsigned)n;
	}
	return optind == argc;
}

struct job {
	pid_t pid;
	uint64_t seed;
};

static void start(struct job *job, const struct main_options *o, uint64_t seed)
{
	fflush(NULL);
	job->seed = seed;
	job->pid = fork();
	if (job->pid < 0) {
		perror("fork");
		exit(1);
	}
	if (job->pid == 0) {
		world_run(seed, &o->world);
		exit(0);
	}
}

/* Waits for one job and says how it ended; its place is free then. */
static bool finish(struct job *jobs, unsigned count, const struct main_options *o)
{
	int status;
	pid_t pid = wait(&status);
	bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	for (unsigned i = 0; i < count; i++) {
		if (jobs[i].pid != pid)
			continue;
		jobs[i].pid = 0;
		if (ok)
			printf("ok seed %" PRIu64 "\n", jobs[i].seed);
		else
			printf("not ok seed %" PRIu64 ": sim --seed %" PRIu64 " --steps %" PRIu64 "\n",
			       jobs[i].seed,
			       jobs[i].seed, o->world.steps);
		fflush(stdout);
	}
	return ok;
}

static int run_many(const struct main_options *o)
{
	struct job jobs[MAIN_JOBS_MAX] = { 0 };
	uint64_t next = o->seed, failed = 0;
	unsigned running = 0;

	for (;;) {
		bool more = o->count ? next < o->seed + o->count : failed == 0;

		if (!more && running == 0)
			break;
		for (unsigned i = 0; more && i < o->jobs; i++)
			if (jobs[i].pid == 0) {
				start(&jobs[i], o, next++);
				running++;
				break;
			}
		if (running == o->jobs || !more) {
			failed += !finish(jobs, o->jobs, o);
			running--;
		}
	}
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct main_options o = { .seed = 1, .count = MAIN_SEEDS, .world.steps = MAIN_STEPS };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	alloc_init();
	o.jobs = cpus < 1 ? 1 : cpus > MAIN_JOBS_MAX ? MAIN_JOBS_MAX : (unsigned)cpus;
	if (!parse(&o, argc, argv) || o.jobs == 0) {
		fputs(usage, stderr);
		return 2;
	}
#ifdef MAIN_TSAN
	/* One thread that changes its stack by itself: nothing for this sanitizer. */
	return 77;
#endif
	if (!o.one)
		return run_many(&o);
	world_run(o.seed, &o.world);
	printf("ok seed %" PRIu64 "\n", o.seed);
	return 0;
}
