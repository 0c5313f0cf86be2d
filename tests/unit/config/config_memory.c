/* SPDX-License-Identifier: MIT */
#include "tests/unit/config/config_memory.h"

#include <limits.h>
#include <stddef.h>

static unsigned left = UINT_MAX; /* allocations until one fails; UINT_MAX: none will */
static bool failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

void config_memory_fail_after(unsigned good)
{
	left = good;
	failed = false;
}

bool config_memory_failed(void)
{
	left = UINT_MAX;
	return failed;
}

static bool refused(void)
{
	if (left == UINT_MAX || left-- > 0)
		return false;
	left = UINT_MAX;
	failed = true;
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

void *__wrap_realloc(void *old, size_t size)
{
	return refused() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return refused() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
	return refused() ? NULL : __real_strndup(text, len);
}
