#!/bin/sh
# SPDX-License-Identifier: MIT
# contrib/count-checks.sh counts each kind of log as its header says: a count
# that is wrong would hide tests that do not run.
lint_dir=$(cd "$(dirname "$0")" && pwd)
. "$lint_dir/lib.sh"

count=$lint_root/contrib/count-checks.sh

# log NAME RESULT TEXT: what the test driver leaves of one test.
log() {
	mkdir -p "$scratch/build/unit"
	printf '%b' "$3" >"$scratch/build/unit/$1.log"
	printf ':test-result: %s\n:global-test-result: %s\n:recheck: no\n' "$2" "$2" >"$scratch/build/unit/$1.trs"
}

# expect NAME LINE: the sum of what was logged since the last time.
expect() {
	mkdir -p "$scratch/build"
	line=$(sh "$count" "$scratch/build")
	rm -rf "$scratch/build"
	if [ "$line" = "$2" ]; then
		echo "ok count: $1: $2"
	else
		echo "not ok count: $1: $line, expected $2"
		lint_failed=1
	fi
}

expect nothing "0 passed, 0 failed"
log check PASS 'Running suite(s): a\n100%: Checks: 12, Failures: 0, Errors: 0\n'
expect check_passed "12 passed, 0 failed"
log check FAIL 'Running suite(s): a\n80%: Checks: 10, Failures: 1, Errors: 1\nx.c:1:F: no\n'
expect check_failed "8 passed, 2 failed"
log check FAIL '100%: Checks: 10, Failures: 0, Errors: 0\nleak\n'
expect exit_status_counts_though_all_checks_pass "10 passed, 1 failed"
log crash FAIL 'Segmentation fault\n'
expect crash_without_a_count "0 passed, 1 failed"
log error ERROR ''
expect error_without_a_log "0 passed, 1 failed"
log lint FAIL 'ok a: 1\nnot ok b: 2\nok c\nokay\nnot okay\n'
expect script "2 passed, 1 failed"
log tap PASS 'ok 1 - a\nok 2 - b # SKIP no kernel\n'
expect skipped_line "1 passed, 0 failed"
log go FAIL '=== RUN TestA\n--- PASS: TestA (0.1s)\n    --- PASS: TestB/x (0.1s)\n    --- FAIL: TestB/y (0.1s)\n--- FAIL: TestB\n'
expect go "2 passed, 2 failed"
log fuzz PASS '25 files, 61 inputs\n'
expect corpus "25 passed, 0 failed"
log fuzz FAIL 'x: crashed\n'
expect corpus_crash "0 passed, 1 failed"
log silent PASS ''
expect silent_program "1 passed, 0 failed"
log skip SKIP 'ok 1\nno Go here\n'
expect skipped_program "0 passed, 0 failed"
log one PASS '100%: Checks: 3, Failures: 0, Errors: 0\n'
log two PASS '== a heading ==\nok a\n'
log three PASS 'fine\n'
expect sum "5 passed, 0 failed"

exit "$lint_failed"
