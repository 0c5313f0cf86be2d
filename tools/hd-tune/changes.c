/* SPDX-License-Identifier: MIT */
#include "tools/hd-tune/changes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/settings.h"
#include "tools/hd-tune/yaml_edit.h"
#include "util/error.h"

#define NAMES_MAX 1024

static const char new_conf_head[] =
	"# Settings of hyper-derp(8), see hyper-derp.yaml(5). hd-tune(8) keeps workers,\n"
	"# pin_cores, sockbuf and sqpoll; everything else is yours.\n";

void changes_init(struct changes *c)
{
	*c = (struct changes){ .live_count = 0 };
	for (unsigned i = 0; i < PLAN_FILES; i++) {
		bytes_init(&c->files[i].before, PLACE_FILE_MAX);
		bytes_init(&c->files[i].after, PLACE_FILE_MAX);
		bytes_init(&c->files[i].keys, PLACE_FILE_MAX);
	}
}

void changes_release(struct changes *c)
{
	for (unsigned i = 0; i < PLAN_FILES; i++) {
		bytes_release(&c->files[i].before);
		bytes_release(&c->files[i].after);
		bytes_release(&c->files[i].keys);
	}
	changes_init(c);
}

bool changes_same_text(const struct bytes *a, const struct bytes *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

bool changes_file_differs(const struct changes_file *f)
{
	if (!f->involved)
		return false;
	return f->existed != f->wanted || (f->wanted && !changes_same_text(&f->before, &f->after));
}

bool changes_any(const struct changes *c)
{
	for (unsigned i = 0; i < PLAN_FILES; i++)
		if (changes_file_differs(&c->files[i]))
			return true;
	return c->live_count > 0;
}

static int edit_conf(struct changes_file *f, const struct plan_file *planned)
{
	const struct bytes *before = &f->before;
	int error = bytes_append(&f->keys, planned->text.data, planned->text.len);

	if (error)
		return error;
	if (!f->existed)
		return yaml_edit_set_all(new_conf_head, strlen(new_conf_head), &f->keys, &f->after);
	return yaml_edit_set_all(before->len ? (const char *)before->data : "", before->len, &f->keys, &f->after);
}

static int take_file(struct changes_file *f, const struct plan *p, enum plan_file_kind kind, const char *root,
		     char why[CHANGES_WHY_MAX])
{
	const struct plan_file *planned = &p->files[kind];
	int error = place_read(root, plan_file_path(kind), &f->before, &f->existed, &f->owner);

	if (error) {
		snprintf(why, CHANGES_WHY_MAX, "%s%s: %s", root, plan_file_path(kind),
			 errno == ELOOP ? "a symbolic link is not followed" : strerror(errno));
		return error;
	}
	f->involved = true;
	f->wanted = planned->wanted;
	f->folders = f->wanted ? place_missing_folders(root, plan_file_path(kind)) : 0;
	if (kind == PLAN_FILE_CONF)
		error = edit_conf(f, planned);
	else if (planned->wanted)
		error = bytes_append(&f->after, planned->text.data, planned->text.len);
	if (error)
		snprintf(why, CHANGES_WHY_MAX, "%s: %s", plan_file_path(kind), error_text(error));
	return error;
}

static void take_live(struct changes *c, const struct plan *p)
{
	for (size_t i = 0; i < p->sysctl_count; i++) {
		const struct plan_sysctl *s = &p->sysctls[i];
		struct changes_live *live = &c->live[c->live_count];

		if (strcmp(s->current, s->value) == 0)
			continue;
		snprintf(live->key, sizeof(live->key), "%s", s->key);
		snprintf(live->before, sizeof(live->before), "%s", s->current);
		snprintf(live->after, sizeof(live->after), "%s", s->value);
		c->live_count++;
	}
}

int changes_of_plan(struct changes *c, const struct plan *p, const char *root, unsigned only, bool files,
		    bool live, char why[CHANGES_WHY_MAX])
{
	int error = 0;

	for (unsigned i = 0; i < PLAN_FILES && files && !error; i++)
		if (p->files[i].written && (only == 0 || (only >> i & 1)))
			error = take_file(&c->files[i], p, i, root, why);
	if (!error && live && p->files[PLAN_FILE_SYSCTL].written && (only == 0 || (only >> PLAN_FILE_SYSCTL & 1)))
		take_live(c, p);
	return error;
}

/* Are all names of a list "a, b" owned keys? */
static bool only_owned(const char *names)
{
	static const char *const owned[] = { "workers", "pin_cores", "sockbuf", "sqpoll" };

	while (*names) {
		size_t len = strcspn(names, ","), i = 0;

		while (i < HD_ARRAY_LEN(owned) && (strlen(owned[i]) != len || strncmp(owned[i], names, len) != 0))
			i++;
		if (i == HD_ARRAY_LEN(owned))
			return false;
		names += len;
		names += strspn(names, ", ");
	}
	return true;
}

static int compare(const struct settings *before, const struct settings *after, char why[CHANGES_WHY_MAX])
{
	char names[NAMES_MAX] = "";

	settings_diff(before, after, false, names, sizeof(names));
	if (only_owned(names) && settings_diff(before, after, true, names, sizeof(names)) == 0)
		return 0;
	snprintf(why, CHANGES_WHY_MAX, "editing the file would change %.400s: it is left alone", names);
	return ERROR_MALFORMED;
}

int changes_verify_conf(const char *old, const char *edited, char why[CHANGES_WHY_MAX])
{
	struct settings before, after;
	char message[SETTINGS_MESSAGE_MAX];
	int error = old ? settings_load_file(&before, old, message) : settings_init(&before);

	if (error) {
		snprintf(why, CHANGES_WHY_MAX, "the file is not right as it is: %.450s", old ? message :
			 error_text(error));
		return error;
	}
	error = settings_load_file(&after, edited, message);
	if (error) {
		snprintf(why, CHANGES_WHY_MAX, "the daemon would not take the new file: %.440s", message);
	} else {
		error = compare(&before, &after, why);
		settings_release(&after);
	}
	settings_release(&before);
	return error;
}
