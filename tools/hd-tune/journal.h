/* SPDX-License-Identifier: MIT
 * What was there before, kept so that it can be put back: a folder per apply
 * below JOURNAL_FOLDER with each file before and after, byte for byte, and the
 * live values. It is whole before the first file is changed. */
#ifndef HD_TOOLS_TUNE_JOURNAL_H
#define HD_TOOLS_TUNE_JOURNAL_H

#include "tools/hd-tune/changes.h"

#define JOURNAL_FOLDER "/var/lib/hd-tune"
#define JOURNAL_SCHEMA 1

/* One at a time. `fd` is to be closed. ERROR_BUSY, errors of place.h. */
HD_MUST_CHECK int journal_lock(const char *root, int *fd);
/* Keeps what differs; `id` is its number, from 1. */
HD_MUST_CHECK int journal_write(const char *root, const struct changes *c, unsigned *id);
/* Reads it into `c`, which is fresh. ERROR_NOT_FOUND, ERROR_MALFORMED. */
HD_MUST_CHECK int journal_read(const char *root, unsigned id, struct changes *c);
/* Highest number that was not undone and is lower than `below` (0: any), 0: none. */
unsigned journal_last(const char *root, unsigned below);
/* From now on it is history. */
HD_MUST_CHECK int journal_close(const char *root, unsigned id);
/* Numbers and state, one a line. */
HD_MUST_CHECK int journal_list(const char *root, struct bytes *out);

#endif
