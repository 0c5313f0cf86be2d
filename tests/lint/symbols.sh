#!/bin/sh
# SPDX-License-Identifier: MIT
# External symbols begin with their file's noun: those of tx_queue.c with
# tx_queue_. A file without a header of its own is a part of the one whose
# header it implements: settings_text.c of settings.h. Exceptions stand in
# symbols.txt. Looks at the built archives in
# $HD_BUILDDIR; a file nm.txt in the root ("nm -P -A -g" of archives) stands in
# for them.
lint_dir=$(cd "$(dirname "$0")" && pwd)
. "$lint_dir/lib.sh"

if [ -f nm.txt ]; then
	cat nm.txt
else
	cd "${HD_BUILDDIR:?}"
	find src tools -name '*.a' -exec "${NM:-nm}" -P -A -g {} + 2>/dev/null || :
	# Programs are not archives; their objects lie beside their sources.
	find src/daemon -name '*.o' -exec "${NM:-nm}" -P -A -g {} + 2>/dev/null | sed "s/: /[]: /" || :
	cd "$lint_root"
fi >"$scratch/nm"

lint_table symbols.txt >"$scratch/exceptions"
{ find src tools -name '*.h' 2>/dev/null || :; } >"$scratch/headers"
"$lint_awk" '
function noun_of(dir, object,   noun) {
	noun = object
	while (!((dir "/" noun ".h") in header))
		if (!sub(/_[^_]*$/, "", noun)) return object
	return noun
}
headers { header[$0]; next }
!objects {
	if (NF < 3) print "tests/lint/symbols.txt:1: row \"" $0 "\" gives no reason"
	row[$1, $2] = 1
	next
}
# src/util/libutil.a[log.o]: log_write T 0 1a, or libutil_a-log.o with flags of
# its own; src/daemon/main.o[]: main T 0 1a.
$3 ~ /^[A-TV-Z]$/ {
	where = $1
	sub(/\[\]:$/, "", where)
	sub(/:$/, "", where)
	dir = where
	sub(/\/[^\/]*$/, "", dir)
	object = where
	if (object ~ /\[/) { sub(/.*\[/, "", object); sub(/\]$/, "", object) } else sub(/.*\//, "", object)
	sub(/\.o$/, "", object)
	sub(/.*-/, "", object)
	file = dir "/" object ".c"
	noun = noun_of(dir, object)
	symbol = $2
	# What sanitizers and compilers add on their own.
	if (symbol ~ /^__/) next
	seen++
	if (symbol == noun || index(symbol, noun "_") == 1) next
	for (key in row) {
		split(key, part, SUBSEP)
		if (part[1] == file && (symbol == part[2] || (part[2] ~ /_$/ && index(symbol, part[2]) == 1))) {
			used[key]
			next
		}
	}
	print file ":1: external symbol " symbol " does not begin with " noun "_"
}
END {
	for (key in row) {
		split(key, part, SUBSEP)
		if (!(key in used)) print "tests/lint/symbols.txt:1: " part[1] " " part[2] " is not needed"
	}
	print seen + 0 >seen_file
}' seen_file="$scratch/seen" "$scratch/exceptions" headers=1 "$scratch/headers" headers=0 objects=1 "$scratch/nm" >"$scratch/found"
lint_report symbols "$(cat "$scratch/seen")" <"$scratch/found"

exit "$lint_failed"
