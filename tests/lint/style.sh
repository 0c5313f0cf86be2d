#!/bin/sh
# SPDX-License-Identifier: MIT
# How text is written: licence line, banned functions and words, indentation,
# line length, comments, order of includes, length of files and functions.
lint_dir=$(cd "$(dirname "$0")" && pwd)
. "$lint_dir/lib.sh"

lint_files '*.[ch]' >"$scratch/c"
lint_files '*.sh' '*.go' run | cat "$scratch/c" - >"$scratch/code"
lint_files '*.[ch]' '*.sh' '*.go' '*.awk' '*.mk' '*.m4' '*.md' '*.yaml' '*.in' '*.[1-9]' run |
	grep -v '^tests/lint/' >"$scratch/text" || :
for file in Makefile.am configure.ac README.md NEWS; do
	[ ! -f "$file" ] || echo "$file"
done >>"$scratch/text"

xargs "$lint_awk" 'FNR <= 2 && /SPDX-License-Identifier: MIT/ { has[FILENAME] }
	FNR == 1 { seen[FILENAME] }
	END { for (f in seen) if (!(f in has)) print f ":1: no SPDX-License-Identifier" }' /dev/null \
	<"$scratch/code" >"$scratch/found"
lint_report licence "$(wc -l <"$scratch/code")" <"$scratch/found"

lint_table banned.txt >"$scratch/banned"
lint_table sizes.txt >"$scratch/sizes"
xargs "$lint_awk" -v banned="$scratch/banned" -v sizes="$scratch/sizes" -f "$lint_dir/style.awk" \
	<"$scratch/c" >"$scratch/style"
for rule in banned indentation length comments includes sizes; do
	sed -n "s/^$rule //p" "$scratch/style" >"$scratch/found"
	lint_report "$rule" "$(wc -l <"$scratch/c")" <"$scratch/found"
done

# Tests wait for what they wait for, they never sleep. (C: see banned.txt.)
grep -E '^tests/' "$scratch/code" | grep -v '^tests/lint/' >"$scratch/tests" || :
grep -E '\.(sh|go)$' "$scratch/tests" >"$scratch/scripts" || :
xargs "$lint_awk" '/(^|[;&|({[:space:]])sleep[[:space:]]+[0-9$"]/ || /time\.Sleep\(/ {
	print FILENAME ":" FNR ": a test that sleeps" }' /dev/null <"$scratch/scripts" >"$scratch/found"
lint_report sleeps "$(wc -l <"$scratch/tests")" <"$scratch/found"

"$lint_awk" '$1 == "word" { print $2 }' "$scratch/banned" >"$scratch/words"
xargs "$lint_awk" -v words="$scratch/words" '
BEGIN { while ((getline word < words) > 0) { gsub(/_/, " ", word); banned[word] } }
{
	line = " " tolower($0) " "
	gsub(/[^a-z0-9_]+/, " ", line)
	for (word in banned) if (index(line, " " word " ")) print FILENAME ":" FNR ": \"" word "\""
}' /dev/null <"$scratch/text" >"$scratch/found"
lint_report words "$(wc -l <"$scratch/text")" <"$scratch/found"

# Debian's lintian takes a text with longer lines for something generated.
grep '\.md$' "$scratch/text" >"$scratch/prose" || :
xargs "$lint_awk" -v max=500 'length($0) > max { print FILENAME ":" FNR ": over " max " characters in a line" }' \
	/dev/null <"$scratch/prose" >"$scratch/found"
lint_report prose "$(wc -l <"$scratch/prose")" <"$scratch/found"

exit "$lint_failed"
