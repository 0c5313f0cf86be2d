/* SPDX-License-Identifier: MIT
 * The order is what makes it safe: stage all new files (a full disk shows here),
 * check the configuration, write the journal, rename, set live values, look. Who
 * is killed before the journal leaves no change, but maybe an empty folder, which
 * means nothing to those who read there. */
#include "tools/hd-tune/apply.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/hd-tune/journal.h"
#include "tools/hd-tune/live.h"
#include "tools/hd-tune/yaml_edit.h"
#include "util/error.h"

static int fail(int error, const char *root, const char *path, char why[CHANGES_WHY_MAX])
{
	snprintf(why, CHANGES_WHY_MAX, "%.200s%.200s: %s", root, path,
		 errno == ELOOP && error == ERROR_DENIED ? "a symbolic link is not followed" :
		 error == ERROR_IO || error == ERROR_DENIED ? strerror(errno) : error_text(error));
	return error;
}

static void discard_all(const struct apply_place *at)
{
	for (unsigned i = 0; i < PLAN_FILES; i++)
		place_discard(at->root, plan_file_path(i));
}

/* Folders that were made for files that are not there. */
static void remove_folders(const struct apply_place *at, const struct changes *c)
{
	for (unsigned i = 0; i < PLAN_FILES; i++)
		if (c->files[i].involved && !c->files[i].existed)
			place_remove_folders(at->root, plan_file_path(i), c->files[i].folders);
}

static int stage_all(const struct apply_place *at, const struct changes *c, char why[CHANGES_WHY_MAX])
{
	for (unsigned i = 0; i < PLAN_FILES; i++) {
		const struct changes_file *f = &c->files[i];
		int error;

		if (!changes_file_differs(f) || !f->wanted)
			continue;
		error = place_stage(at->root, plan_file_path(i), &f->after, &f->owner);
		if (error)
			return fail(error, at->root, plan_file_path(i), why);
	}
	return 0;
}

static int check_conf(const struct apply_place *at, const struct changes *c, char why[CHANGES_WHY_MAX])
{
	const struct changes_file *f = &c->files[PLAN_FILE_CONF];
	char staged[PATH_MAX], old[PATH_MAX], reason[CHANGES_WHY_MAX];
	int error;

	if (!changes_file_differs(f))
		return 0;
	if (!place_staged_path(at->root, PLAN_CONFIG_PATH, staged, sizeof(staged)) ||
	    snprintf(old, sizeof(old), "%s" PLAN_CONFIG_PATH, at->root) >= (int)sizeof(old)) {
		errno = ENAMETOOLONG;
		return fail(ERROR_IO, at->root, PLAN_CONFIG_PATH, why);
	}
	error = changes_verify_conf(f->existed ? old : NULL, staged, reason);
	if (!error)
		return 0;
	snprintf(why, CHANGES_WHY_MAX, "%.500s", reason);
	return error == ERROR_NO_MEMORY ? error : ERROR_MALFORMED;
}

static int commit_all(const struct apply_place *at, const struct changes *c, char why[CHANGES_WHY_MAX])
{
	for (unsigned i = 0; i < PLAN_FILES; i++) {
		const struct changes_file *f = &c->files[i];
		int error = 0;

		if (changes_file_differs(f))
			error = f->wanted ? place_commit(at->root, plan_file_path(i)) :
					    place_remove(at->root, plan_file_path(i));
		if (error)
			return fail(error, at->root, plan_file_path(i), why);
	}
	for (size_t i = 0; i < c->live_count && at->live_root; i++) {
		int error = live_write(at->live_root, c->live[i].key, c->live[i].after);

		if (error)
			return fail(error, "", c->live[i].key, why);
	}
	return 0;
}

enum found { FOUND_BEFORE, FOUND_AFTER, FOUND_OTHER };

/* What stands there now? */
static int look(const struct apply_place *at, enum plan_file_kind kind, const struct changes_file *f,
		enum found *found)
{
	struct place_owner owner;
	struct bytes now;
	bool exists = false;
	int error;

	bytes_init(&now, PLACE_FILE_MAX);
	error = place_read(at->root, plan_file_path(kind), &now, &exists, &owner);
	*found = FOUND_OTHER;
	if (exists == f->existed && (!exists || changes_same_text(&now, &f->before)))
		*found = FOUND_BEFORE;
	else if (exists == f->wanted && (!exists || changes_same_text(&now, &f->after)))
		*found = FOUND_AFTER;
	bytes_release(&now);
	return error;
}

static int look_at_all(const struct apply_place *at, const struct changes *c, char why[CHANGES_WHY_MAX])
{
	for (unsigned i = 0; i < PLAN_FILES; i++) {
		enum found found = FOUND_AFTER;

		if (changes_file_differs(&c->files[i]) &&
		    (look(at, i, &c->files[i], &found) || found != FOUND_AFTER)) {
			snprintf(why, CHANGES_WHY_MAX, "%s is not as written", plan_file_path(i));
			return ERROR_CLOSED;
		}
	}
	for (size_t i = 0; i < c->live_count && at->live_root; i++)
		if (!live_is(at->live_root, c->live[i].key, c->live[i].after)) {
			snprintf(why, CHANGES_WHY_MAX, "the kernel did not take %s", c->live[i].key);
			return ERROR_CLOSED;
		}
	return 0;
}

