#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests mirror the sources: src/ROOM/FILE.c has tests/unit/ROOM/test_FILE.c.
# What is tested elsewhere stands in mirror.txt with the place.
lint_dir=$(cd "$(dirname "$0")" && pwd)
. "$lint_dir/lib.sh"

lint_table mirror.txt >"$scratch/table"
{ find src -name '*.c' 2>/dev/null || :; } | sort >"$scratch/sources"
while read -r source; do
	name=${source#src/}
	test=tests/unit/${name%/*}/test_${name##*/}
	# FILE TEST REASON
	row=$("$lint_awk" -v f="$source" '$1 == f' "$scratch/table")
	if [ -n "$row" ]; then
		# shellcheck disable=SC2086
		set -- $row
		[ ! -f "$test" ] || echo "$source:1: has a test of its own, its row in mirror.txt is not needed"
		[ -e "${2:-none}" ] || echo "$source:1: mirror.txt names ${2:-nothing}, which is not there"
		[ $# -ge 3 ] || echo "$source:1: mirror.txt gives no reason"
	elif [ ! -f "$test" ]; then
		echo "$source:1: has no $test"
	fi
done <"$scratch/sources" >"$scratch/found"
"$lint_awk" '!table { is[$0]; next } !($1 in is) { print "tests/lint/mirror.txt:1: " $1 " is not there" }' \
	"$scratch/sources" table=1 "$scratch/table" >>"$scratch/found"
lint_report mirror "$(wc -l <"$scratch/sources")" <"$scratch/found"

exit "$lint_failed"
