#!/bin/sh
# SPDX-License-Identifier: MIT
# tune_guest.sh BUILD plain|isolated: runs inside of the guest (see tune.sh); busybox is
# all it may use. CPUs 0-7 are of node 0, 8-15 of node 1, two threads a core, eth0
# hangs from node 1.
set -u
tune=$1/hd-tune
failed=0
dir=$(mktemp -d)
cd "$dir" || exit 1

ok() { echo "ok $*"; }
not_ok() {
	echo "not ok $*"
	failed=1
}
same() { # GOT WANTED WHAT
	if [ "$1" = "$2" ]; then ok "$3: $1"; else not_ok "$3: '$1', not '$2'"; fi
}
has() { # TEXT WHAT: in the last output
	if grep -qF -- "$1" out; then ok "$2"; else
		not_ok "$2: no '$1'"
		cat out
	fi
}
hasnt() {
	if grep -qF -- "$1" out; then not_ok "$2: '$1'"; else ok "$2"; fi
}
# answer WORKERS PINS WHAT [COMMAND...]: of the plan, with hd-tune started so
answer() {
	workers=$1 pins=$2 what=$3
	shift 3
	"$@" "$tune" plan --shell $options >out 2>&1
	same "$(sed -n "s/^HD_WORKERS='\(.*\)'/\1/p" out)/$(sed -n "s/^HD_PIN_CORES='\(.*\)'/\1/p" out)" \
		"$workers/$pins" "$what: workers/pins"
}
status() { # WANTED WHAT ARGUMENT...: of hd-tune
	wanted=$1 what=$2 code=0
	shift 2
	"$tune" "$@" >out 2>&1 || code=$?
	same $code "$wanted" "$what: exit"
}
options=

# The root is the host's, which may be a container; the guest is none.
rm -f /.dockerenv /run/.containerenv /run/systemd/container
modprobe virtio_net || not_ok "modprobe virtio_net"
ifconfig eth0 10.0.2.15 up && route add default gw 10.0.2.2 || not_ok "the interface"

numa_and_smt() {
	status 0 "plan" plan --json
	has '"locality": "known"' "the interface hangs from a node"
	has '"domain": "NIC-local"' "the domain"
	answer 4 8,10,12,14 "SMT, two nodes, interface on node 1"
	options="--span" answer 8 8,10,12,14,0,2,4,6 "both nodes if asked"
	options=
	status 0 "probe" probe
	has '"driver": "virtio_net"' "the driver"
	has '"container": false' "no container"
	has '"default": "eth0"' "the default route"
}

offline() {
	echo 0 >/sys/devices/system/cpu/cpu9/online
	echo 0 >/sys/devices/system/cpu/cpu10/online
	answer 4 8,11,12,14 "CPUs 9 and 10 offline"
	echo 1 >/sys/devices/system/cpu/cpu9/online
	echo 1 >/sys/devices/system/cpu/cpu10/online
	answer 4 8,10,12,14 "and online again"
}

in_group() { # GROUP COMMAND...
	group=$1
	shift
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$@"
}

groups() {
	mount -t cgroup2 none /sys/fs/cgroup || not_ok "mount cgroup2"
	top=/sys/fs/cgroup
	echo "+cpu +cpuset" >$top/cgroup.subtree_control
	mkdir -p $top/box/inner
	echo "+cpu" >$top/box/cgroup.subtree_control
	echo 8-11 >$top/box/cpuset.cpus
	answer 2 8,10 "cpuset 8-11" in_group $top/box/inner
	echo "250000 100000" >$top/box/cpu.max
	answer 2 "" "cpuset 8-11, quota 2.5 of the group above" in_group $top/box/inner
	echo "120000 100000" >$top/box/inner/cpu.max
	answer 1 "" "and quota 1.2 of its own" in_group $top/box/inner
	# The service is not in the group of who asks, but in that of its slice.
	mkdir -p $top/shell
	echo 0-3 >$top/shell/cpuset.cpus
	mkdir -p $top/system.slice /etc/systemd/system
	echo "+cpuset" >$top/system.slice/cgroup.subtree_control
	echo 12-15 >$top/system.slice/cpuset.cpus
	printf '[Service]\nUser=nobody\n' >/etc/systemd/system/hyper-derp.service
	answer 2 12,14 "the cpuset of the service's slice"
	answer 2 12,14 "the same, asked from a group with other CPUs" in_group $top/shell
	printf '[Service]\nUser=nobody\nCPUQuota=150%%\n' >/etc/systemd/system/hyper-derp.service
	answer 1 "" "CPUQuota= of the unit"
	rm /etc/systemd/system/hyper-derp.service
	echo 0-15 >$top/system.slice/cpuset.cpus
}

