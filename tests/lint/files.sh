#!/bin/sh
# SPDX-License-Identifier: MIT
# No dead files: each file is named in a local.mk (or lies in a folder that is),
# and each local.mk is included. What is named nowhere is not compiled, not
# tested and not in the release.
lint_dir=$(cd "$(dirname "$0")" && pwd)
. "$lint_dir/lib.sh"

lint_files '*.[ch]' '*.sh' '*.awk' '*.go' '*.mod' '*.sum' '*.txt' '*.yaml' '*.json' '*.in' '*.md' '*.[1-9]' local.mk |
	grep -v '^\.ci/' >"$scratch/files" || :
lint_files local.mk >"$scratch/makefiles"

# All words of all makefiles, %D% being the folder of the file.
[ ! -f Makefile.am ] || echo Makefile.am >>"$scratch/makefiles"
xargs "$lint_awk" '
{
	dir = FILENAME
	if (!sub(/\/[^\/]*$/, "", dir)) dir = "."
	sub(/#.*/, "")
	gsub(/%D%/, dir)
	gsub(/\$\((top_)?srcdir\)\//, "")
	n = split($0, word, /[ \t=:]+/)
	for (i = 1; i <= n; i++) if (word[i] != "") print word[i]
}' /dev/null <"$scratch/makefiles" >"$scratch/named"

"$lint_awk" '
!files { named[$0]; next }
{
	path = $0
	do {
		if (path in named) next
	} while (sub(/\/[^\/]*$/, "", path))
	print $0 ":1: named in no local.mk"
}' "$scratch/named" files=1 "$scratch/files" >"$scratch/found"
lint_report files "$(wc -l <"$scratch/files")" <"$scratch/found"

exit "$lint_failed"
