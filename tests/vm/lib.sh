# SPDX-License-Identifier: MIT
# What the scripts of this folder share; read with ".", by bash.
vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vm_cache=${HD_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hyper-derp-vm}
PATH=$PATH:/usr/sbin:/sbin

vm_say() { echo "${0##*/}: $*" >&2; }
vm_skip() {
	echo "SKIP: $*"
	exit 77
}
vm_fail() { # of the machinery, not of what is tested
	vm_say "$*"
	exit 125
}

# Debian's and qemu's name of an architecture.
vm_debian_arch() {
	case $1 in
	x86_64) echo amd64 ;;
	aarch64) echo arm64 ;;
	*) vm_fail "architecture '$1' is not x86_64 or aarch64" ;;
	esac
}

vm_as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

vm_install() { # PACKAGE...: from the host's own package sources
	local options=(-qq -o DPkg::Lock::Timeout=300)
	vm_as_root apt-get "${options[@]}" update >/dev/null 2>&1
	vm_as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install -y \
		--no-install-recommends "$@" >/dev/null 2>&1
}

# vm_need_tools ARCH: what it takes to run a machine, installed if it is missing.
vm_need_tools() {
	local qemu=qemu-system-$1 packages=() package=qemu-system-x86
	[ "$1" != aarch64 ] || package=qemu-system-arm
	command -v "$qemu" >/dev/null || packages+=("$package")
	command -v cpio >/dev/null || packages+=(cpio)
	command -v depmod >/dev/null || packages+=(kmod)
	command -v xz >/dev/null || packages+=(xz-utils)
	[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || packages+=(debian-archive-keyring)
	[ "${#packages[@]}" -gt 0 ] || return 0
	vm_say "installing ${packages[*]}"
	vm_install "${packages[@]}" && command -v "$qemu" >/dev/null ||
		vm_skip "these cannot be installed: ${packages[*]}"
}
