/* SPDX-License-Identifier: MIT
 * Coroutines: several shards on one thread, switched only where the simulation
 * says so, and so in an order that a seed decides. */
#ifndef HD_TESTS_SIM_TASK_H
#define HD_TESTS_SIM_TASK_H

#include <stdbool.h>

struct task;

typedef void task_fn(void *ctx);

/* Runs fn(ctx) when it is resumed first. Aborts without memory. */
struct task *task_new(task_fn *fn, void *ctx);
void task_free(struct task *t); /* ended, or never resumed */
/* From outside of tasks: goes on with t until it yields or ends. */
void task_resume(struct task *t);
bool task_ended(const struct task *t);
/* From inside of a task: back to who resumed it. */
void task_yield(void);
/* Is a task running now? */
bool task_inside(void);

#endif
