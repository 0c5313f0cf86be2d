#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# arm64.sh [SUITE]: the relay built for aarch64, below vm-arm64 in the build
# folder, with Debian's cross compiler; then, under a Debian kernel (default:
# trixie, 6.12) in a machine of qemu's, a part of guest.sh, unit tests of what
# differs between machines (bytes, atomics, ciphers, io_uring), and the end-to-end
# tests. What is missing is installed, if this is root on Debian.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
suite=${1:-trixie}
source=$(cd "$vm_dir/../.." && pwd)
build=${HD_BUILDDIR:-$PWD}/vm-arm64
host=aarch64-linux-gnu
libraries=(libssl-dev liburing-dev libsodium-dev libyaml-dev libhwloc-dev libjansson-dev check)
units=(util proto crypto bus data/unit_data_ring)

have_libraries() {
	local library
	command -v $host-gcc >/dev/null || return 1
	for library in "${libraries[@]}"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$library:arm64" 2>/dev/null | grep -qx installed || return 1
	done
}

cross_build() {
	export PKG_CONFIG_LIBDIR=/usr/lib/$host/pkgconfig:/usr/share/pkgconfig
	mkdir -p "$build" && cd "$build" || return 1
	[ -f config.status ] || "$source/configure" -q --host=$host --disable-interop PKG_CONFIG=pkg-config || return 1
	make -s -j"$(nproc)" all && make -s -j"$(nproc)" check TESTS=
}

have_libraries || {
	vm_say "installing a cross compiler and libraries"
	vm_as_root dpkg --add-architecture arm64
	vm_install crossbuild-essential-arm64 pkg-config "${libraries[@]/%/:arm64}"
	have_libraries || vm_skip "the cross compiler and libraries cannot be installed"
}
mkdir -p "$build"
cross_build >"$build.log" 2>&1 || {
	tail -n 30 "$build.log"
	echo "not ok cross build"
	exit 1
}
echo "ok cross build"

programs=()
for unit in "${units[@]}"; do
	case $unit in
	*/*) programs+=("$build/tests/unit/$unit") ;;
	*) programs+=("$build/tests/unit/$unit/unit_$unit") ;;
	esac
done
failed=0
"$BASH" "$vm_dir/run.sh" "$suite" aarch64 sh "$vm_dir/guest.sh" "$build" few || failed=$?
[ "$failed" -ne 77 ] || exit 77
export HD_SRCDIR=$source HD_BUILDDIR=$build
"$BASH" "$vm_dir/run.sh" "$suite" aarch64 sh "$vm_dir/programs.sh" "${programs[@]}" || failed=$?
HD_VM_TIMEOUT=${HD_VM_TIMEOUT:-2400} "$BASH" "$vm_dir/run.sh" "$suite" aarch64 sh "$vm_dir/relay.sh" "$build" \
	plain:login plain:frames plain:relay plain:mesh plain:slow plain:metrics 1.3:relay || failed=$?
[ "$failed" -eq 0 ] || exit 1
