/* SPDX-License-Identifier: MIT
 * Writes what files in the tree say about options, from the option table. */
#ifndef HD_DOC_OPTDOC_H
#define HD_DOC_OPTDOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/option.h"

typedef void optdoc_writer(FILE *out);

/* optdoc_mdoc.c: the options in hyper-derp.yaml(5), the flags in hyper-derp(8). */
optdoc_writer optdoc_mdoc_options, optdoc_mdoc_flags;
/* optdoc_sample.c: the sample file, every option a comment with its default. */
optdoc_writer optdoc_sample;
/* optdoc_bash.c: what bash completion knows. */
optdoc_writer optdoc_bash;

/* Words of `text` in lines of at most 78 columns, each after `front`; with
 * `mdoc` each sentence begins a line. */
void optdoc_wrap(FILE *out, const char *front, const char *text, bool mdoc);
/* The one line of a row as a sentence; the caller frees it. */
char *optdoc_sentence(const char *help);
char optdoc_upper(char c);
/* Does this row begin a group of options? */
bool optdoc_opens_group(size_t i);
/* The option's default as YAML; the caller frees it. */
char *optdoc_default(const struct option_row *row);
/* Ends the program if memory or the output is gone. */
void optdoc_must(bool ok, const char *what);

#endif
