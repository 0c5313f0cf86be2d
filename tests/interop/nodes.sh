#!/bin/sh
# SPDX-License-Identifier: MIT
# nodes.sh: whole Tailscale nodes, with a control server of their own, reach each
# other by the daemon alone, in a network namespace that has nothing but loopback:
# a node left to itself looks for its gateway and for Tailscale's servers. Go
# fetches and builds what a node is made of. Exit status 77: there is no Go, no such
# namespace can be made, or the kernel offers no io_uring.
set -eu

go=${GO:-$(command -v go || :)}
build=${HD_BUILDDIR:?}/tests/interop
skip() {
	echo "skipped: $*"
	exit 77
}
[ -n "$go" ] || skip "no go in PATH"
alone() { unshare --map-root-user --net sh -c 'ip link set lo up && exec "$@"' sh "$@"; }
alone true || skip "no network namespace can be made (unshare, ip)"
cd "${HD_SRCDIR:?}/tests/interop"
mkdir -p "$build"
GOFLAGS='-mod=readonly -buildvcs=false'
export GOFLAGS
"$go" vet -tags nodes .
"$go" test -c -tags nodes -o "$build/nodes.test" .
code=0
alone "$build/nodes.test" -test.v -test.timeout 20m -test.run '^TestNodes' >"$build/nodes.log" 2>&1 || code=$?
[ "$code" -ne 77 ] || skip "$(cat "$build/nodes.log")"
sed -n 's/^ *--- PASS: /ok nodes: /p; s/^ *--- FAIL: /not ok nodes: /p' "$build/nodes.log"
[ "$code" -eq 0 ] || tail -n 100 "$build/nodes.log"
exit "$code"
