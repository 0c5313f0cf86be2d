#!/bin/sh
# SPDX-License-Identifier: MIT
# Tailscale's own client packages against the daemon, plain and over TLS. Go
# fetches the modules that go.sum names, unless its cache has them. Skipped (77)
# without Go or modules, with --disable-interop, and where the kernel offers no
# io_uring.
set -eu

mode=${HD_INTEROP_MODE:-auto}
go=${GO:-$(command -v go || :)}
build=${HD_BUILDDIR:?}/tests/interop

if [ "$mode" = no ]; then
	echo "skipped: --disable-interop, or no go when configured"
	exit 77
fi
if [ -z "$go" ]; then
	echo "no go in PATH"
	[ "$mode" = yes ] || exit 77
	exit 1
fi

cd "${HD_SRCDIR:?}/tests/interop"
mkdir -p "$build"
GOFLAGS='-mod=readonly -buildvcs=false'
export GOFLAGS
# For builders that have no home.
[ -n "${HOME:-}${GOCACHE:-}" ] || export GOCACHE="$build/cache" GOPATH="$build/path"

if ! "$go" list -deps -test ./... >"$build/list.log" 2>&1; then
	cat "$build/list.log"
	echo "the modules that go.mod names are not in Go's cache and cannot be fetched"
	[ "$mode" = yes ] || exit 77
	exit 1
fi
"$go" vet ./...
"$go" test -c -o "$build/interop.test" .

# run WHAT ARGUMENT...: the tests, with what is in the environment.
result=0
run() {
	echo "== $1"
	shift
	code=0
	"$build/interop.test" -test.v -test.timeout 30m "$@" || code=$?
	[ "$code" -ne 77 ] || exit 77
	[ "$code" -eq 0 ] || result=1
}
run "plain"
export HD_INTEROP_TLS
HD_INTEROP_TLS=1.3
run "TLS 1.3"
# A client that believes that its processor has no AES offers ChaCha20 first.
GODEBUG=cpu.aes=off
export GODEBUG
run "TLS 1.3, ChaCha20" -test.short -test.run 'TestTLS|TestExchange|TestPages'
unset GODEBUG
HD_INTEROP_TLS=1.2
run "TLS 1.2" -test.short
exit "$result"
