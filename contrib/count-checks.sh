#!/bin/sh
# SPDX-License-Identifier: MIT
# Usage: count-checks.sh BUILD-FOLDER
# Counts what make check ran there, check by check, and prints one line:
# "N passed, N failed". Looked for in the log of each test:
#   100%: Checks: 7, Failures: 0, Errors: 0     (Check)
#   ok ..., not ok ...                          (scripts; TAP)
#   --- PASS: ..., --- FAIL: ...                (Go)
#   25 files, 61 inputs                         (corpus of a fuzzer, by file)
# A test whose log says nothing of the kind counts as one check; one that ended
# badly counts as a failed check even if its log has none. Skipped tests count
# for nothing.
set -eu
if [ $# -ne 1 ] || [ ! -d "$1" ]; then
	echo "usage: count-checks.sh BUILD-FOLDER" >&2
	exit 2
fi

find "$1" -name '*.trs' | sort | while read -r trs; do
	echo "== $(sed -n 's/^:global-test-result: //p' "$trs")"
	[ ! -f "${trs%.trs}.log" ] || sed 's/^== / == /' "${trs%.trs}.log"
done | awk '
function finish() {
	if (result == "") return
	if (result ~ /^(FAIL|ERROR|XPASS)/ && !bad) bad = 1
	if (result ~ /^(PASS|XFAIL)/ && !good && !bad) good = 1
	if (result !~ /^SKIP/) { passed += good; failed += bad }
	good = bad = 0
}
/^== / { finish(); result = $2; next }
/^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/ {
	split($0, n, /[^0-9]+/)
	good += n[2] - n[3] - n[4]
	bad += n[3] + n[4]
}
/^ok([ \t]|$)/ && !/# [Ss][Kk][Ii][Pp]/ { good++ }
/^not ok([ \t]|$)/ { bad++ }
/^[0-9]+ files, [0-9]+ inputs$/ { good += $1 }
/^[ \t]*--- PASS: / { good++ }
/^[ \t]*--- FAIL: / { bad++ }
END { finish(); print passed + 0 " passed, " failed + 0 " failed" }'
