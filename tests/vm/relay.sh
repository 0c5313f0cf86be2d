#!/bin/sh
# SPDX-License-Identifier: MIT
# relay.sh BUILD [RUN...]: runs inside of the guest: the end-to-end tests, plain
# and with the TLS of every client in the kernel. RUN is VERSION:NAME[:CASE],
# where the version is plain, 1.3 or 1.2; default: what e2e_tls.sh runs, with
# fewer clients at once, because the machine is emulated, and the records that
# nobody should send, fewer times (of both versions, whatever is said here).
set -u
build=$1
shift
[ $# -gt 0 ] || set -- 1.3:login 1.3:frames 1.3:relay 1.3:slow 1.3:mesh 1.3:scale 1.3:lifecycle 1.3:metrics \
	1.2:login 1.2:frames 1.2:relay 1.2:slow 1.2:mesh 1.2:scale \
	1.3:tls_rogue:closed 1.3:tls_rogue:borne 1.3:tls_rogue:login
export HD_BUILDDIR="$build" HD_E2E_KTLS=require HD_E2E_CLIENTS=200 HD_E2E_ROUNDS=5
cd "$(mktemp -d)" || exit 1
result=0

not_ok() {
	echo "not ok $*"
	result=1
}
sealed() { awk '$1 == "TlsTxSw" { print $2 }' /proc/net/tls_stat; }

run() { # VERSION NAME[:CASE]
	[ "$1" = plain ] || export HD_E2E_TLS="$1"
	case $2 in
	*:*) export CK_RUN_CASE="${2#*:}" ;;
	esac
	if "$build/tests/e2e/e2e_${2%%:*}" >said 2>&1; then
		echo "ok $1: $2: $(grep '%: Checks' said)"
	else
		not_ok "$1: $2"
		tail -n 40 said
	fi
	unset HD_E2E_TLS CK_RUN_CASE
}

modprobe tls || not_ok modprobe tls
for what in "$@"; do
	before=$(sealed)
	run "${what%%:*}" "${what#*:}"
	sockets=$(($(sealed) - before))
	case $what in
	plain:*) [ $sockets -eq 0 ] || not_ok "$what: $sockets sockets the kernel sealed for" ;;
	*) [ $sockets -gt 0 ] || not_ok "$what: no socket the kernel sealed for" ;;
	esac
done
exit $result