static int restore_file(const struct apply_place *at, enum plan_file_kind kind, const struct changes_file *f)
{
	const char *path = plan_file_path(kind);
	int error;

	if (!f->existed)
		return place_remove(at->root, path);
	error = place_stage(at->root, path, &f->before, &f->owner);
	return error ? error : place_commit(at->root, path);
}

/* What another program has set meanwhile is its own. */
static int restore_live(const struct apply_place *at, const struct changes_live *live)
{
	if (live_is(at->live_root, live->key, live->after))
		return live_write(at->live_root, live->key, live->before);
	if (live_is(at->live_root, live->key, live->before) || !at->said)
		return 0;
	return bytes_printf(at->said, "%s is not %s any more: left alone\n", live->key, live->after);
}

static int restore(const struct apply_place *at, const struct changes *c, bool force, char why[CHANGES_WHY_MAX])
{
	enum found found;

	for (size_t i = c->live_count; i > 0 && at->live_root; i--)
		if (restore_live(at, &c->live[i - 1]))
			return fail(ERROR_IO, "", c->live[i - 1].key, why);
	for (unsigned i = PLAN_FILES; i > 0; i--) {
		const struct changes_file *f = &c->files[i - 1];
		int error = 0;

		if (!changes_file_differs(f))
			continue;
		error = look(at, i - 1, f, &found);
		if (!error && (found == FOUND_AFTER || (found == FOUND_OTHER && force)))
			error = restore_file(at, i - 1, f);
		if (error)
			return fail(error, at->root, plan_file_path(i - 1), why);
	}
	remove_folders(at, c);
	return 0;
}

/* The plan was made before the lock was taken. */
static int refuse_moved(const struct apply_place *at, const struct changes *c, char why[CHANGES_WHY_MAX])
{
	for (unsigned i = 0; i < PLAN_FILES; i++) {
		enum found found = FOUND_BEFORE;
		int error = changes_file_differs(&c->files[i]) ? look(at, i, &c->files[i], &found) : 0;

		if (error)
			return fail(error, at->root, plan_file_path(i), why);
		if (found != FOUND_BEFORE) {
			snprintf(why, CHANGES_WHY_MAX, "%.200s%s changed meanwhile", at->root, plan_file_path(i));
			return ERROR_EXISTS;
		}
	}
	return 0;
}

/* After a step failed: all back, or the journal stays open for undo. */
static int roll_back(const struct apply_place *at, const struct changes *c, unsigned id, int error,
		     char why[CHANGES_WHY_MAX])
{
	char again[CHANGES_WHY_MAX] = "";
	int kept = errno;

	discard_all(at);
	if (restore(at, c, false, again) == 0 && journal_close(at->root, id) == 0) {
		errno = kept;
		return error;
	}
	snprintf(why + strlen(why), CHANGES_WHY_MAX - strlen(why),
		 "; rolling back failed, too (%.100s): hd-tune undo %u",
		 again, id);
	errno = kept;
	return error;
}

static int change_all(const struct apply_place *at, const struct changes *c, unsigned *id,
		      char why[CHANGES_WHY_MAX])
{
	int error = refuse_moved(at, c, why);

	if (!error)
		error = stage_all(at, c, why);
	if (!error)
		error = check_conf(at, c, why);
	if (!error) {
		error = journal_write(at->root, c, id);
		if (error)
			fail(error, at->root, JOURNAL_FOLDER, why);
	}
	if (error) {
		int kept = errno;

		discard_all(at);
		remove_folders(at, c);
		errno = kept;
		return error;
	}
	error = commit_all(at, c, why);
	if (!error)
		error = look_at_all(at, c, why);
	return error ? roll_back(at, c, *id, error, why) : 0;
}

static int lock(const struct apply_place *at, int *fd, char why[CHANGES_WHY_MAX])
{
	int error = journal_lock(at->root, fd);

	return error ? fail(error, at->root, JOURNAL_FOLDER, why) : 0;
}

int apply_changes(const struct apply_place *at, const struct changes *c, unsigned *id, char why[CHANGES_WHY_MAX])
{
	unsigned written = 0;
	int fd, error;

	if (!changes_any(c)) {
		*id = 0;
		return 0;
	}
	error = lock(at, &fd, why);
	if (error)
		return error;
	error = change_all(at, c, &written, why);
	close(fd);
	if (!error)
		*id = written;
	return error;
}

