#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# kernel.sh SUITE ARCH: a Debian kernel, unpacked, ready for run.sh, its folder
# on the last line of output. SUITE is where it comes from: bookworm (6.1),
# trixie (6.12), sid, each also as SUITE-security or SUITE-backports. Nothing is
# installed and apt's own state stays as it is. Made once, kept below $HD_VM_CACHE
# (default: ~/.cache/hyper-derp-vm), remade when that is removed.
#
#   vmlinuz   release   modules/lib/modules/RELEASE/...   initrd
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

suite=$1 arch=$2
deb=$(vm_debian_arch "$arch") || exit
base=${suite%-security}
base=${base%-backports}
out=$vm_cache/$suite-$deb
apt=$vm_cache/apt-$suite-$deb
mkdir -p "$vm_cache" || vm_fail "cannot create $vm_cache"
exec 7>"$vm_cache/lock"
flock 7

# ---- the archive, through an apt with its own lists ----

# The mirror that this system's apt uses for Debian itself.
mirror() {
	local site
	site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Component: main' 2>/dev/null |
		grep '/debian/\?$' | head -n 1)
	echo "${HD_VM_MIRROR:-${site%/}}"
}

apt_options() {
	options=(-qq -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=-
		-o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o Dir::State::status="$apt/status"
		-o APT::Architecture="$deb" -o APT::Architectures="$deb" -o Acquire::Languages=none
		-o Acquire::PDiffs=false -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Debug::NoLocking=1)
	[ "$(id -u)" -ne 0 ] || options+=(-o APT::Sandbox::User=root)
}

apt_update() {
	local from line s
	from=$(mirror)
	[ -n "$from" ] || vm_fail "no Debian mirror known: set HD_VM_MIRROR"
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	: >"$apt/status"
	line="deb [arch=$deb signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
	for s in "$base" "$suite"; do
		case $s in
		*-security) echo "$line $from-security $s main" ;;
		*) echo "$line $from $s main" ;;
		esac
	done | sort -u >"$apt/sources.list"
	apt-get "${options[@]}" update >"$apt/log" 2>&1 || {
		tail -n 5 "$apt/log" >&2
		vm_fail "the package lists of $suite cannot be fetched"
	}
}

apt_unpack() { # FOLDER PACKAGE[=VERSION]...
	local folder=$1 file
	shift
	mkdir -p "$folder/deb"
	(cd "$folder/deb" && apt-get "${options[@]}" download "$@" >>"$apt/log" 2>&1) || {
		tail -n 5 "$apt/log" >&2
		vm_fail "these cannot be fetched: $*"
	}
	for file in "$folder"/deb/*.deb; do
		dpkg-deb -x "$file" "$folder" || vm_fail "cannot unpack $file"
	done
	rm -rf "$folder/deb"
}

# The newest kernel of the suite: "PACKAGE=VERSION", or the packages that newer
# kernels are split into.
kernel_packages() {
	local version image
	version=$(apt-cache "${options[@]}" madison "linux-image-$deb" |
		awk -F '|' -v suite=" $suite/" 'index($3, suite) { gsub(/ /, "", $2); print $2; exit }')
	[ -n "$version" ] || vm_fail "$suite has no linux-image-$deb"
	image=$(apt-cache "${options[@]}" show "linux-image-$deb=$version" | grep -m 1 -o 'linux-image-[0-9][^ ,]*')
	release=${image#linux-image-}
	packages=("$image")
	if apt-cache "${options[@]}" show "$image" | grep -q '^Depends:.*linux-binary-'; then
		packages=("linux-base-$release" "linux-binary-$release" "linux-modules-$release")
	fi
}

# ---- what the guest can need of the modules ----

# Uncompressed, so that busybox and the kernel's own request_module can load them.
copy_modules() { # FROM TO
	local file plain
	mkdir -p "$2"
	cp "$1"/modules.builtin* "$1"/modules.order "$2" || return 1
	(cd "$1" && find kernel/crypto kernel/lib kernel/arch kernel/net/tls kernel/net/9p kernel/net/netfs kernel/fs/9p \
		kernel/fs/netfs kernel/fs/fscache kernel/fs/overlayfs kernel/drivers/virtio kernel/drivers/char \
		kernel/drivers/net/virtio_net.ko* kernel/drivers/net/net_failover.ko* kernel/net/core/failover.ko* \
		-name '*.ko*' 2>/dev/null) | while read -r file; do
		plain=$2/${file%.ko*}.ko
		mkdir -p "${plain%/*}"
		case $file in
		*.xz) xz -dc "$1/$file" >"$plain" ;;
		*.zst) zstd -dcq "$1/$file" >"$plain" ;;
		*.gz) gzip -dc "$1/$file" >"$plain" ;;
		*) cp "$1/$file" "$plain" ;;
		esac || return 1
	done
}

# In the initrd: busybox, what the root file system takes, and init.
make_initrd() { # MODULES-ROOT BUSYBOX
	local tree=$work/initrd file
	mkdir -p "$tree"/{bin,sbin,m,proc,sys,dev,lower,writes,root,lib/modules}
	cp "$2" "$tree/bin/busybox"
	ln -s ../bin/busybox "$tree/sbin/modprobe" # what the kernel itself calls, for ciphers and such
	cp "$vm_dir/init.sh" "$tree/init"
	chmod 755 "$tree/init"
	for file in virtio_pci virtio_mmio virtio_console virtio_rng overlay 9pnet_virtio 9p; do
		modprobe -d "$1" -S "$release" -D "$file" 2>/dev/null
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
		cp "$file" "$tree/m/" && basename "$file" >>"$tree/m/order"
	done
	(cd "$tree" && find . | cpio -o -H newc --quiet | gzip -1)
}

options=()
apt_options
if [ ! -e "$out/ok-2" ]; then
	apt_update
	kernel_packages
	vm_say "fetching Linux $release of $suite"
	rm -rf "$out"
	apt_unpack "$out/x" "${packages[@]}"
	apt_unpack "$out/b" busybox-static
	from=$out/x/lib/modules/$release
	[ -d "$from" ] || from=$out/x/usr/lib/modules/$release
	copy_modules "$from" "$out/modules/lib/modules/$release" && depmod -b "$out/modules" "$release" ||
		vm_fail "cannot copy the modules"
	cp "$out/x/boot/vmlinuz-$release" "$out/vmlinuz" 2>/dev/null || cp "$from/vmlinuz" "$out/vmlinuz" ||
		vm_fail "the package holds no kernel"
	cp "$out/b/bin/busybox" "$out/busybox" 2>/dev/null || cp "$out/b/usr/bin/busybox" "$out/busybox" ||
		vm_fail "no busybox"
	rm -rf "$out/x" "$out/b"
	echo "$release" >"$out/release"
	touch "$out/ok-2"
fi
release=$(cat "$out/release")
if [ ! -e "$out/initrd" ] || ! cmp -s "$vm_dir/init.sh" "$out/init.sh"; then
	work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
	make_initrd "$out/modules" "$out/busybox" >"$out/initrd.new" && mv "$out/initrd.new" "$out/initrd" &&
		cp "$vm_dir/init.sh" "$out/init.sh" || vm_fail "cannot make the initrd"
fi
echo "$out"
