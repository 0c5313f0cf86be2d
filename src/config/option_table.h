/* SPDX-License-Identifier: MIT
 * The rows of the option table, for option.c alone. */
#ifndef HD_CONFIG_OPTION_TABLE_H
#define HD_CONFIG_OPTION_TABLE_H

#include "config/option.h"

extern const struct option_row option_table[];
extern const size_t option_table_rows;
extern const struct option_command_row option_table_commands[OPTION_COMMANDS];

#endif
