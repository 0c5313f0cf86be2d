#!/bin/sh
# SPDX-License-Identifier: MIT
# guest.sh BUILD [CASES]: runs inside of the guest (see ktls.sh); busybox is all
# it may use. Starts the relay with its TLS in the kernel, has clients do to it
# what clients do, and holds what the relay and the kernel count against it.
# CASES: all (default), or few for a slow machine.
set -u
build=$1
cases=${2:-all}
relay=$build/hyper-derp
client=$build/tests/vm/tls_client
dir=$(mktemp -d)
cd "$dir" || exit 1
port=3340
metrics=3341
failed=0
pid=

ok() { echo "ok $*"; }
not_ok() {
	echo "not ok $*"
	failed=1
}
verdict() { # CODE WHAT: the last command's, with what it said
	if [ "$1" -eq 0 ]; then ok "$2"; else not_ok "$2: $(cat said)"; fi
}
same() { # GOT WANTED WHAT
	if [ "$1" = "$2" ]; then ok "$3: $1"; else not_ok "$3: '$1', not '$2'"; fi
}
at_least() { # GOT LEAST WHAT
	if [ "${1:-0}" -ge "$2" ]; then ok "$3: $1"; else not_ok "$3: '$1', less than $2"; fi
}

# ---- the relay ----

start() { # ARGUMENT...: until it serves or ends
	mkfifo log.pipe
	"$relay" --port $port --listen 127.0.0.1 --workers 2 --key-file relay.key --metrics-port $metrics \
		--tls-cert localhost.crt --tls-key localhost.key --log-level debug "$@" 2>log.pipe &
	pid=$!
	exec 9<log.pipe
	rm log.pipe
	: >log
	while read -r line <&9; do
		echo "$line" >>log
		case $line in *" serving"*) break ;; esac
	done
	cat <&9 >>log &
	cat_pid=$!
	exec 9<&-
}

stop() { # the status it ended with
	kill -TERM $pid 2>/dev/null
	wait $pid
	status=$?
	wait $cat_pid
}

in_log() { # TEXT WHAT
	if grep -qF "$1" log; then
		ok "$2: $(grep -F "$1" log | head -n 1)"
	else
		not_ok "$2: no '$1' in the log"
		cat log
	fi
}

metric() { # NAME, with labels, without the prefix
	wget -q -O - "http://127.0.0.1:$metrics/metrics" | awk -v name="hyper_derp_$1" '$1 == name { print $2 }'
}
kernel() { awk -v name="$1" '$1 == name { print $2 }' /proc/net/tls_stat; }

# ---- what is expected of this kernel ----

