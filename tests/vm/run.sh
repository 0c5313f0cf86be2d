#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh SUITE ARCH COMMAND [ARGUMENT...]: runs a command under a Debian kernel
# (see kernel.sh for SUITE) in a machine of qemu's that is thrown away after.
#
# The guest's root is the host's, read-only, with an overlay in memory: programs
# lie where they lie on the host, what they write is lost. For another
# architecture it is the host's libraries of that architecture. The shell and
# tools, first in PATH, are busybox's; the only network is loopback. Modules are
# there but not loaded: modprobe tls.
#
# With HD_VM_ROOT, the guest's root is that folder, a system with systemd, which
# is started and runs the command as a service; nothing of the host's is there
# then but HD_VM_FILES, a folder that is copied to /run/vm/files.
#
# HD_VM_SMP, HD_VM_MACHINE and HD_VM_APPEND are what qemu gets as -smp (default: 2),
# further options, and further options of the kernel's.
#
# stdout and stderr of the command come out as stdout; the exit status is the
# command's, 124 after HD_VM_TIMEOUT seconds (default 1800), 125 if the machine
# itself failed twice or the kernel cannot be had, 77 if qemu cannot be installed.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -ge 3 ] || {
	echo "usage: run.sh SUITE ARCH COMMAND [ARGUMENT...]" >&2
	exit 125
}
suite=$1 arch=$2
shift 2
vm_debian_arch "$arch" >/dev/null || exit
vm_need_tools "$arch"
kernel=$("$BASH" "$vm_dir/kernel.sh" "$suite" "$arch") || {
	code=$?
	echo "$kernel"
	exit "$code"
}
kernel=${kernel##*$'\n'}

work=$(mktemp -d) || exit 125
qemu_pid=
cleanup() {
	[ -z "$qemu_pid" ] || kill "$qemu_pid" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
mkdir "$work/control"

write_command() {
	printf 'cd %q 2>/dev/null || cd /\n' "$PWD"
	echo "export PATH=/run/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LC_ALL=C HD_IN_VM=1"
	echo "ulimit -n 65536" # the kernel's own limit is lower than what systems set
	[ "$arch" = "$(uname -m)" ] || echo "export PATH=/run/bin HD_IN_FOREIGN_VM=1"
	printf 'exec'
	local word
	for word in "$@"; do
		printf " '%s'" "${word//\'/\'\\\'\'}"
	done
	echo
}
write_command "$@" >"$work/control/command"
[ -z "${HD_VM_ROOT-}" ] || touch "$work/control/systemd"
[ -z "${HD_VM_FILES-}" ] || cp -r "$HD_VM_FILES" "$work/control/files" || exit 125

# /dev/kvm alone proves nothing: without vmx or svm it does not run such kernels.
kvm_is_real() {
	[ "$arch" = "$(uname -m)" ] && [ -r /dev/kvm ] && [ -w /dev/kvm ] || return 1
	[ "$arch" != x86_64 ] || grep -qwE 'vmx|svm' /proc/cpuinfo
}

share() { # TAG FOLDER [,OPTION]
	machine+=(-fsdev "local,id=$1,path=$2,security_model=none,multidevs=remap${3-}"
		-device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}

describe_machine() {
	local console=ttyS0
	machine=("qemu-system-$arch" -nodefaults -no-user-config -no-reboot -display none -smp "${HD_VM_SMP:-2}" -m 2G)
	if kvm_is_real; then
		machine+=(-accel kvm -cpu host)
	elif [ "$arch" = x86_64 ]; then
		# qemu 7.2 emulates CMPXCHG16B wrongly now and then, which kernels do not survive.
		machine+=(-accel tcg -cpu "max,-cx16")
	else
		machine+=(-accel tcg -cpu neoverse-n1)
	fi
	if [ "$arch" = aarch64 ]; then
		console=ttyAMA0
		machine+=(-M virt)
	else
		machine+=(-M q35)
	fi
	machine+=(-kernel "$kernel/vmlinuz" -initrd "$kernel/initrd" -serial "file:$work/console"
		-append "console=$console quiet loglevel=3 panic=-1 oops=panic reboot=t mitigations=off ${HD_VM_APPEND-}"
		-device virtio-rng-pci -device virtio-serial-pci
		-chardev "file,id=output,path=$work/output" -device "virtserialport,chardev=output,name=vm.output")
	share host "${HD_VM_ROOT:-/}" ,readonly=on
	share modules "$kernel/modules/lib/modules" ,readonly=on
	share control "$work/control"
	# shellcheck disable=SC2206 # words; last, so that a bridge among them takes none of the above
	machine+=(${HD_VM_MACHINE-})
}

# 0: the command ran and $work/control/status has its status.
boot() {
	local code cat_pid
	rm -f "$work/control/up" "$work/control/status" "$work/output"
	: >"$work/console"
	# A pipe, because qemu makes what it writes to non-blocking, and because a
	# guest cannot write to a terminal without a reader.
	mkfifo "$work/output"
	cat "$work/output" &
	cat_pid=$!
	exec 6>"$work/output" # ends cat, whether qemu came to open it or not
	timeout -k 10 "${HD_VM_TIMEOUT:-1800}" "${machine[@]}" </dev/null >"$work/qemu.log" 2>&1 6>&- &
	qemu_pid=$!
	wait "$qemu_pid"
	code=$?
	qemu_pid=
	exec 6>&-
	wait "$cat_pid"
	[ "$code" -ne 124 ] && [ "$code" -ne 137 ] || return 124
	[ -s "$work/control/status" ]
}

describe_machine
boot
code=$?
if [ "$code" -eq 1 ] && [ ! -e "$work/control/up" ]; then
	vm_say "the machine did not come up; once more"
	boot
	code=$?
fi
if grep -qE 'WARNING:|BUG:|Oops' "$work/console"; then
	vm_say "the guest's kernel complained:"
	grep -E -A 12 'WARNING:|BUG:|Oops' "$work/console" | head -n 40 >&2
	[ "$code" -ne 0 ] || exit 125
fi
case $code in
0) exit "$(cat "$work/control/status")" ;;
124)
	vm_say "not done after ${HD_VM_TIMEOUT:-1800} s"
	exit 124
	;;
esac
vm_say "the machine failed; its last words:"
tail -n 20 "$work/console" >&2
tail -n 5 "$work/qemu.log" >&2
exit 125
