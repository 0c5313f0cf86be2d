#!/bin/sh
# SPDX-License-Identifier: MIT
# Which room includes what: "room/file.h" by tests/lint/layers.txt, <header> by
# tests/lint/headers.txt.
lint_dir=$(cd "$(dirname "$0")" && pwd)
. "$lint_dir/lib.sh"

lint_files '*.[ch]' >"$scratch/files"
# FILE LINE KIND NAME, KIND being " or <
xargs "$lint_awk" '/^[ \t]*#[ \t]*include[ \t]*["<]/ {
	line = $0; sub(/^[ \t]*#[ \t]*include[ \t]*/, "", line)
	kind = substr(line, 1, 1); line = substr(line, 2); sub(/[">].*/, "", line)
	print FILENAME, FNR, kind, line
}' /dev/null <"$scratch/files" >"$scratch/includes"

lint_table layers.txt >"$scratch/layers"
"$lint_awk" '
!includes { room[$1]; for (i = 2; i <= NF; i++) may[$1, $i]; next }
{
	n = split($1, part, "/")
	# The room of src/data/x.c is data; that of tools/lib/x.c is tools/lib.
	mine = part[1] == "src" ? part[2] : part[1] "/" part[2]
	if (part[1] == "src" && n == 3 && !(mine in room) && !(mine in told)) {
		told[mine]
		print $1 ":1: room " mine " has no row in layers.txt"
	}
	if ($3 != "\"") next
	if ($4 ~ /(^|\/)\.\.?(\/|$)/) { print $1 ":" $2 ": relative include \"" $4 "\""; next }
	if ($4 == "config.h") next
	if ($4 !~ /\//) { print $1 ":" $2 ": include \"" $4 "\" does not name its room"; next }
	if (!(mine in room)) next
	theirs = $4; sub(/\/.*/, "", theirs)
	if (theirs == mine || index($4, mine "/") == 1) next
	if ((mine, "all") in may || (mine, theirs) in may || (mine, $4) in may) next
	print $1 ":" $2 ": room " mine " may not include \"" $4 "\""
}' "$scratch/layers" includes=1 "$scratch/includes" >"$scratch/found"
lint_report layers "$(grep -c ' " ' "$scratch/includes" || :)" <"$scratch/found"

# The first row whose pattern fits the header decides.
lint_table headers.txt >"$scratch/headers"
check_header() {
	while read -r pattern places; do
		case $2 in $pattern) ;; *) continue ;; esac
		for place in $places; do
			case $1 in $place) return 0 ;; esac
		done
		echo "may be included in $places only"
		return 0
	done <"$scratch/headers"
	echo "is not in headers.txt"
}
set -f
grep ' < ' "$scratch/includes" >"$scratch/system" || :
while read -r file line _ header; do
	why=$(check_header "$file" "$header")
	[ -z "$why" ] || echo "$file:$line: <$header> $why"
done <"$scratch/system" >"$scratch/found"
lint_report headers "$(wc -l <"$scratch/system")" <"$scratch/found"

exit "$lint_failed"
