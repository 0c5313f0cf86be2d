#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tune.sh [SUITE]: hd-tune under a Debian kernel (default: trixie, 6.12), in a
# machine of qemu's with two sockets, one memory node each, SMT, and its network
# interface on the second node; once as it is, once with isolated CPUs. What is
# asked of it there: tune_guest.sh.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
suite=${1:-trixie}
build=${HD_BUILDDIR:-$PWD}
failed=0
export HD_VM_SMP=16,sockets=2,cores=4,threads=2
export HD_VM_MACHINE="-object memory-backend-ram,id=m0,size=1G -object memory-backend-ram,id=m1,size=1G
	-numa node,nodeid=0,memdev=m0,cpus=0-7 -numa node,nodeid=1,memdev=m1,cpus=8-15
	-device pxb-pcie,id=pxb,bus_nr=64,numa_node=1,bus=pcie.0 -device pcie-root-port,id=nicport,bus=pxb,chassis=1
	-netdev user,id=net,restrict=on -device virtio-net-pci,netdev=net,bus=nicport
	-cpu max,-cx16,vendor=GenuineIntel"

boot() { # CASES [KERNEL OPTION]
	local code=0
	HD_VM_APPEND=${2-} "$BASH" "$vm_dir/run.sh" "$suite" x86_64 sh "$vm_dir/tune_guest.sh" "$build" "$1" || code=$?
	case $code in
	0) ;;
	77) exit 77 ;;
	124 | 125)
		echo "not ok machine for $1: status $code"
		failed=1
		;;
	*) failed=1 ;;
	esac
}

[ "$(uname -m)" = x86_64 ] || vm_skip "the machine of this test is an x86_64 one"
boot plain
boot isolated isolcpus=2,3,8,9
[ "$failed" -eq 0 ] || exit 1
