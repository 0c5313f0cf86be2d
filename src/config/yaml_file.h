/* SPDX-License-Identifier: MIT
 * The configuration file. libyaml only in yaml_file.c. Of YAML it takes one
 * document that maps names to plain values, lists of them and, for a group of
 * options, one more map; no anchors, aliases, tags or merge keys. */
#ifndef HD_CONFIG_YAML_FILE_H
#define HD_CONFIG_YAML_FILE_H

#include <stddef.h>

#include "config/draft.h"
#include "util/assert.h"

#define YAML_FILE_MAX (1024 * 1024) /* bytes */

/* Sets what the file says. `path` must outlive the draft. ERROR_IO, ERROR_TOO_BIG,
 * ERROR_MALFORMED, ERROR_RANGE, ERROR_UNSUPPORTED, ERROR_NO_MEMORY; the draft's
 * message then names the place. */
HD_MUST_CHECK int yaml_file_read(struct draft *d, const char *path);
/* The same for bytes in memory; `name` stands for the path in messages. */
HD_MUST_CHECK int yaml_file_parse(struct draft *d, const char *name, const void *data, size_t len);

#endif
