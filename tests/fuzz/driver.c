/* SPDX-License-Identifier: MIT
 * Replays a corpus without libFuzzer: "fuzz_NAME" takes each file of
 * $HD_SRCDIR/tests/fuzz/corpus/NAME, "fuzz_NAME PATH..." the files and folders
 * named. Exit 0 only if there was a file; what does not hold aborts. */
#include "tests/fuzz/driver.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_SIZE_MAX 65536 /* every truncation is tried: a corpus wants small files */
#define PREFIX "fuzz_"

static size_t files, inputs;

static _Noreturn void die(const char *path, const char *why)
{
	fprintf(stderr, "%s: %s\n", path, why);
	exit(1);
}

/* A copy of just this size on the heap, so that AddressSanitizer sees each read past it. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (!copy)
		die("malloc", strerror(errno));
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	inputs++;
}

static void replay_file(const char *path)
{
	static uint8_t data[FILE_SIZE_MAX + 1];
	FILE *f = fopen(path, "rb");
	size_t size;

	if (!f)
		die(path, strerror(errno));
	size = fread(data, 1, sizeof(data), f);
	if (ferror(f))
		die(path, "cannot be read");
	fclose(f);
	if (size == sizeof(data))
		die(path, "too big for a corpus");
	files++;
	for (size_t len = 0; len <= size; len++)
		run(data, len);
}

static void replay(const char *path);

static void replay_folder(const char *path)
{
	DIR *dir = opendir(path);

	if (!dir)
		die(path, strerror(errno));
	for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		char name[4096];

		if (e->d_name[0] == '.')
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, e->d_name) >= (int)sizeof(name))
			die(path, "the name is too long");
		replay(name);
	}
	closedir(dir);
}

static void replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		die(path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		replay_folder(path);
	else
		replay_file(path);
}

/* The corpus that belongs to a program of this name. */
static void replay_own(const char *program)
{
	const char *slash = strrchr(program, '/'), *name = slash ? slash + 1 : program;
	const char *top = getenv("HD_SRCDIR");
	char path[4096];

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		die(program, "name a file or a folder");
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", top ? top : ".", name + strlen(PREFIX));
	replay(path);
}

int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc < 2)
		replay_own(argv[0]);
	printf("%zu files, %zu inputs\n", files, inputs);
	return files > 0 ? 0 : 1;
}
