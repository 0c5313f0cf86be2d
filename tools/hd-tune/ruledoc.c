/* SPDX-License-Identifier: MIT
 * Prints the rule table as it stands in hd-tune(8). */
#include <stdio.h>

#include "tools/hd-tune/rule.h"

#define TEXT_MAX (1024 * 1024)

int main(void)
{
	struct bytes out;
	size_t written;

	bytes_init(&out, TEXT_MAX);
	if (rule_print_mdoc(&out))
		return 1;
	written = fwrite(out.data, 1, out.len, stdout);
	written -= out.len;
	bytes_release(&out);
	return written == 0 && fflush(stdout) == 0 ? 0 : 1;
}
