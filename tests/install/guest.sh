#!/bin/sh
# SPDX-License-Identifier: MIT
# guest.sh: runs inside of the machine (see install.sh), as root under systemd.
# files/old and files/new are apt repositories of this build and of one with a
# higher version and another configuration file. What an administrator does in
# the life of a relay: install, set up TLS, tune, upgrade, remove, purge.
set -u
files=/run/vm/files
config=/etc/hyper-derp/hyper-derp.yaml
state=/var/lib/hyper-derp
failed=0
export DEBIAN_FRONTEND=noninteractive
cd /root || exit 1

ok() { echo "ok $*"; }
not_ok() {
	echo "not ok $*"
	failed=1
}
same() { # GOT WANTED WHAT
	if [ "$1" = "$2" ]; then ok "$3: $1"; else not_ok "$3: '$1', not '$2'"; fi
}
at_least() { # GOT LEAST WHAT
	if [ "${1:-0}" -ge "$2" ]; then ok "$3: $1"; else not_ok "$3: '$1', less than $2"; fi
}
does() { # WHAT COMMAND...
	what=$1
	shift
	if "$@" >said 2>&1; then ok "$what"; else
		not_ok "$what: status $?"
		tail -n 40 said
	fi
}
refuses() { # WHAT COMMAND...
	what=$1
	shift
	if "$@" >said 2>&1; then not_ok "$what: it did"; else ok "$what"; fi
}

property() { systemctl show --value -p "$1" hyper-derp.service; }
running() { same "$(systemctl is-active hyper-derp)" active "$1: service"; }
sum() { sha256sum <"$1" | cut -c 1-16; }
kernel_tls() { awk -v name="$1" '$1 == name { print $2 }' /proc/net/tls_stat; }
from_repository() { # old | new
	echo "deb [signed-by=$files/$1/hyper-derp.gpg] file:$files/$1 ./" >/etc/apt/sources.list
	rm -f /etc/apt/sources.list.d/*
	does "apt-get update from repository $1" apt-get -q update
}
load() { # WHAT ARGUMENT...: packets through the relay, between clients that check each
	what=$1
	shift
	does "$what: packets pass" hd-bench --pairs 2 --rate 200pps --warmup 0 --duration 2s --drain 60s --max-loss 0 --quiet \
		--timeout 120s "$@"
}

install_packages() {
	find / -xdev -path /run -prune -o -print 2>/dev/null | sort >before
	from_repository old
	does "apt-get install" apt-get -q -y install hyper-derp hyper-derp-tools
	running "installed"
	same "$(property UnitFileState)" enabled "installed: at boot"
	pid=$(property MainPID)
	same "$(stat -c %U:%G "/proc/$pid")" hyper-derp:hyper-derp "runs as"
	same "$(awk '/^Cap(Eff|Bnd):/ { print $2 }' "/proc/$pid/status" | sort -u)" 0000000000000400 \
		"capabilities (CAP_NET_BIND_SERVICE)"
	same "$(awk '/^Seccomp:/ { print $2 }' "/proc/$pid/status")" 2 "system calls filtered"
	same "$(awk '/^Max open files/ { print $4 ":" $5 }' "/proc/$pid/limits")" 524288:524288 "descriptors"
	same "$(stat -Lc %a:%U $state/derper.key)" 600:hyper-derp "key"
	load "as installed" 127.0.0.1:3340
	key=$(sum $state/derper.key)
}

# debian/tests, as autopkgtest would run them on the package as installed.
autopkgtests() {
	for test in "$files"/tests/relay "$files"/tests/tune "$files"/tests/service; do
		export AUTOPKGTEST_TMP="/tmp/${test##*/}"
		mkdir "$AUTOPKGTEST_TMP"
		does "autopkgtest ${test##*/}" "$test"
		rm -r "$AUTOPKGTEST_TMP"
	done
}