# New keys: from 6.14 on. Unasked: from the releases with the fixes on.
release=$(uname -r)
major=${release%%.*}
minor=${release#*.}
minor=${minor%%.*}
rekeys=closes
[ "$major" -lt 7 ] && { [ "$major" -ne 6 ] || [ "$minor" -lt 14 ]; } || rekeys=works

run() { # CASE VERSION SUITE [WORKS]
	"$client" $port "$@" >said 2>&1
	verdict $? "$*"
}

closed() { # REASON CASE...: the case, and that the relay counted why
	reason=$1
	shift
	before=$(metric "closes_total{reason=\"$reason\"}")
	run "$@"
	tries=0 after=$before
	while [ "$after" -eq "$before" ] && [ $tries -lt 1000 ]; do # the client may know of it first
		after=$(metric "closes_total{reason=\"$reason\"}")
		tries=$((tries + 1))
	done
	at_least $((after - before)) 1 "closed and counted as $reason"
}

all_suites() { # CASE
	for suite in TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256; do
		run "$1" 1.3 $suite
	done
	for suite in ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305; do
		run "$1" 1.2 $suite
	done
}

suite_1_3=TLS_AES_128_GCM_SHA256
suite_1_2=ECDHE-ECDSA-AES128-GCM-SHA256

# To a relay run by root the kernel would load the module when it asks.
without_module() {
	cp /proc/sys/kernel/modprobe modprobe
	echo /bin/false >/proc/sys/kernel/modprobe
	start --ktls auto
	in_log "kTLS not available: module tls not loaded" "without the module"
	run exchange 1.3 $suite_1_3
	stop
	same "$status" 0 "without the module: exit"
	start --ktls require
	wait $pid
	same $? 1 "required without the module: exit"
	wait $cat_pid
	in_log "kTLS not available: module tls not loaded: modprobe tls" "required without the module"
	cat modprobe >/proc/sys/kernel/modprobe
}

# Ciphers are modules of their own, which the kernel cannot fetch here: some
# are missing, and which depends on what it has built in.
without_ciphers() {
	echo /bin/false >/proc/sys/kernel/modprobe
	modprobe tls || not_ok "modprobe tls"
	start --ktls require
	wait $pid
	same $? 1 "required without a cipher: exit"
	wait $cat_pid
	in_log "kTLS not available: the kernel " "required without a cipher"
	start --ktls auto
	run exchange 1.3 TLS_CHACHA20_POLY1305_SHA256
	run exchange 1.3 $suite_1_3
	stop
	same "$status" 0 "auto without a cipher: exit"
	cat modprobe >/proc/sys/kernel/modprobe
}

tickets() {
	[ -x "$build/tests/vm/ktls_tickets" ] || return
	"$build/tests/vm/ktls_tickets" >said 2>&1
	verdict $? "0, 1 and 2 tickets, then the kernel: $(grep Checks said)"
}

data() {
	sent=$(kernel TlsTxSw)
	errors=$(kernel TlsDecryptError)
	if [ "$cases" = few ]; then run exchange 1.3 $suite_1_3; else all_suites exchange; fi
	at_least $(($(kernel TlsTxSw) - sent)) 2 "sockets the kernel seals for (TlsTxSw)"
	at_least "$(kernel TlsRxSw)" 2 "sockets the kernel opens for (TlsRxSw)"
	run early 1.3 $suite_1_3
	run resume 1.3 TLS_AES_256_GCM_SHA384
	run resume 1.2 $suite_1_2
	same "$(kernel TlsDecryptError)" "$errors" "TlsDecryptError"
}

control_records() {
	closed eof close 1.3 $suite_1_3
	closed eof close 1.2 $suite_1_2
	closed eof leave 1.3 $suite_1_3
	closed tls_alert alert 1.3 $suite_1_3
	closed tls_alert alert 1.2 $suite_1_2
	closed tls_bad_record damage 1.3 $suite_1_3
	closed tls_bad_record damage 1.2 $suite_1_2
	if [ $rekeys = works ]; then
		run key-update 1.3 $suite_1_3 works
		run key-update 1.3 TLS_CHACHA20_POLY1305_SHA256 works
	else
		closed tls_key_limit key-update 1.3 $suite_1_3 closes
	fi
}

# Where a client is on the kernel's TLS the metrics say so.
transport() {
	mkfifo hold.in hold.out
	"$client" $port hold 1.3 $suite_1_3 <hold.in >hold.out 2>said &
	hold_pid=$!
	exec 7>hold.in 8<hold.out
	read -r line <&8
	same "$(metric 'peers{transport="ktls"}')" 1 "a client in the metrics as ktls"
	at_least "$(kernel TlsCurrTxSw)" 1 "TlsCurrTxSw"
	at_least "$(kernel TlsCurrRxSw)" 1 "TlsCurrRxSw"
	exec 7>&- 8<&-
	wait $hold_pid
}

with_module() {
	modprobe tls || not_ok "modprobe tls"
	start --ktls require
	in_log "kTLS enabled, as required" "required"
	data
	[ "$cases" = few ] || tickets
	transport
	control_records
	run exchange 1.3 $suite_1_3
	stop
	same "$status" 0 "required: exit"
	start --ktls auto
	if grep -q "kTLS enabled on Linux" log; then
		wanted=2
	else
		wanted=0
		in_log "kTLS not used: needs the fixes of Linux" "auto on a kernel without the fixes"
	fi
	sent=$(kernel TlsTxSw)
	run exchange 1.3 $suite_1_3
	same $(($(kernel TlsTxSw) - sent)) $wanted "auto: sockets of the kernel's"
	stop
}

echo "# Linux $release: new keys: $rekeys"
"$relay" --make-cert localhost >said 2>&1
verdict $? "a certificate"
[ "$cases" = few ] || without_module
[ "$cases" = few ] || without_ciphers
with_module
[ $failed -eq 0 ] || { echo "# the relay's log"; cat log; }
exit $failed
