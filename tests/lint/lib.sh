# SPDX-License-Identifier: MIT
# Shared by the lint scripts; read with ".". Each script takes the root of a
# source tree (default: $HD_SRCDIR, as make check sets it), prints one line
# "not ok RULE: FILE:LINE: TEXT" for each finding and one line "ok RULE: ..."
# for each rule without any, and exits 1 if there was a finding. A rule that
# saw nothing to look at is a finding too.
set -eu
LC_ALL=C
export LC_ALL

lint_root=${1:-${HD_SRCDIR:-.}}
lint_awk=${AWK:-awk}
cd "$lint_root"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# lint_files NAME-PATTERN...: files of the tree below the folders that hold
# hand-written text, one a line. tests/lint/bad holds what must be found.
lint_files() {
	for dir in .ci contrib debian doc m4 rpm src tests tools; do
		[ -d "$dir" ] || continue
		for pattern in "$@"; do
			find "$dir" -path tests/lint/bad -prune -o -type f -name "$pattern" -print
		done
	done | sort -u
}

# lint_report RULE SEEN: turns findings on stdin ("FILE:LINE: TEXT") into the
# result of one rule; SEEN says how many things were looked at.
lint_failed=0
lint_report() {
	lint_findings=$(sort -t : -k 1,1 -k 2,2n)
	if [ "$2" -eq 0 ]; then
		echo "not ok $1: found nothing to look at"
		lint_failed=1
	fi
	if [ -n "$lint_findings" ]; then
		printf '%s\n' "$lint_findings" | sed "s|^|not ok $1: |"
		lint_failed=1
	elif [ "$2" -ne 0 ]; then
		echo "ok $1: $2 looked at"
	fi
}

# lint_table FILE: rows of a table, without comments and empty lines. A tree
# without that table is held against ours.
lint_table() {
	lint_table=tests/lint/$1
	[ -f "$lint_table" ] || lint_table=$lint_dir/$1
	sed -e '/^#/d' -e '/^[[:space:]]*$/d' "$lint_table"
}
