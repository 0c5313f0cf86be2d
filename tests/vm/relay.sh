#!/bin/sh
# SPDX-License-Identifier: MIT
# relay.sh BUILD: runs inside of the guest: the end-to-end tests with the TLS of
# every client in the kernel.
set -u
build=$1
modprobe tls || echo "not ok modprobe tls"
sealed() { awk '$1 == "TlsTxSw" { print $2 }' /proc/net/tls_stat; }
before=$(sealed)
export HD_BUILDDIR="$build" HD_E2E_KTLS=require CK_DEFAULT_TIMEOUT=600
result=0
cd "$(mktemp -d)" || exit 1

run() { # VERSION NAME...
	version=$1
	shift
	for name in "$@"; do
		if HD_E2E_TLS=$version "$build/tests/e2e/e2e_$name" >said 2>&1; then
			echo "ok kTLS $version: $name: $(grep '%: Checks' said)"
		else
			echo "not ok kTLS $version: $name"
			tail -n 40 said
			result=1
		fi
	done
}

run 1.3 login frames relay slow mesh
run 1.2 login frames relay
sockets=$(($(sealed) - before))
if [ "$sockets" -gt 100 ]; then
	echo "ok kTLS: $sockets sockets the kernel sealed for"
else
	echo "not ok kTLS: only $sockets sockets the kernel sealed for"
	result=1
fi
exit $result
