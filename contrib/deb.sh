#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# deb.sh [--arch ARCH] [--version VERSION] FOLDER: Debian packages of this tree,
# by way of a release as make dist makes it, into FOLDER. ARCH is amd64 or arm64;
# for the other one than this machine's it cross-compiles with the libraries of
# that architecture. VERSION, in place of that of debian/changelog, numbers
# builds between releases ("0.1.0+git1"). What building needs is installed if it
# is missing, as root or by sudo. Debian 12 or newer, Ubuntu 24.04.
set -eu
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
machine=$(dpkg --print-architecture)
arch=$machine
version=
while [ $# -gt 1 ]; do
	case $1 in
	--arch) arch=$2 ;;
	--version) version=$2 ;;
	*) break ;;
	esac
	shift 2
done
case $#-${1-} in
1-[!-]*) ;;
*)
	echo "usage: deb.sh [--arch ARCH] [--version VERSION] FOLDER" >&2
	exit 2
	;;
esac
mkdir -p "$1"
out=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { echo "deb.sh: $*"; }
quietly() { # COMMAND...: what it says is told if it fails
	"$@" >"$work/log" 2>&1 || {
		tail -n 60 "$work/log"
		say "failed: $*"
		exit 1
	}
}
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
		-o Dpkg::Use-Pty=0 "$@" </dev/null
}

release() { # -> $work/hyper-derp-VERSION, unpacked
	local build=$work/build
	quietly "$top/contrib/dev.sh" deps test
	[ -f "$top/configure" ] || (cd "$top" && quietly autoreconf -fi)
	mkdir "$build"
	(cd "$build" && quietly "$top/configure" -q --disable-interop && quietly make -s dist)
	tar -C "$work" -xf "$build"/hyper-derp-*.tar.xz
	rm -rf "$build"
	cd "$work"/hyper-derp-*
}

build_needs() {
	if ! command -v dpkg-buildpackage >/dev/null || ! command -v dh >/dev/null; then
		apt update || :
		quietly apt install -y --no-install-recommends dpkg-dev debhelper
	fi
	dpkg-checkbuilddeps -a"$arch" >"$work/needs" 2>&1 && return
	cat "$work/needs"
	if [ "$arch" != "$machine" ]; then
		as_root dpkg --add-architecture "$arch"
	fi
	apt update || :
	quietly apt build-dep -y --no-install-recommends -a"$arch" .
}

release
if [ -n "$version" ]; then
	sed -i "1s/(.*)/($version)/" debian/changelog
fi
say "building $(dpkg-parsechangelog -S Version) for $arch"
build_needs
quietly dpkg-buildpackage -us -uc -a"$arch" -j"${JOBS:-$(nproc)}"
sed -n 's/^# \(TOTAL\|PASS\|FAIL\|ERROR\): */\1 /p' "$work/log" | xargs echo "deb.sh: tests:"
cd "$work"
mv ./*.deb ./*.dsc ./*.tar.xz ./*.changes ./*.buildinfo "$out"
ls -l "$out"