# Two of Tailscale's own clients, through the service.
tailscales_clients() {
	[ -x $files/interop.test ] || return 0
	sent=$(kernel_tls TlsTxSw)
	export HD_DAEMON=/usr/bin/hyper-derp HD_SERVICE=127.0.0.1:443 HD_SERVICE_CERT=/etc/hyper-derp/tls/localhost.crt
	does "Tailscale's clients exchange packets" $files/interop.test -test.v -test.run '^TestService$'
	same "$(grep -c '^--- PASS: TestService' said)" 1 "Tailscale's clients ran"
	at_least $(($(kernel_tls TlsTxSw) - sent)) 2 "Tailscale's clients: connections with TLS in the kernel"
}

set_up_tls() {
	does "a certificate" hyper-derp --make-cert localhost
	install -m 0640 -g hyper-derp localhost.crt localhost.key /etc/hyper-derp/tls/
	cat >$config <<-END
		# the administrator's own words
		port: 443
		tls_cert: /etc/hyper-derp/tls/localhost.crt
		tls_key: /etc/hyper-derp/tls/localhost.key
		metrics: {port: 9090}
	END
	does "restart with TLS on port 443" systemctl restart hyper-derp
	journalctl -q -o cat -u hyper-derp | grep 'kTLS' | tail -n 1
	same "$(lsmod | grep -c '^tls ')" 1 "module tls, asked for by the unit"
	sent=$(kernel_tls TlsTxSw)
	load "TLS" --tls --insecure 127.0.0.1:443
	at_least $(($(kernel_tls TlsTxSw) - sent)) 4 "connections with TLS in the kernel"
	tailscales_clients
	same "$(kernel_tls TlsDecryptError)" 0 "records that did not open"
	same "$(sum $state/derper.key)" "$key" "the same key"
}

reload() {
	pid=$(property MainPID)
	does "reload" systemctl reload hyper-derp
	cp $config kept
	echo "no_such_key: 1" >>$config
	refuses "reload of a wrong file" systemctl reload hyper-derp
	refuses "restart with a wrong file" systemctl restart hyper-derp
	same "$(property Result):$(property ExecMainStatus):$(property NRestarts)" exit-code:2:0 "not tried again"
	cat kept >$config
	does "start with the right one" systemctl start hyper-derp
	running "reloaded"
}

# A stopped process answers no watchdog; systemd starts another.
watchdog() {
	same "$(property WatchdogUSec)" 30s "watchdog"
	mkdir -p /run/systemd/system/hyper-derp.service.d
	printf '[Service]\nWatchdogSec=6s\n' >/run/systemd/system/hyper-derp.service.d/watchdog.conf
	systemctl daemon-reload
	systemctl restart hyper-derp
	pid=$(property MainPID)
	kill -STOP "$pid"
	tail --pid="$pid" -f /dev/null
	for _ in $(seq 100); do
		[ "$(property NRestarts):$(systemctl is-active hyper-derp)" != 1:active ] || break
		timeout 1 tail -f /dev/null
	done
	same "$(property NRestarts)" 1 "watchdog: started again"
	running "watchdog"
	rm -r /run/systemd/system/hyper-derp.service.d
	systemctl daemon-reload
	systemctl restart hyper-derp
}

tune() {
	does "hd-tune plan" hd-tune plan --peers 1000000
	does "hd-tune apply" hd-tune apply --yes --peers 1000000
	same "$(head -n 1 $config)" "# the administrator's own words" "hd-tune keeps the rest"
	at_least "$(grep -c '^workers: [0-9]' $config)" 1 "hd-tune: workers"
	systemctl daemon-reload
	does "restart as tuned" systemctl restart hyper-derp
	running "tuned"
	same "$(property LimitNOFILE)" 1048576 "hd-tune: LimitNOFILE"
	same "$(cat /proc/sys/net/ipv4/tcp_slow_start_after_idle)" 0 "hd-tune: a kernel parameter"
	does "hd-tune check" hd-tune check
	does "hd-tune diff" hd-tune diff --peers 1000000
	load "tuned" --tls --insecure 127.0.0.1:443
}

