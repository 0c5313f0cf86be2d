#!/bin/sh
# SPDX-License-Identifier: MIT
# The end-to-end tests once more, with TLS between the clients and the relay: all
# that say something about connections; of version 1.2 not those of the life of
# the daemon and its metrics, which are the same. Skipped (77) if all of them are.
set -u
build=${HD_BUILDDIR:-.}
result=77

# run VERSION NAME...
run() {
	HD_E2E_TLS=$1
	export HD_E2E_TLS
	shift
	for name; do
		echo "TLS $HD_E2E_TLS: $name"
		status=0
		"$build/tests/e2e/e2e_$name" || status=$?
		case $status in
		0) [ "$result" -ne 77 ] || result=0 ;;
		77) ;;
		*) result=1 ;;
		esac
	done
}

run 1.3 login frames relay slow mesh scale lifecycle metrics
run 1.2 login frames relay slow mesh scale
exit "$result"
