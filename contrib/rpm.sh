#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# rpm.sh [--release N] FOLDER: RPM packages of this tree, by way of a release as
# make dist makes it, into FOLDER. N, in place of the spec's, numbers builds
# between releases ("2"). On Fedora and the family of RHEL what building needs is
# installed, as root or by sudo. On Debian, which has rpmbuild but no such
# packages, what is there is taken for enough: the result is for trying.
# repo/dnf.sh makes a repository of it.
set -eu
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
release=
if [ "${1-}" = --release ]; then
	release=${2-}
	shift 2
fi
case $#-${1-} in
1-[!-]*) ;;
*)
	echo "usage: rpm.sh [--release N] FOLDER" >&2
	exit 2
	;;
esac
mkdir -p "$1"
out=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { echo "rpm.sh: $*"; }
quietly() { # COMMAND...: what it says is told if it fails
	"$@" >"$work/log" 2>&1 || {
		tail -n 60 "$work/log"
		say "failed: $*"
		exit 1
	}
}
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

options=()
if command -v dnf >/dev/null && [ -f /etc/redhat-release ]; then
	as_root dnf -q -y install rpm-build 'dnf-command(builddep)' systemd-rpm-macros
	as_root dnf -q -y builddep "$top/rpm/hyper-derp.spec"
else
	options+=(--nodeps --load="$top/rpm/macros.systemd" --define "debug_package %{nil}")
	# What rpm's own scripts do where /bin/sh is bash.
	options+=(--define '__os_install_post gzip -9n "$RPM_BUILD_ROOT"/usr/share/man/*/*; strip "$RPM_BUILD_ROOT"/usr/bin/*')
fi
[ -z "$release" ] || options+=(--define "hd_release $release")

[ -f "$top/configure" ] || (cd "$top" && quietly autoreconf -fi)
mkdir "$work/build"
cd "$work/build"
quietly "$top/configure" -q --disable-interop
quietly make -s dist
quietly rpmbuild --define "_topdir $work/rpm" "${options[@]}" -ta hyper-derp-*.tar.xz
cp "$work"/rpm/RPMS/*/*.rpm "$work"/rpm/SRPMS/*.rpm "$out/"
say "in $out: $(cd "$out" && echo *.rpm)"
