/* SPDX-License-Identifier: MIT */
/* TODO: all of it */
/* a dummy */
/* It is for
 * now */
/* ok for now. */
int todos, fixme_later;
