#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# deb.sh [--arch ARCH] [--version VERSION] FOLDER: Debian packages of this tree,
# by way of a release as make dist makes it, into FOLDER. ARCH is amd64 or arm64;
# for the other one than this machine's it cross-compiles with the libraries of
# that architecture. VERSION, in place of that of debian/changelog, numbers
# builds between releases ("0.1.0+git1"). What building needs is installed if it
# is missing, as root or by sudo. Debian 12 or newer, Ubuntu 24.04.
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/packaging.sh"
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
into_folder "[--arch ARCH] [--version VERSION] FOLDER" "$@"

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
		-o Dpkg::Use-Pty=0 "$@" </dev/null
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

quietly "$top/contrib/dev.sh" deps test
make_release
tar -C "$work" -xf "$release"
rm -rf "$work/dist"
cd "$work"/hyper-derp-*
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
