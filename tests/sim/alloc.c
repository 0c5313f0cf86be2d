/* SPDX-License-Identifier: MIT
 * The linker puts the functions named __wrap_ in the place of the library's, in
 * every object of this program. */
#include "tests/sim/alloc.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "tests/sim/sim.h"
#include "util/assert.h"

static bool may_fail;
static int own;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);

/* Only what a shard asks for, and only once it has started. */
static bool refused(void)
{
	if (!may_fail || own > 0 || !task_inside() || sim.running < 0 || !sim.started[sim.running])
		return false;
	if (sim.plan.no_memory == 0 || !sim_one_in(sim.plan.no_memory))
		return false;
	sim.refused++;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return refused() ? NULL : __real_realloc(p, size);
}

void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	return refused() ? MAP_FAILED : __real_mmap(at, size, prot, flags, fd, offset);
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_malloc(size);
}

static void *openssl_realloc(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	if (size > 0)
		return __wrap_realloc(p, size);
	free(p);
	return NULL;
}

static void openssl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

void alloc_init(void)
{
	hd_assert(CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) == 1);
}

void alloc_may_fail(bool yes)
{
	may_fail = yes;
}

void *sim_alloc(size_t size)
{
	void *p = __real_calloc(1, size);

	hd_assert(p);
	return p;
}

void *sim_realloc(void *p, size_t size)
{
	p = __real_realloc(p, size);
	hd_assert(p);
	return p;
}

void alloc_enter_own(void)
{
	own++;
}

void alloc_leave_own(void)
{
	hd_assert(own > 0);
	own--;
}