unit() { printf '[Service]\nUser=nobody\n%s\n' "${1-}" >/etc/systemd/system/hyper-derp.service; }

io_uring() {
	sysctl=/proc/sys/kernel/io_uring_disabled
	[ -e $sysctl ] || {
		echo "# no $sysctl in this kernel"
		return
	}
	unit
	echo 0 >$sysctl
	status 0 "io_uring_disabled 0" plan
	echo 1 >$sysctl
	status 4 "io_uring_disabled 1, for user nobody" plan
	has "user nobody of the service may not use it" "why"
	status 4 "apply refuses" apply --yes --root "$dir"
	echo "uring:x:977:" >>/etc/group
	echo 977 >/proc/sys/kernel/io_uring_group
	status 4 "io_uring_disabled 1, for a group" plan
	has "SupplementaryGroups=uring" "the group has a name"
	unit SupplementaryGroups=uring
	status 0 "io_uring_disabled 1, in the group" plan
	su -s /bin/sh nobody -c "$tune plan" >out 2>&1
	same $? 0 "the same for a user who may not: exit"
	has "workers: 4" "a plan without privileges"
	su -s /bin/sh nobody -c "$tune probe" >out 2>&1
	has "the service may use it, this user may not try it" "what could not be seen"
	echo -1 >/proc/sys/kernel/io_uring_group
	unit
	rm /etc/systemd/system/hyper-derp.service
	status 0 "io_uring_disabled 1, as root" plan
	echo 2 >$sysctl
	status 4 "io_uring_disabled 2, as root" plan
	has "io_uring_disabled = 2" "why"
	echo 0 >$sysctl
}

tls() {
	cp /proc/sys/kernel/modprobe modprobe
	echo /bin/false >/proc/sys/kernel/modprobe
	rmmod tls 2>/dev/null
	status 0 "tls not loaded" probe
	has '"ktls": false' "ktls"
	has '"tls_module": "there"' "the module is there"
	status 0 "tls not loaded" plan
	has "modprobe tls" "what mends it"
	has "modules-load.tls: tls" "loaded at boot"

	mkdir -p /etc/modprobe.d
	echo "install tls /bin/false" >/etc/modprobe.d/no-tls.conf
	status 0 "tls not loadable" plan
	has "modprobe.d(5) forbids it" "why"
	hasnt "modules-load.tls: tls" "not loaded at boot"
	rm /etc/modprobe.d/no-tls.conf

	mount -t tmpfs none "/lib/modules/$(uname -r)"
	status 0 "tls absent" probe
	has '"tls_module": "absent"' "the module is absent"
	umount "/lib/modules/$(uname -r)"

	cat modprobe >/proc/sys/kernel/modprobe
	modprobe tls || not_ok "modprobe tls"
	status 0 "tls present" probe
	has '"tls_module": "loaded"' "the module is loaded"
	has '"ktls": true' "ktls"
	has "AES-128-GCM 1.2 tx rx, AES-128-GCM 1.3 tx rx" "ciphers, both ways"
	status 0 "tls present" plan
	hasnt "no kernel TLS" "nothing to say"
}

apply() {
	status 0 "apply" apply --yes
	same "$(sysctl -n net.ipv4.tcp_slow_start_after_idle)" 0 "a live value"
	status 0 "check" check
	status 0 "a second apply" apply --yes
	has "nothing to do" "a second apply writes nothing"
	status 0 "undo" undo
	same "$(sysctl -n net.ipv4.tcp_slow_start_after_idle)" 1 "the live value before"
	status 3 "diff after undo" diff
}

# For good: until the guest ends no module goes in or out.
locked() {
	rmmod tls || not_ok "rmmod tls"
	echo 1 >/proc/sys/kernel/modules_disabled
	status 0 "modules locked" plan
	has "only after the next boot" "why"
	has "modules-load.tls: tls" "loaded at boot"
}

case $2 in
plain)
	numa_and_smt
	offline
	groups
	io_uring
	tls
	apply
	locked
	;;
isolated)
	answer 6 10,12,14,0,4,6 "isolcpus=2,3,8,9"
	options=--isolated=use answer 2 8,2 "isolated CPUs if asked"
	;;
esac
exit $failed