# The sample socket holds port 443, and the service needs no privilege for it.
socket() {
	systemctl stop hyper-derp
	cp /usr/share/doc/hyper-derp/examples/hyper-derp.socket /etc/systemd/system/
	systemctl daemon-reload
	does "start of the socket" systemctl start hyper-derp.socket
	same "$(systemctl is-active hyper-derp)" inactive "socket: nothing runs before a client comes"
	load "socket" --tls --insecure 127.0.0.1:443
	running "socket"
	at_least "$(journalctl -q -o cat -u hyper-derp | grep -c 'passed by socket activation')" 1 "socket: passed"
	systemctl stop hyper-derp.socket hyper-derp
	rm /etc/systemd/system/hyper-derp.socket
	systemctl daemon-reload
	systemctl start hyper-derp
}

upgrade() {
	settings=$(sum $config)
	old=$(dpkg-query -W -f '${Version}' hyper-derp)
	pid=$(property MainPID)
	from_repository new
	does "upgrade" apt-get -q -y -o Dpkg::Options::=--force-confold install hyper-derp hyper-derp-tools
	does "upgrade: from $old to a higher version" \
		dpkg --compare-versions "$(dpkg-query -W -f '${Version}' hyper-derp)" gt "$old"
	same "$(sum $config)" "$settings" "upgrade: configuration kept"
	same "$(sum $state/derper.key)" "$key" "upgrade: key kept"
	running "upgraded"
	refuses "upgrade: the old process is gone" test -e "/proc/$pid"
	load "upgraded" --tls --insecure 127.0.0.1:443
	does "hd-tune check after the upgrade" hd-tune check
}

remove() {
	does "apt-get remove" apt-get -q -y remove hyper-derp hyper-derp-tools
	refuses "removed: nothing runs" pgrep -x hyper-derp
	same "$(ls -d /usr/bin/hyper-derp /usr/bin/hd-* 2>/dev/null)" "" "removed: programs"
	same "$(sum $config)" "$settings" "removed: configuration stays"
	same "$(sum $state/derper.key)" "$key" "removed: key stays"
	does "installed again" apt-get -q -y install hyper-derp
	running "installed again"
	same "$(sum $state/derper.key)" "$key" "installed again: the same key"
}

# The locked user stays, and what the administrator put into /etc/hyper-derp/tls.
purge() {
	rm -r /etc/hyper-derp/tls/*
	does "apt-get purge" apt-get -q -y purge hyper-derp hyper-derp-tools
	find / -xdev -path /run -prune -o -print 2>/dev/null | sort >after
	comm -13 before after | grep -vE '^/(root|proc|sys|dev|tmp)/|^/var/(lib/(apt|dpkg|systemd)|log|cache)/|^/etc/(passwd|group|g?shadow)-' \
		>left
	same "$(xargs <left)" "" "purged: files left"
	same "$(systemctl list-unit-files --no-legend 'hyper-derp*' | xargs)" "" "purged: units left"
	same "$(find /var/lib/systemd /var/lib/dpkg -name '*hyper-derp*' | xargs)" "" "purged: records left"
	same "$(find /var/log /var/cache -name '*hyper-derp*.log' | xargs)" "" "purged: logs left"
	same "$(systemctl --failed --no-legend | xargs)" "" "failed units"
}

pgrep() { # -x NAME: procps is not on every system
	grep -lx "$2" /proc/[0-9]*/comm 2>/dev/null
}

for step in install_packages autopkgtests set_up_tls reload watchdog tune socket upgrade remove purge; do
	echo "# $step"
	$step
	if [ $failed -ne 0 ] && [ -z "${HD_INSTALL_GO_ON-}" ]; then
		journalctl -q --no-pager -n 60
		exit 1
	fi
done
exit $failed
