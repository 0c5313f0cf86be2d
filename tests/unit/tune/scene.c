/* SPDX-License-Identifier: MIT */
#include "tests/unit/tune/scene.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tune/folder.h"

const char scene_conf[] = "# mine\nport: 3341 # keep\nworkers: 2\npin_cores:\n  - 0\n  - 1\nlog_level: debug\n";
char scene_root[64];
struct apply_place scene_at;

void scene_make(void)
{
	scene_fill(folder_make());
}

void scene_fill(const char *folder)
{
	snprintf(scene_root, sizeof(scene_root), "%s", folder);
	folder_put(scene_root, PLAN_CONFIG_PATH, scene_conf);
	folder_put(scene_root, PLAN_MODULES_PATH, "# of an earlier plan\n");
	folder_put(scene_root, SCENE_SOMAXCONN, "128\n");
	scene_at = (struct apply_place){ .root = scene_root, .live_root = scene_root };
}

void scene_remove(void)
{
	folder_remove(scene_root);
}

/* The plan of a machine of 8 cores, 2 threads each, as facts say of this root. */
static struct plan *plan(void)
{
	struct options o;
	struct facts f;
	struct plan *p;

	facts_init(&f);
	options_init(&o);
	f.pus = calloc(16, sizeof(*f.pus));
	ck_assert_ptr_nonnull(f.pus);
	f.pu_count = 16;
	for (unsigned i = 0; i < 16; i++) {
		f.pus[i].os_index = i;
		f.pus[i].core = (int)(i % 8);
	}
	f.ktls = 0; /* the file of modules goes away */
	ck_assert_int_eq(facts_sysctl_add(&f, "net.core.somaxconn", "128"), 0);
	p = plan_make(&f, &o);
	ck_assert_ptr_nonnull(p);
	facts_release(&f);
	return p;
}

int scene_changes(struct changes *c, char why[CHANGES_WHY_MAX])
{
	struct plan *p = plan();
	int error;

	changes_init(c);
	error = changes_of_plan(c, p, scene_root, 0, true, true, why);
	plan_free(p);
	return error;
}

int scene_apply(char why[CHANGES_WHY_MAX])
{
	struct changes c;
	unsigned id = 0;
	int error = scene_changes(&c, why);

	if (!error)
		error = apply_changes(&scene_at, &c, &id, why);
	changes_release(&c);
	return error;
}

void scene_applies(void)
{
	char why[CHANGES_WHY_MAX] = "";

	ck_assert_msg(scene_apply(why) == 0, "%s", why);
}

int scene_undo(bool force)
{
	char why[CHANGES_WHY_MAX] = "";
	unsigned id = 0;

	return apply_undo(&scene_at, &id, force, why);
}

bool scene_is(const char *path, const char *text)
{
	char *now = folder_get(scene_root, path);
	bool same = now && text ? strcmp(now, text) == 0 : !now && !text;

	free(now);
	return same;
}

bool scene_contains(const char *path, const char *text)
{
	char *now = folder_get(scene_root, path);
	bool found = now && strstr(now, text);

	free(now);
	return found;
}

void scene_is_as_before(void)
{
	ck_assert(scene_is(PLAN_CONFIG_PATH, scene_conf));
	ck_assert(scene_is(PLAN_MODULES_PATH, "# of an earlier plan\n"));
	ck_assert(scene_is(PLAN_SYSCTL_PATH, NULL));
	ck_assert(scene_is(PLAN_UNIT_PATH, NULL));
	ck_assert(scene_contains(SCENE_SOMAXCONN, "128"));
}

void scene_no_folder_is_left(void)
{
	ck_assert(!folder_has(scene_root, "/etc/sysctl.d"));
	ck_assert(!folder_has(scene_root, "/etc/systemd"));
	ck_assert(folder_has(scene_root, "/etc/modules-load.d"));
	ck_assert(folder_has(scene_root, "/etc/hyper-derp"));
}

void scene_nothing_is_staged(void)
{
	char path[256];

	for (unsigned i = 0; i < PLAN_FILES; i++) {
		ck_assert(place_staged_path("", plan_file_path(i), path, sizeof(path)));
		ck_assert_msg(!folder_has(scene_root, path), "%s is left", path);
	}
}
