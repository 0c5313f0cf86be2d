/* SPDX-License-Identifier: MIT */
static int spaces(void)
{
        int eight = 1;
	int trailing = 2; 
 	int space_tab = 3;
	/* spaces
	   inside a comment are fine */
	return eight;
}
