/* SPDX-License-Identifier: MIT */
#include <string.h>

static void banned(struct call *c, char *to)
{
	strcpy(to, "x");
	sprintf (to, "strcat(to)"); /* strcat(to) */
	c->gets(to);
	my_strtok(to);
	usleep(1);
	nanosleep(&ts, NULL);
	c.atoi(to);
	return atoi(to);
}
