#!/bin/sh
# SPDX-License-Identifier: MIT
# Each header compiles on its own: it includes what it needs. CC: the
# compiler.
lint_dir=$(cd "$(dirname "$0")" && pwd)
. "$lint_dir/lib.sh"

{ find src tools -name '*.h' 2>/dev/null || :; } | sort >"$scratch/headers"
while read -r header; do
	case $header in
	src/*) printf '#include "%s"\nint main(void) { return 0; }\n' "${header#src/}" ;;
	*) printf '#include "%s"\nint main(void) { return 0; }\n' "$header" ;;
	esac >"$scratch/one.c"
	# shellcheck disable=SC2086
	${CC:-cc} -std=gnu17 -Isrc -I. -fsyntax-only "$scratch/one.c" 2>"$scratch/errors" ||
		echo "$header:1: does not compile on its own: $(sed -n '/error:/{p;q;}' "$scratch/errors")"
done <"$scratch/headers" >"$scratch/found"
lint_report standalone "$(wc -l <"$scratch/headers")" <"$scratch/found"

exit "$lint_failed"
