#!/bin/sh
# SPDX-License-Identifier: MIT
# gather.sh ROOT PROGRAM...: copies programs into ROOT/usr/bin, with what they
# need to run there and nothing else: shared libraries, the dynamic loader,
# certificates of authorities, a user without rights. For an image from scratch.
set -eu
root=$1
shift
mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/etc/hyper-derp" "$root/var/lib/hyper-derp" "$root/tmp"

# Below the same path as here, so that the loader finds them without a cache.
copy() {
	[ ! -e "$root$1" ] || return 0
	mkdir -p "$root$(dirname "$1")"
	cp -L "$1" "$root$1"
}

for program; do
	install -m 755 "$program" "$root/usr/bin/"
	ldd "$program" | sed -n -e 's/.*=> \(\/[^ ]*\) .*/\1/p' -e 's/^[[:space:]]*\(\/[^ ]*\) .*/\1/p'
done | sort -u | while read -r library; do copy "$library"; done

# What getaddrinfo(3) loads by name, from beside the C library.
libc=$(ldd "$1" | sed -n 's/.*=> \(\/[^ ]*\/\)libc\.so\.6 .*/\1/p')
for module in libnss_dns.so.2 libresolv.so.2; do
	[ ! -e "$libc$module" ] || copy "$libc$module"
done
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || copy /etc/ssl/certs/ca-certificates.crt

echo 'hyper-derp:x:65532:65532:DERP relay:/var/lib/hyper-derp:/sbin/nologin' >"$root/etc/passwd"
echo 'hyper-derp:x:65532:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
chown 65532:65532 "$root/var/lib/hyper-derp"
chmod 700 "$root/var/lib/hyper-derp"
chmod 1777 "$root/tmp"
