#!/bin/sh
# SPDX-License-Identifier: MIT
# hd-probe against the real relay, plain and over TLS, and against relays that do
# one thing wrong: the exit status and the step it names.
set -eu
. "$(dirname "$0")/relay.sh"

# probe NAME STATUS TEXT ARG...: ends with that status and says TEXT.
probe() {
	name=$1 want=$2 text=$3
	shift 3
	status=0
	"$build/hd-probe" "$@" >"$scratch/result" 2>&1 || status=$?
	if [ "$status" -eq "$want" ] && grep -q -e "$text" "$scratch/result"; then
		echo "ok $name"
	else
		echo "not ok $name: exit $status, expected $want and: $text"
		cat "$scratch/result"
		failed=1
	fi
}

start_ours
at=127.0.0.1:$port
probe plain_relay_is_well 0 "^OK: $at: 10 of 10 packets" "$at"
probe the_key_is_told 0 "key  *$key\$" "$at"
probe as_many_as_asked_for 0 '"sent":3,"received":3' --json --packets 3 --pings 1 "$at"
probe a_name_is_resolved 0 "^OK: localhost:$port:" "localhost:$port"
probe address_goes_before_the_name 0 '^OK: nowhere.invalid' --address 127.0.0.1 "nowhere.invalid:$port"
probe slow_packets_are_a_warning 1 '^WARNING: .*packets take longer' --warn-latency 1us "$at"
probe tls_to_a_plain_port_is_critical 2 '^CRITICAL: .*: tls: ' --tls "$at"
probe unknown_option_is_usage 3 'unknown or ambiguous option' --nothing "$at"
probe two_kinds_of_trust_are_usage 3 'one at most' --insecure --pin 00 "$at"
probe wrong_pin_text_is_usage 3 '^hd-probe: --pin: malformed' --pin 00 "$at"
probe absent_ca_file_is_usage 3 "^hd-probe: cannot read $scratch/absent" --ca "$scratch/absent" "$at"
kill -STOP "$relay"
probe silence_is_critical_after_the_time 2 '^CRITICAL: .*: http: .*timed out' --timeout 2s "$at"
kill -CONT "$relay"
end_relay
probe refused_connection_is_critical 2 '^CRITICAL: .*: connect: .*refused' "$at"
probe unknown_name_is_critical 2 '^CRITICAL: .*: resolve: ' nowhere.invalid

pin=$(cd "$scratch" && "$program" --make-cert 127.0.0.1 | sed -n 's/^CertName *//p')
start_ours --tls-cert "$scratch/127.0.0.1.crt" --tls-key "$scratch/127.0.0.1.key"
at=127.0.0.1:$port
probe tls_relay_is_well 0 "^OK: $at: 10 of 10 packets" --insecure "$at"
probe fast_start_is_tried 0 'with fast start too' --insecure "$at"
probe the_pin_is_told 0 "pin  *$pin\$" --insecure "$at"
probe the_pin_is_enough 0 'as pinned' --pin "$pin" "$at"
probe another_pin_is_critical 2 '^CRITICAL: .*: tls: .*certificate' --pin "$(printf %064d 0)" "$at"
probe ca_file_is_enough 0 'days left$' --ca "$scratch/127.0.0.1.crt" "$at"
probe ca_file_is_for_the_name 2 '^CRITICAL: .*: tls: .*mismatch' --ca "$scratch/127.0.0.1.crt" --address 127.0.0.1 "relay.invalid:$port"
probe certificate_of_nobody_is_critical 2 '^CRITICAL: .*: tls: .*self-signed' --tls "$at"
probe end_of_the_certificate_is_a_warning 1 '^WARNING: .*: certificate: expires in' --insecure --warn-cert 900 "$at"
probe plain_to_a_tls_port_is_critical 2 '^CRITICAL: .*: http: ' "$at"
end_relay

# These know nothing of /derp/probe, so that step fails in any case.
while read -r fault step state; do
	start "$build/tests/e2e/faulty_relay" "$fault"
	read -r port <&4
	probe "fault_$fault" 2 "\"$step\":{\"status\":\"$state\"" --json --timeout 5s --packets 40 "127.0.0.1:$port"
	end_relay
done <<'END'
none packets ok
corrupt packets critical
forge packets critical
drop packets critical
garbage packets critical
hang-up packets critical
deny login critical
END
exit "$failed"
