/* SPDX-License-Identifier: MIT */
static void waits(void)
{
	nanosleep(&ts, NULL);
	poll(NULL, 0, 10);
	select(0, NULL, NULL, NULL, &tv);
	poll(&pfd, 1, 10);
}
