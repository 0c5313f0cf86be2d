/* SPDX-License-Identifier: MIT
 * Recorded machines with their answers: those below topologies/, and all of the
 * folder that $HD_TOPOLOGIES names, or ../shared/topologies beside the sources,
 * where there is one (it has machines that may not be distributed with us). */
#ifndef HD_TESTS_UNIT_TUNE_MACHINES_H
#define HD_TESTS_UNIT_TUNE_MACHINES_H

#include <jansson.h>
#include <stddef.h>

#include "tools/hd-tune/facts.h"
#include "tools/hd-tune/options.h"

#define MACHINES_PATH_MAX 4096

/* Folder with expected.json: the fuller one of the two. Never fails to say which. */
const char *machines_folder(void);
/* The array of expected.json; the caller drops it. */
json_t *machines_cases(void);
/* Facts of one case's machine; release them. */
void machines_facts(const json_t *machine, struct facts *f);
/* Its inputs. They point into the case. */
void machines_options(const json_t *machine, struct options *o);
/* Path of a file below tests/unit/tune/topologies; valid until the next call. */
const char *machines_own(const char *name);

#endif
