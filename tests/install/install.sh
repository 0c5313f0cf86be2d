#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# install.sh [FOLDER]: a minimal Debian of this machine's release and
# architecture boots in a machine of qemu's, under a kernel with TLS (trixie's);
# there the packages of FOLDER (default: contrib/deb.sh makes them) come from a
# signed apt repository of contrib/repo/apt.sh, and guest.sh lives through
# installation, TLS, tuning, upgrade, removal and purge. With Go, two of
# Tailscale's own clients talk through the service, too. Root; what is missing is
# installed. The Debian is made once, kept below $HD_VM_CACHE.
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$top/tests/vm/lib.sh"
[ "$(id -u)" -eq 0 ] || vm_skip "making a Debian takes root"
. /etc/os-release
suite=${VERSION_CODENAME:-}
architecture=$(dpkg --print-architecture)
root=$vm_cache/root-$suite-$architecture
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

need() { # COMMAND PACKAGE
	command -v "$1" >/dev/null || vm_install "$2" && command -v "$1" >/dev/null || vm_skip "$2 cannot be installed"
}

make_root() { # what the packages depend on is there: the machine has no network
	local needs
	needs=$(for deb in "$@"; do dpkg-deb -f "$deb" Depends; done | tr ',' '\n' |
		sed -E 's/[|(].*//; s/ //g' | sort -u | grep -v '^hyper-derp' | xargs)
	[ "$(cat "$root/needs" 2>/dev/null)" != "$needs" ] || return 0
	vm_say "making a Debian $suite"
	rm -rf "$root"
	mmdebstrap --quiet --variant=minbase --include="systemd systemd-sysv kmod $needs" "$suite" "$root" \
		${HD_VM_MIRROR:+"$HD_VM_MIRROR"} >"$work/log" 2>&1 || {
		tail -n 20 "$work/log"
		rm -rf "$root"
		vm_skip "a Debian $suite cannot be made"
	}
	echo "$needs" >"$root/needs"
}

# The same build as a later version with other words in the configuration file:
# dpkg then has to choose between it and the administrator's.
make_newer() { # FROM TO
	local deb
	for deb in "$1"/hyper-derp*_"$architecture".deb; do
		case $deb in *-dbgsym_*) continue ;; esac
		rm -rf "$work/newer"
		dpkg-deb -R "$deb" "$work/newer"
		sed -i 's/^Version: .*/&+newer/' "$work/newer/DEBIAN/control"
		if [ -e "$work/newer/etc/hyper-derp/hyper-derp.yaml" ]; then
			echo "# of the newer version" >>"$work/newer/etc/hyper-derp/hyper-derp.yaml"
		fi
		dpkg-deb --root-owner-group -b "$work/newer" "$2" >/dev/null || return 1
	done
}

make_key() {
	export GNUPGHOME=$work/gpg
	mkdir -m 0700 "$GNUPGHOME"
	gpg --batch --quiet --passphrase '' --quick-gen-key packages@localhost ed25519 sign never 2>"$work/log" &&
		key=$(gpg --batch --with-colons --list-keys 2>"$work/log" | sed -n 's/^fpr:::::::::\([0-9A-F]*\):/\1/p' | head -n 1) &&
		[ -n "$key" ]
}

make_client() { # Tailscale's, in one file that runs anywhere
	local go
	go=$(command -v go || echo /usr/local/go/bin/go)
	(cd "$top/tests/interop" && CGO_ENABLED=0 "$go" test -c -buildvcs=false -mod=readonly \
		-o "$work/files/interop.test" .) >"$work/log" 2>&1 || echo "# without Tailscale's client: $(tail -n 1 "$work/log")"
}

need mmdebstrap mmdebstrap
need apt-ftparchive apt-utils
need gpg gpg
debs=${1-}
if [ -z "$debs" ]; then
	debs=$work/debs
	"$top/contrib/deb.sh" "$debs" || vm_fail "the packages do not build"
fi
make_root "$debs"/hyper-derp*_"$architecture".deb
mkdir "$work/files" "$work/new"
make_key || vm_fail "no key: $(cat "$work/log")"
make_newer "$debs" "$work/new" || vm_fail "no newer version"
for repository in "old $debs" "new $work/new"; do
	"$top/contrib/repo/apt.sh" --key "$key" "${repository#* }" "$work/files/${repository%% *}" ||
		vm_fail "no repository"
done
gpgconf --kill gpg-agent
make_client
cp -r "$top/tests/install/guest.sh" "$top/debian/tests" "$work/files/"
chmod -R a+rX "$work" "$work/files"
export HD_VM_ROOT=$root HD_VM_FILES=$work/files HD_VM_TIMEOUT=${HD_VM_TIMEOUT:-3600}
"$BASH" "$top/tests/vm/run.sh" "${HD_VM_SUITE:-trixie}" "$(uname -m)" sh /run/vm/files/guest.sh
