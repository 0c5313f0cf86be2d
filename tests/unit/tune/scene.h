/* SPDX-License-Identifier: MIT
 * A small machine in a folder of the test's own, with a plan for it: what tests
 * of apply and undo start from. What goes wrong here is a failed check. */
#ifndef HD_TESTS_UNIT_TUNE_SCENE_H
#define HD_TESTS_UNIT_TUNE_SCENE_H

#include <stdbool.h>

#include "tools/hd-tune/apply.h"

#define SCENE_SOMAXCONN "/proc/sys/net/core/somaxconn"

extern const char scene_conf[]; /* its configuration, edited by hand */
extern char scene_root[64];
extern struct apply_place scene_at;

void scene_make(void);
/* The same in a folder that is there and empty. */
void scene_fill(const char *folder);
void scene_remove(void);

/* Codes of apply.h. */
int scene_changes(struct changes *c, char why[CHANGES_WHY_MAX]);
int scene_apply(char why[CHANGES_WHY_MAX]);
int scene_undo(bool force);
/* Checks that it does. */
void scene_applies(void);

/* Is a file's text this (NULL: is there none)? Is this in it? */
bool scene_is(const char *path, const char *text);
bool scene_contains(const char *path, const char *text);
void scene_is_as_before(void);
void scene_no_folder_is_left(void);
void scene_nothing_is_staged(void);

#endif
