#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# hwloc.sh [SUITE]: what reads topologies, built and tested with the libraries of
# another Debian (default: trixie, hwloc 2.12), in a root of its own that is made
# once, by debootstrap, and kept below $HD_VM_CACHE. It takes root, because of
# chroot; mounts are in a namespace that ends with the script. Recorded machines
# that are not distributed are taken from $HD_TOPOLOGIES, where it is set.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
suite=${1:-trixie}
source=$(cd "$vm_dir/../.." && pwd)
root=$vm_cache/root-$suite
packages=gcc,make,autoconf,automake,libtool,pkg-config,xz-utils,libssl-dev,liburing-dev,libsodium-dev
packages+=,libyaml-dev,libhwloc-dev,libjansson-dev,libcurl4-openssl-dev,check
programs=(tests/unit/sys/unit_sys tests/unit/tune/unit_tune tests/fuzz/fuzz_tune_facts tests/fuzz/fuzz_tune_xml
	tests/fuzz/fuzz_tune_yaml)

[ "$(id -u)" -eq 0 ] || vm_skip "chroot takes root"
unshare -m true 2>/dev/null || vm_skip "no mount namespace can be made"
command -v debootstrap >/dev/null || vm_install debootstrap
command -v debootstrap >/dev/null || vm_skip "debootstrap cannot be installed"
mkdir -p "$vm_cache"
exec 7>"$vm_cache/lock-$suite"
flock 7

if [ ! -e "$root/made" ]; then
	vm_say "making a root of $suite"
	rm -rf "$root"
	debootstrap --variant=minbase --include="$packages" "$suite" "$root" ${HD_VM_MIRROR:+"$HD_VM_MIRROR"} \
		>"$root.log" 2>&1 7>&- || {
		tail -n 5 "$root.log" >&2
		vm_skip "no root of $suite can be made"
	}
	touch "$root/made"
fi

# The sources as they are: those git knows, or all where there is no git.
copy_sources() {
	rm -rf "$root/src"
	mkdir -p "$root/src/topologies"
	if git -C "$source" rev-parse --git-dir >/dev/null 2>&1; then
		(cd "$source" && git ls-files -z --cached --others --exclude-standard |
			tar --null --ignore-failed-read -cf - -T - 2>/dev/null)
	else
		tar -C "$source" --exclude=./build --exclude='*.o' --exclude='*.a' -cf - .
	fi | tar -C "$root/src" -xf - || return 1
	[ -z "${HD_TOPOLOGIES-}" ] || cp -r "$HD_TOPOLOGIES/." "$root/src/topologies"
}

copy_sources || vm_fail "the sources cannot be copied to $root"
inside='set -e
cd /src
autoreconf -fi >/dev/null 2>&1
mkdir -p build
cd build
../configure -q --disable-interop
make -s -j2 hd-tune "$@"
export HD_SRCDIR=/src
[ ! -e /src/topologies/expected.json ] || export HD_TOPOLOGIES=/src/topologies
echo "# hwloc $(pkg-config --modversion hwloc)"
failed=0
for program; do
	if "./$program" >output 2>&1; then
		echo "ok ${program##*/}: $(tail -n 1 output)"
		grep "cases of\|plans of" output || :
	else
		echo "not ok ${program##*/}: status $?"
		tail -n 40 output
		failed=1
	fi
done
exit $failed'
unshare -m --propagation private sh -c '
	mount --bind "$1" "$1" && cd "$1" && mount -t proc proc proc && mount -t sysfs sys sys &&
		mount -t tmpfs tmp tmp && mount -t devpts -o newinstance,ptmxmode=666 pts dev/pts &&
		{ [ -e dev/ptmx ] || ln -s pts/ptmx dev/ptmx; } || exit 125
	root=$1 inside=$2
	shift 2
	exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C sh -c "$inside" sh "$@"
' sh "$root" "$inside" "${programs[@]}"
