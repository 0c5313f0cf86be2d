/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "util/error.h"

#define IDS_MAX 100000
#define FOLDERS_MAX 16 /* paths of files are ours and short */
#define NAME_MAX_LEN 128

static const struct place_owner private_owner = { 0600, 0, 0 };

static struct place_owner owner_of_journal(void)
{
	struct place_owner owner = private_owner;

	owner.uid = geteuid();
	owner.gid = getegid();
	return owner;
}

static const char *path_of(unsigned id, const char *name, char out[NAME_MAX_LEN])
{
	snprintf(out, NAME_MAX_LEN, JOURNAL_FOLDER "/%06u/%s", id, name);
	return out;
}

static bool has(const char *root, unsigned id, const char *name)
{
	char path[NAME_MAX_LEN], full[PATH_MAX];

	return snprintf(full, sizeof(full), "%s%s", root, path_of(id, name, path)) < (int)sizeof(full) &&
	       access(full, F_OK) == 0;
}

int journal_lock(const char *root, int *fd)
{
	char full[PATH_MAX];
	int error = place_make_folder(root, JOURNAL_FOLDER), opened;

	if (error)
		return error;
	if (snprintf(full, sizeof(full), "%s" JOURNAL_FOLDER "/lock", root) >= (int)sizeof(full)) {
		errno = ENAMETOOLONG;
		return ERROR_IO;
	}
	opened = open(full, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (opened < 0)
		return errno == EACCES || errno == EPERM || errno == ELOOP ? ERROR_DENIED : ERROR_IO;
	if (flock(opened, LOCK_EX | LOCK_NB) < 0) {
		close(opened);
		return errno == EWOULDBLOCK ? ERROR_BUSY : ERROR_IO;
	}
	*fd = opened;
	return 0;
}

/* Written is what has its index: that comes last. */
static int write_text(const char *root, unsigned id, const char *name, const struct bytes *text)
{
	struct place_owner owner = owner_of_journal();
	char path[NAME_MAX_LEN];
	int error;

	path_of(id, name, path);
	error = place_stage(root, path, text, &owner);
	return error ? error : place_commit(root, path);
}

static int write_file(const char *root, unsigned id, unsigned kind, const struct changes_file *f, json_t *files)
{
	char name[64];
	json_t *row = json_pack("{s:s, s:b, s:b, s:i, s:i, s:i, s:i}", "name", plan_file_name(kind), "existed",
				(int)f->existed, "wanted", (int)f->wanted, "folders", (int)f->folders, "mode",
				(int)f->owner.mode, "uid", (int)f->owner.uid, "gid", (int)f->owner.gid);
	int error = row && json_array_append_new(files, row) == 0 ? 0 : ERROR_NO_MEMORY;

	snprintf(name, sizeof(name), "%s.before", plan_file_name(kind));
	if (!error)
		error = write_text(root, id, name, &f->before);
	snprintf(name, sizeof(name), "%s.after", plan_file_name(kind));
	if (!error)
		error = write_text(root, id, name, &f->after);
	snprintf(name, sizeof(name), "%s.keys", plan_file_name(kind));
	return error ? error : write_text(root, id, name, &f->keys);
}

static int write_live(const struct changes *c, json_t *live)
{
	for (size_t i = 0; i < c->live_count; i++) {
		json_t *row = json_pack("{s:s, s:s, s:s}", "key", c->live[i].key, "before", c->live[i].before,
					"after", c->live[i].after);

		if (!row || json_array_append_new(live, row) < 0)
			return ERROR_NO_MEMORY;
	}
	return 0;
}

static int write_index(const char *root, unsigned id, const json_t *index)
{
	char *text = json_dumps(index, JSON_INDENT(1));
	struct bytes bytes;
	int error;

	bytes_init(&bytes, PLACE_FILE_MAX);
	error = text ? bytes_append_text(&bytes, text) : ERROR_NO_MEMORY;
	free(text);
	if (!error)
		error = write_text(root, id, "index.json", &bytes);
	bytes_release(&bytes);
	return error;
}

static unsigned next_id(const char *root)
{
	unsigned id = 1;

	while (id < IDS_MAX && has(root, id, "index.json"))
		id++;
	return id;
}

int journal_write(const char *root, const struct changes *c, unsigned *id)
{
	unsigned next = next_id(root);
	json_t *files = json_array(), *live = json_array(), *index = json_object();
	int error = files && live && index ? 0 : ERROR_NO_MEMORY;

	if (next == IDS_MAX)
		error = ERROR_FULL;
	for (unsigned i = 0; i < PLAN_FILES && !error; i++)
		if (changes_file_differs(&c->files[i]))
			error = write_file(root, next, i, &c->files[i], files);
	if (!error)
		error = write_live(c, live);
	if (!error && (json_object_set_new(index, "hd_tune_journal", json_integer(JOURNAL_SCHEMA)) < 0 ||
		       json_object_set(index, "files", files) < 0 || json_object_set(index, "live", live) < 0))
		error = ERROR_NO_MEMORY;
	if (!error)
		error = write_index(root, next, index);
	json_decref(files);
	json_decref(live);
	json_decref(index);
	if (!error)
		*id = next;
	return error;
}

static int read_text(const char *root, unsigned id, const char *name, struct bytes *text)
{
	struct place_owner owner;
	char path[NAME_MAX_LEN];
	bool existed = false;
	int error = place_read(root, path_of(id, name, path), text, &existed, &owner);

	if (error)
		return error;
	return existed ? 0 : ERROR_NOT_FOUND;
}

static int read_file(const char *root, unsigned id, const json_t *row, struct changes *c)
{
	const char *name = json_string_value(json_object_get(row, "name"));
	struct changes_file *f;
	unsigned kind = 0;
	char file[64];
	int error;

	while (kind < PLAN_FILES && (!name || strcmp(plan_file_name(kind), name) != 0))
		kind++;
	if (kind == PLAN_FILES)
		return ERROR_MALFORMED;
	f = &c->files[kind];
	f->involved = true;
	f->existed = json_is_true(json_object_get(row, "existed"));
	f->wanted = json_is_true(json_object_get(row, "wanted"));
	f->folders = (unsigned)json_integer_value(json_object_get(row, "folders")) % FOLDERS_MAX;
	f->owner.mode = (mode_t)(json_integer_value(json_object_get(row, "mode")) & 07777);
	f->owner.uid = (uid_t)json_integer_value(json_object_get(row, "uid"));
	f->owner.gid = (gid_t)json_integer_value(json_object_get(row, "gid"));
	snprintf(file, sizeof(file), "%s.before", plan_file_name(kind));
	error = read_text(root, id, file, &f->before);
	snprintf(file, sizeof(file), "%s.after", plan_file_name(kind));
	if (!error)
		error = read_text(root, id, file, &f->after);
	snprintf(file, sizeof(file), "%s.keys", plan_file_name(kind));
	return error ? error : read_text(root, id, file, &f->keys);
}

static int read_live(const json_t *row, struct changes *c)
{
	const char *key = json_string_value(json_object_get(row, "key"));
	const char *before = json_string_value(json_object_get(row, "before"));
	const char *after = json_string_value(json_object_get(row, "after"));
	struct changes_live *live = &c->live[c->live_count];

	if (!key || !before || !after || c->live_count == HD_ARRAY_LEN(c->live) || rule_by_knob(key) == RULE_COUNT)
		return ERROR_MALFORMED;
	snprintf(live->key, sizeof(live->key), "%s", key);
	snprintf(live->before, sizeof(live->before), "%s", before);
	snprintf(live->after, sizeof(live->after), "%s", after);
	c->live_count++;
	return 0;
}

static int read_index(const char *root, unsigned id, const json_t *index, struct changes *c)
{
	const json_t *files = json_object_get(index, "files"), *live = json_object_get(index, "live");
	int error = 0;

	if (json_integer_value(json_object_get(index, "hd_tune_journal")) != JOURNAL_SCHEMA ||
	    !json_is_array(files) ||
	    !json_is_array(live))
		return ERROR_MALFORMED;
	for (size_t i = 0; i < json_array_size(files) && !error; i++)
		error = read_file(root, id, json_array_get(files, i), c);
	for (size_t i = 0; i < json_array_size(live) && !error; i++)
		error = read_live(json_array_get(live, i), c);
	return error;
}

int journal_read(const char *root, unsigned id, struct changes *c)
{
	struct bytes text;
	json_t *index;
	int error;

	bytes_init(&text, PLACE_FILE_MAX);
	error = read_text(root, id, "index.json", &text);
	index = error ? NULL : json_loadb(text.len ? (const char *)text.data : "", text.len, 0, NULL);
	if (!error)
		error = index ? read_index(root, id, index, c) : ERROR_MALFORMED;
	json_decref(index);
	bytes_release(&text);
	return error;
}

unsigned journal_last(const char *root, unsigned below)
{
	unsigned id = (below ? below : next_id(root)) - 1;

	while (id > 0 && has(root, id, "undone"))
		id--;
	return id;
}

int journal_close(const char *root, unsigned id)
{
	struct bytes nothing;

	bytes_init(&nothing, 0);
	return write_text(root, id, "undone", &nothing);
}

int journal_list(const char *root, struct bytes *out)
{
	unsigned end = next_id(root);
	int error = 0;

	for (unsigned id = 1; id < end && !error; id++)
		error = bytes_printf(out, "%u %s\n", id, has(root, id, "undone") ? "undone" : "applied");
	return error;
}
