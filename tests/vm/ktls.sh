#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ktls.sh [SUITE...]: the relay with TLS in the kernel, under each of Debian's
# kernels named (default: bookworm-security, 6.1, and trixie, 6.12, and
# trixie-backports, newest), in machines of qemu's. What is tested: guest.sh.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
build=${HD_BUILDDIR:-$PWD}
arch=$(uname -m)
failed=0
skipped=0
[ $# -gt 0 ] || set -- bookworm-security trixie trixie-backports
for suite in "$@"; do
	echo "# $suite on $arch"
	code=0
	"$BASH" "$vm_dir/run.sh" "$suite" "$arch" sh "$vm_dir/guest.sh" "$build" || code=$?
	case $code in
	0) ;;
	77) skipped=1 ;;
	124 | 125)
		echo "not ok machine of $suite: status $code"
		failed=1
		;;
	*) failed=1 ;;
	esac
done
[ "$failed" -eq 0 ] || exit 1
[ "$skipped" -eq 0 ] || exit 77
