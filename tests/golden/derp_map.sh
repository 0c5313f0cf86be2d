#!/bin/sh
# SPDX-License-Identifier: MIT
# --print-derp-map. For each NAME.yaml in tests/golden/derp-map: NAME.out is what
# it prints in both formats, NAME.err what it says besides; a last line of
# NAME.err "exit N" is its exit status, without one it is 0. The samples in
# contrib are what a relay with a certificate of its name prints. With --write,
# files that are missing are written for review, and nothing is checked.
set -u

program=${HD_DAEMON:-${HD_BUILDDIR:?}/hyper-derp}
contrib=${HD_SRCDIR:?}/contrib/derp-map
cd "$HD_SRCDIR/tests/golden/derp-map" || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

# check FILE WHAT: the scratch file of this name is as the kept one.
check() {
	if diff -u "$1" "$scratch/$2" >"$scratch/diff" 2>&1; then
		echo "ok derp_map: $1"
	else
		echo "not ok derp_map: $1"
		cat "$scratch/diff"
		failed=1
	fi
}

run() { # ARGUMENT...
	code=0
	"$program" "$@" >"$scratch/out" 2>"$scratch/err" || code=$?
	[ "$code" -eq 0 ] || echo "exit $code" >>"$scratch/err"
}

for file in *.yaml; do
	name=${file%.yaml}
	run --config "$file" --print-derp-map
	if [ "${1:-}" = --write ]; then
		[ -f "$name.out" ] || cp "$scratch/out" "$name.out"
		[ -f "$name.err" ] || cp "$scratch/err" "$name.err"
		continue
	fi
	check "$name.out" out
	check "$name.err" err
	# Each format alone is its part of both.
	run --config "$file" --print-derp-map=headscale
	cp "$scratch/out" "$scratch/one"
	run --config "$file" --print-derp-map=tailscale
	if [ -s "$name.out" ]; then
		{ echo "# Headscale: a file of derp.paths"; cat "$scratch/one"; echo
			echo "# Tailscale: in the policy file of the tailnet"; cat "$scratch/out"; } >"$scratch/parts"
	else
		cat "$scratch/one" "$scratch/out" >"$scratch/parts"
	fi
	check "$name.out" parts
done

set -- --hostname derp.example.com --port 443 --tls-cert signed.crt --tls-key absent.key
run "$@" --print-derp-map=headscale
check "$contrib/headscale.yaml" out
run "$@" --print-derp-map=tailscale
check "$contrib/tailscale.json" out
exit "$failed"
