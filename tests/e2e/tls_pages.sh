#!/bin/sh
# SPDX-License-Identifier: MIT
# The relay's pages, asked for over TLS by curl and by openssl s_client, in
# both versions. What is not installed is left out; skipped (77) without both.
set -eu
. "$(dirname "$0")/relay.sh"
result=77

# same GOT WANTED WHAT
same() {
	if [ "$1" = "$2" ]; then
		echo "ok $3: $1"
	else
		echo "not ok $3: '$1', not '$2'"
		failed=1
	fi
	result=0
}

# fetch NAME WANTED ARG...: curl's status code and version of HTTP
fetch() {
	name=$1 wanted=$2
	shift 2
	code=$(curl -sS --max-time 60 --cacert "$scratch/localhost.crt" --resolve "localhost:$port:127.0.0.1" \
		-o "$scratch/body" -w '%{http_code} %{http_version}' "$@" 2>"$scratch/error") || code="exit $?"
	same "$code" "$wanted" "curl $name"
}

with_curl() {
	base=https://localhost:$port
	for version in 1.2 1.3; do
		only="--tlsv$version --tls-max $version"
		# shellcheck disable=SC2086
		{
			fetch "$version home page" "200 1.1" $only "$base/"
			fetch "$version /derp/probe" "200 1.1" $only "$base/derp/probe"
			fetch "$version /generate_204" "204 1.1" $only "$base/generate_204"
			fetch "$version /derp without upgrade" "426 1.1" $only "$base/derp"
		}
	done
	code=$(curl -sS --max-time 60 --cacert "$scratch/localhost.crt" --resolve "localhost:$port:127.0.0.1" \
		-o "$scratch/one" -o "$scratch/two" -w '%{http_code}, %{num_connects} new. ' "$base/" "$base/")
	same "$code" "200, 1 new. 200, 0 new. " "curl two pages on one connection"
	code=0
	curl -s --max-time 60 -o "$scratch/body" "http://127.0.0.1:$port/" || code=$?
	case $code in 52 | 56) code=closed ;; esac
	same "$code" closed "curl plain HTTP at the TLS port"
	fetch "a host that is not in the certificate" "exit 60" --resolve "other:$port:127.0.0.1" "https://other:$port/"
}

# The answer's first line, over a connection of that version.
ask() { # ARG...
	printf 'GET /derp/probe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' |
		openssl s_client -quiet -verify_return_error -CAfile "$scratch/localhost.crt" \
			-verify_hostname localhost -servername localhost -connect "127.0.0.1:$port" "$@" \
			2>"$scratch/error" | tr -d '\r' | head -n 1
}

with_openssl() {
	same "$(ask -tls1_3)" "HTTP/1.1 200 OK" "openssl s_client 1.3"
	same "$(ask -tls1_2)" "HTTP/1.1 200 OK" "openssl s_client 1.2"
	same "$(ask -tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256)" "HTTP/1.1 200 OK" \
		"openssl s_client 1.3, ChaCha20 only"
	same "$(ask -tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305)" "HTTP/1.1 200 OK" \
		"openssl s_client 1.2, ChaCha20 only"
	same "$(ask -tls1_1 -cipher ALL:@SECLEVEL=0)" "" "openssl s_client 1.1"
	same "$(ask -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256)" "" "openssl s_client 1.2, CBC"
}

(cd "$scratch" && "$program" --make-cert localhost >/dev/null)
start_ours --tls-cert "$scratch/localhost.crt" --tls-key "$scratch/localhost.key" --stun=false
if command -v curl >/dev/null; then with_curl; else echo "no curl"; fi
if command -v openssl >/dev/null; then with_openssl; else echo "no openssl"; fi
end_relay
[ "$ended" -eq 0 ] || { echo "not ok the relay ends with 0: $ended"; failed=1; }
[ "$result" -eq 0 ] || echo "skipped: neither curl nor openssl"
[ "$failed" -eq 0 ] || result=1
exit "$result"
