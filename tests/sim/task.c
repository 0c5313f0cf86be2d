/* SPDX-License-Identifier: MIT */
#include "tests/sim/task.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "util/assert.h"

#if defined(__SANITIZE_ADDRESS__)
#define TASK_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TASK_ASAN 1
#endif
#endif

#ifdef TASK_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

#define TASK_STACK_BYTES (512 * 1024)
#define TASK_GUARD_BYTES 4096

struct task {
	ucontext_t context;
	ucontext_t resumer;
	task_fn *fn;
	void *ctx;
	char *stack;
	bool ended;
	void *fake;              /* AddressSanitizer's, of this task while it is not running */
	void *resumer_fake;
	const void *resumer_stack;
	size_t resumer_stack_bytes;
};

static struct task *task_current;

/* AddressSanitizer is told of each switch, or it takes the other stack's
 * frames for overflows. */
static void task_leave(void **fake, const void *stack, size_t bytes)
{
#ifdef TASK_ASAN
	__sanitizer_start_switch_fiber(fake, stack, bytes);
#else
	(void)fake;
	(void)stack;
	(void)bytes;
#endif
}

static void task_arrive(void *fake, const void **from, size_t *bytes)
{
#ifdef TASK_ASAN
	__sanitizer_finish_switch_fiber(fake, from, bytes);
#else
	(void)fake;
	(void)from;
	(void)bytes;
#endif
}

static void task_body(void)
{
	struct task *t = task_current;

	task_arrive(NULL, &t->resumer_stack, &t->resumer_stack_bytes);
	t->fn(t->ctx);
	t->ended = true;
	task_leave(NULL, t->resumer_stack, t->resumer_stack_bytes);
	setcontext(&t->resumer);
}

struct task *task_new(task_fn *fn, void *ctx)
{
	struct task *t = calloc(1, sizeof(*t));

	hd_assert(t);
	t->fn = fn;
	t->ctx = ctx;
	t->stack = mmap(NULL, TASK_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	hd_assert(t->stack != MAP_FAILED);
	hd_assert(mprotect(t->stack, TASK_GUARD_BYTES, PROT_NONE) == 0);
	hd_assert(getcontext(&t->context) == 0);
	t->context.uc_stack.ss_sp = t->stack + TASK_GUARD_BYTES;
	t->context.uc_stack.ss_size = TASK_STACK_BYTES - TASK_GUARD_BYTES;
	makecontext(&t->context, task_body, 0);
	return t;
}

void task_free(struct task *t)
{
	if (!t)
		return;
	munmap(t->stack, TASK_STACK_BYTES);
	free(t);
}

void task_resume(struct task *t)
{
	hd_assert(!task_current && !t->ended);
	task_current = t;
	task_leave(&t->resumer_fake, t->context.uc_stack.ss_sp, t->context.uc_stack.ss_size);
	hd_assert(swapcontext(&t->resumer, &t->context) == 0);
	task_arrive(t->resumer_fake, NULL, NULL);
	task_current = NULL;
}

bool task_ended(const struct task *t)
{
	return t->ended;
}

void task_yield(void)
{
	struct task *t = task_current;

	hd_assert(t);
	task_leave(&t->fake, t->resumer_stack, t->resumer_stack_bytes);
	hd_assert(swapcontext(&t->context, &t->resumer) == 0);
	task_arrive(t->fake, &t->resumer_stack, &t->resumer_stack_bytes);
}

bool task_inside(void)
{
	return task_current != NULL;
}