/* Before anything is touched: is there a file that someone edited? */
static int refuse_edited(const struct apply_place *at, const struct changes *c, char why[CHANGES_WHY_MAX])
{
	for (unsigned i = 0; i < PLAN_FILES; i++) {
		enum found found = FOUND_BEFORE;
		int error = changes_file_differs(&c->files[i]) ? look(at, i, &c->files[i], &found) : 0;

		if (error)
			return fail(error, at->root, plan_file_path(i), why);
		if (found == FOUND_OTHER) {
			snprintf(why, CHANGES_WHY_MAX, "%s%s was edited since; --force puts the old text back",
				 at->root, plan_file_path(i));
			return ERROR_EXISTS;
		}
	}
	return 0;
}

static int undo_locked(const struct apply_place *at, unsigned *id, bool force, char why[CHANGES_WHY_MAX])
{
	struct changes c;
	int error;

	if (*id == 0)
		*id = journal_last(at->root, 0);
	if (*id == 0) {
		snprintf(why, CHANGES_WHY_MAX, "nothing is applied");
		return ERROR_NOT_FOUND;
	}
	changes_init(&c);
	error = journal_read(at->root, *id, &c);
	if (error)
		fail(error, at->root, JOURNAL_FOLDER, why);
	if (!error && !force)
		error = refuse_edited(at, &c, why);
	if (!error) {
		discard_all(at);
		error = restore(at, &c, force, why);
	}
	if (!error) {
		error = journal_close(at->root, *id);
		if (error)
			fail(error, at->root, JOURNAL_FOLDER, why);
	}
	changes_release(&c);
	return error;
}

int apply_undo(const struct apply_place *at, unsigned *id, bool force, char why[CHANGES_WHY_MAX])
{
	int fd, error = lock(at, &fd, why);

	if (error)
		return error;
	error = undo_locked(at, id, force, why);
	close(fd);
	return error;
}

/* In the configuration only owned keys count. */
static int check_file(const struct apply_place *at, enum plan_file_kind kind, const struct changes_file *f,
		      bool *drifted)
{
	struct place_owner owner;
	struct bytes now, edited;
	bool exists = false;
	int error;

	bytes_init(&now, PLACE_FILE_MAX);
	bytes_init(&edited, PLACE_FILE_MAX);
	error = place_read(at->root, plan_file_path(kind), &now, &exists, &owner);
	if (!error && kind == PLAN_FILE_CONF && exists)
		error = yaml_edit_set_all(now.len ? (const char *)now.data : "", now.len, &f->keys, &edited);
	if (!error)
		*drifted = exists != f->wanted ||
			   (exists && !changes_same_text(&now, kind == PLAN_FILE_CONF ? &edited : &f->after));
	bytes_release(&now);
	bytes_release(&edited);
	return error;
}

/* What a later apply has changed again. */
struct seen {
	bool files[PLAN_FILES];
	bool rules[RULE_COUNT];
};

static int check_files(const struct apply_place *at, const struct changes *c, struct seen *seen, struct bytes *out,
		       char why[CHANGES_WHY_MAX])
{
	for (unsigned i = 0; i < PLAN_FILES; i++) {
		bool drifted = false;
		int error;

		if (!changes_file_differs(&c->files[i]) || seen->files[i])
			continue;
		seen->files[i] = true;
		error = check_file(at, i, &c->files[i], &drifted);
		if (error)
			return fail(error, at->root, plan_file_path(i), why);
		if (drifted && bytes_printf(out, "%s%s is not as applied\n", at->root, plan_file_path(i)))
			return fail(ERROR_NO_MEMORY, at->root, plan_file_path(i), why);
	}
	return 0;
}

static int check_live(const struct apply_place *at, const struct changes *c, struct seen *seen, struct bytes *out)
{
	int error = 0;

	for (size_t i = 0; i < c->live_count && at->live_root && !error; i++) {
		enum rule_id id = rule_by_knob(c->live[i].key);

		if (!seen->rules[id] && !live_is(at->live_root, c->live[i].key, c->live[i].after))
			error = bytes_printf(out, "%s is not %s\n", c->live[i].key, c->live[i].after);
		seen->rules[id] = true;
	}
	return error;
}

static int check_one(const struct apply_place *at, unsigned id, struct seen *seen, struct bytes *out,
		     char why[CHANGES_WHY_MAX])
{
	struct changes c;
	int error;

	changes_init(&c);
	error = journal_read(at->root, id, &c);
	if (error)
		fail(error, at->root, JOURNAL_FOLDER, why);
	if (!error)
		error = check_files(at, &c, seen, out, why);
	if (!error)
		error = check_live(at, &c, seen, out);
	changes_release(&c);
	return error;
}

int apply_check(const struct apply_place *at, struct bytes *out, char why[CHANGES_WHY_MAX])
{
	unsigned id = journal_last(at->root, 0);
	struct seen seen = { { false }, { false } };
	int error = 0;

	if (id == 0) {
		snprintf(why, CHANGES_WHY_MAX, "nothing is applied");
		return ERROR_NOT_FOUND;
	}
	for (; id > 0 && !error; id = id > 1 ? journal_last(at->root, id) : 0)
		error = check_one(at, id, &seen, out, why);
	return error;
}
