#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# First program of the guest (see run.sh). Makes a root of the host's, read-only
# below, in memory above; runs the command in it, or has its systemd run it;
# leaves its status; ends the machine. Everything in here is busybox.
bb=/bin/busybox
PATH=/bin
$bb mount -t proc proc /proc
$bb mount -t sysfs sys /sys
$bb mount -t devtmpfs dev /dev

fail() {
	$bb echo "<2>vm: $*" >/dev/kmsg
	$bb poweroff -f
}

while read -r module; do
	$bb insmod "/m/$module" || $bb echo "<2>vm: insmod $module failed" >/dev/kmsg
done </m/order

share() { # TAG FOLDER OPTIONS
	$bb mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,$3" "$1" "$2" || fail "mount $1"
}

share host /lower ro,cache=loose
share modules /lib/modules ro,cache=loose
$bb mount -t tmpfs -o size=75% writes /writes
$bb mkdir -p /writes/upper /writes/work
$bb mount -t overlay -o lowerdir=/lower,upperdir=/writes/upper,workdir=/writes/work overlay /root || fail "mount /"

$bb mkdir -p /dev/shm /dev/pts
$bb mount -t tmpfs shm /dev/shm
$bb mount -t devpts pts /dev/pts
for link in fd:fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do
	$bb ln -sf "/proc/self/${link#*:}" "/dev/${link%%:*}"
done
for folder in proc sys dev dev/shm dev/pts lib/modules; do
	$bb mkdir -p "/root/$folder"
	$bb mount --bind "/$folder" "/root/$folder" || fail "mount $folder"
done
$bb mount -t tmpfs run /root/run
$bb mkdir -p /root/run/vm /root/run/bin
share control /root/run/vm rw,cache=none

output=/dev/null
for port in /sys/class/virtio-ports/*; do
	[ "$($bb cat "$port/name")" != vm.output ] || output=/dev/${port##*/}
done

# The root's own systemd runs the command when everything else has come up.
start_systemd() {
	$bb cat >/root/etc/systemd/system/vm-command.service <<-END
		[Unit]
		DefaultDependencies=no
		After=multi-user.target
		[Service]
		Type=oneshot
		ExecStart=/bin/sh /run/vm/command
		ExecStopPost=/bin/sh -c 'echo \$EXIT_STATUS >/run/vm/status; sync; systemctl poweroff -ff'
		StandardInput=null
		StandardOutput=file:$output
		StandardError=inherit
	END
	# Without udev the console's device never comes, and systemd would wait for it.
	$bb ln -s /dev/null /root/etc/systemd/system/serial-getty@.service
	$bb mkdir -p /root/etc/systemd/system/multi-user.target.wants
	$bb ln -s ../vm-command.service /root/etc/systemd/system/multi-user.target.wants/
	: >/root/run/vm/up
	exec $bb switch_root /root /sbin/init
}
[ ! -e /root/run/vm/systemd ] || start_systemd

# The shell and the tools of the guest, whatever architecture the root is of.
$bb cp $bb /root/run/busybox
$bb chroot /root /run/busybox --install -s /run/bin
$bb ln -sf /run/busybox /root/run/bin/sh

$bb ifconfig lo 127.0.0.1 up
: >/root/run/vm/up
$bb chroot /root /run/busybox sh /run/vm/command </dev/null >$output 2>&1
$bb echo $? >/root/run/vm/status
$bb sync
$bb poweroff -f
