#!/bin/sh
# SPDX-License-Identifier: MIT
# programs.sh PROGRAM...: runs test programs inside of the guest, a line for each.
export CK_DEFAULT_TIMEOUT=1200
failed=0
output=$(mktemp)
for program in "$@"; do
	if timeout 1800 "$program" >"$output" 2>&1; then
		echo "ok ${program##*/}: $(grep '%: Checks' "$output" | tail -n 1)"
	else
		echo "not ok ${program##*/}: status $?"
		tail -n 30 "$output"
		failed=1
	fi
done
exit $failed
