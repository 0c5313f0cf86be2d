#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# rpm.sh [--release N] FOLDER: RPM packages of this tree, by way of a release as
# make dist makes it, into FOLDER. N, in place of the spec's, numbers builds
# between releases ("2"). On Fedora and the family of RHEL what building needs is
# installed, as root or by sudo. On Debian, which has rpmbuild but no such
# packages, what is there is taken for enough: the result is for trying.
# repo/dnf.sh makes a repository of it.
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/packaging.sh"
number=
if [ "${1-}" = --release ] && [ $# -gt 1 ]; then
	number=$2
	shift 2
fi
into_folder "[--release N] FOLDER" "$@"

options=()
if command -v dnf >/dev/null && [ -f /etc/redhat-release ]; then
	as_root dnf -q -y install rpm-build 'dnf-command(builddep)' systemd-rpm-macros
	as_root dnf -q -y builddep "$top/rpm/hyper-derp.spec"
else
	options+=(--nodeps --load="$top/rpm/macros.systemd" --define "debug_package %{nil}")
	# What rpm's own scripts do where /bin/sh is bash.
	options+=(--define '__os_install_post gzip -9n "$RPM_BUILD_ROOT"/usr/share/man/*/*; strip "$RPM_BUILD_ROOT"/usr/bin/*')
fi
[ -z "$number" ] || options+=(--define "hd_release $number")

make_release
quietly rpmbuild --define "_topdir $work/rpm" "${options[@]}" -ta "$release"
cp "$work"/rpm/RPMS/*/*.rpm "$work"/rpm/SRPMS/*.rpm "$out/"
say "in $out: $(cd "$out" && echo *.rpm)"
