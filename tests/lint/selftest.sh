#!/bin/sh
# SPDX-License-Identifier: MIT
# The lint scripts find what they are for: each is run on the tree
# tests/lint/bad/SCRIPT, and its findings must be those of the file "expect"
# there, no more and no fewer. On an empty tree each must fail as well.
lint_dir=$(cd "$(dirname "$0")" && pwd)
. "$lint_dir/lib.sh"

mkdir "$scratch/empty"
for script in "$lint_dir"/*.sh; do
	name=$(basename "$script" .sh)
	case $name in count | lib | selftest) continue ;; esac
	bad=$lint_dir/bad/$name
	if [ ! -f "$bad/expect" ]; then
		echo "not ok selftest: $name: has no $bad/expect"
		lint_failed=1
		continue
	fi
	code=0
	sh "$script" "$bad" >"$scratch/out" 2>&1 || code=$?
	grep '^not ok' "$scratch/out" | grep -v ': found nothing to look at$' >"$scratch/findings" || :
	if [ "$code" -eq 1 ] && diff "$bad/expect" "$scratch/findings"; then
		echo "ok selftest: $name: $(wc -l <"$bad/expect") findings"
	else
		echo "not ok selftest: $name: exit $code, findings differ from $bad/expect"
		sed 's/^/  /' "$scratch/out"
		lint_failed=1
	fi
	code=0
	HD_BUILDDIR=$scratch/empty sh "$script" "$scratch/empty" >"$scratch/out" 2>&1 || code=$?
	if [ "$code" -eq 1 ] && grep -q ': found nothing to look at$' "$scratch/out"; then
		echo "ok selftest: $name: an empty tree fails"
	else
		echo "not ok selftest: $name: exit $code on an empty tree"
		sed 's/^/  /' "$scratch/out"
		lint_failed=1
	fi
done

exit "$lint_failed"
