#!/bin/sh
# SPDX-License-Identifier: MIT
# hd-bench against the real relay: every packet arrives. Against relays that do
# one thing wrong: it is noticed, and the exit status says so.
set -eu
. "$(dirname "$0")/relay.sh"
under= # a command that runs hd-bench

# bench NAME STATUS ARG...: hd-bench with these arguments ends with that status.
bench() {
	name=$1 want=$2
	shift 2
	status=0
	$under "$build/hd-bench" --quiet --json "$@" "127.0.0.1:$port" >"$scratch/result" 2>"$scratch/errors" || status=$?
	if [ "$status" -eq "$want" ]; then
		echo "ok $name"
	else
		echo "not ok $name: exit $status, expected $want"
		cat "$scratch/errors" "$scratch/result"
		failed=1
	fi
}

# value NAME: of the last result.
value() {
	sed -n "s/^  \"$1\": \\([0-9.]*\\),*\$/\\1/p" "$scratch/result"
}

expect_some() {
	case $(value "$1") in
	'' | 0) echo "not ok $name: no $1"; cat "$scratch/result"; failed=1 ;;
	esac
}

# expect_said TEXT: in the errors of the last run.
expect_said() {
	grep -q -e "$1" "$scratch/errors" || { echo "not ok $name: does not say $1"; cat "$scratch/errors"; failed=1; }
}

expect_none() {
	[ "$(value "$1")" = 0 ] || { echo "not ok $name: $1 is $(value "$1")"; failed=1; }
}

start_ours --workers 2
# So little in all that it fits into the sockets, however late the receiver comes.
few="--duration 1s --warmup 0 --drain 30s --max-loss 0"
sizes=48:10,1400:9,65536:1
# expect_engine: it has moved the load, and no other.
expect_engine() {
	case $engine$(value on_io_uring) in
	epoll0 | io_uring[1-9]*) ;;
	*) echo "not ok $name: $engine: $(value on_io_uring) connections on io_uring"; failed=1 ;;
	esac
}
for engine in epoll io_uring; do
	for scenario in "--pairs 3 --both" "--fan-in 4" "--fan-out 4" "--all-to-all 4"; do
		# shellcheck disable=SC2086
		bench "relay_delivers_all${scenario%% [0-9]*}_$engine" 0 $few --rate 100pps --size $sizes $scenario \
			--engine "$engine"
		expect_some sent
		expect_some probes
		expect_none lost
		expect_engine
	done
	# More sockets than buffers, all at one time.
	# shellcheck disable=SC2086
	bench "many_at_once_all_arrive_$engine" 0 $few --pairs 200 --both --rate 4kpps --tick 100ms --engine "$engine"
	expect_engine
	# shellcheck disable=SC2086
	bench "window_keeps_saturated_pairs_without_loss_$engine" 0 $few --pairs 2 --window 64K --threads 2 \
		--relay-pid "$relay" --engine "$engine"
	expect_some delivered
	expect_some relay_ns_per_packet
	expect_engine
	# shellcheck disable=SC2086
	bench "idle_churn_and_slow_readers_run_beside_$engine" 0 $few --pairs 1 --rate 100pps --tick 10ms --idle 20 \
		--churn 10 --slow-readers 2 --engine "$engine"
	expect_some slow_received
	expect_engine
done
engine=epoll under="$build/tests/e2e/no_io_uring"
# shellcheck disable=SC2086
bench forbidden_io_uring_is_done_without 0 $few --pairs 1 --rate 100pps
expect_engine
bench forbidden_io_uring_that_is_asked_for_could_not_run 1 --pairs 1 --engine io_uring
expect_said io_uring_setup
under=
bench storm_logs_everyone_in 0 --storm 50 --relay-pid "$relay"
[ "$(value logins)" = 50 ] || { echo "not ok storm: $(value logins) logins"; failed=1; }
# Two processes at one time, and a third that was alone.
part="--pairs 2 --rate 100pps --duration 2s --warmup 0 --drain 30s --quiet --json"
"$build/hd-bench" --make-keys 6 >"$scratch/keys"
share() {
	at=$(($(date +%s) + 3))
	# shellcheck disable=SC2086
	"$build/hd-bench" $part --start-at "$at" --keys "$scratch/keys" --relay-pid "$relay" "127.0.0.1:$port" >"$scratch/one" &
	other=$!
	# shellcheck disable=SC2086
	bench processes_share_a_run 0 $part --start-at "$at"
	cp "$scratch/result" "$scratch/two"
	wait "$other"
}
merge() {
	name=$1 want=$2 status=0
	shift 2
	"$build/hd-bench" --merge --json "$@" >"$scratch/result" 2>"$scratch/errors" || status=$?
	if [ "$status" -eq "$want" ]; then echo "ok $name"; else
		echo "not ok $name: exit $status, expected $want"; cat "$scratch/errors"; failed=1
	fi
}
# One of them that a busy machine holds up has run at another time: once more then.
for _ in 1 2 3 4 5 6; do
	share
	! "$build/hd-bench" --merge --json "$scratch/one" "$scratch/two" >/dev/null 2>&1 || break
done
merge merged_results_add_up 0 "$scratch/one" "$scratch/two"
[ $(($(value sent) + $(value unsent))) = 800 ] || { echo "not ok $name: sent $(value sent)"; failed=1; }
[ "$(value senders)" = 4 ] || { echo "not ok $name: senders $(value senders)"; failed=1; }
expect_some relay_ns_per_packet
cp "$scratch/result" "$scratch/both"
merge merged_results_merge 0 "$scratch/both" --max-loss 0
# shellcheck disable=SC2086
bench alone 0 $part
cp "$scratch/result" "$scratch/alone"
merge runs_at_other_times_do_not_merge 1 "$scratch/one" "$scratch/alone"
merge keys_do_not_merge 1 "$scratch/keys"
bench relay_pid_of_nobody_could_not_run 1 --storm 1 --relay-pid 2147483646
bench too_few_keys_could_not_run 1 --pairs 6 --keys "$scratch/keys"
bench unknown_option_is_usage 2 --nothing
end_relay
bench refused_connection_is_could_not_run 1 --timeout 5s

(cd "$scratch" && "$program" --make-cert 127.0.0.1 >made)
pin=$(sed -n 's/.*\(sha256-raw:[0-9a-f]*\).*/\1/p' "$scratch/made")
start_ours --workers 2 --tls-cert "$scratch/127.0.0.1.crt" --tls-key "$scratch/127.0.0.1.key"
for engine in epoll io_uring; do
	# shellcheck disable=SC2086
	bench "tls_delivers_all_$engine" 0 $few --tls --insecure --pairs 3 --both --rate 100pps --size $sizes \
		--engine "$engine"
	expect_some sent
	expect_engine
	# shellcheck disable=SC2086
	bench "tls_window_keeps_saturated_pairs_without_loss_$engine" 0 $few --tls --insecure --pairs 2 --window 64K \
		--engine "$engine"
	expect_some delivered
	expect_engine
	bench "tls_flood_comes_as_it_was_sent_$engine" 0 --duration 1s --warmup 0 --tls --insecure --pairs 3 --both \
		--size $sizes --engine "$engine"
	expect_some delivered
	expect_engine
done
bench tls_certificate_of_nobody_is_refused 1 --tls --timeout 60s
expect_said "self-signed"
bench tls_pinned_certificate_is_taken 0 --tls --pin "$pin" --storm 1
bench tls_other_pin_is_refused 1 --tls --storm 1 \
	--pin sha256-raw:0000000000000000000000000000000000000000000000000000000000000000
bench tls_given_authority_is_trusted 0 --tls --ca-file "$scratch/127.0.0.1.crt" --storm 1
bench tls_missing_authority_could_not_run 1 --tls --ca-file "$scratch/nothing" --storm 1
bench tls_logins_that_resume_get_in 0 --tls --insecure --resume --storm 20
[ "$(value logins)" = 20 ] || { echo "not ok $name: $(value logins) logins"; failed=1; }
bench plain_to_a_tls_port_could_not_run 1 --timeout 60s
end_relay

# This relay loses nothing. Senders send more than it takes: what a socket took in
# part is written on, and what it did not take is not counted.
for engine in epoll io_uring; do
	start "$build/tests/e2e/faulty_relay" none
	read -r port <&4
	bench "flood_is_counted_to_the_packet_$engine" 0 --duration 500ms --warmup 0 --drain 30s --pairs 3 --both \
		--size $sizes --probe-rate 0 --max-loss 0 --engine "$engine"
	expect_some delivered
	expect_none lost
	expect_engine
	end_relay
done

few="--pairs 2 --rate 200pps --duration 1s --warmup 0 --probe-rate 0 --max-loss 0"
# drain: how long to wait for the last packets. Where nothing may be lost, for as long as
# a busy machine holds them up; else what is lost besides changes nothing.
drain() {
	case $1 in none) echo 30s ;; *) echo 300ms ;; esac
}
while read -r fault status counter; do
	for over in "--engine epoll" "--engine io_uring" --websocket; do
		start "$build/tests/e2e/faulty_relay" "$fault"
		read -r port <&4
		# shellcheck disable=SC2086
		bench "fault_${fault}_${over##*[- ]}" "$status" $few --drain "$(drain "$fault")" $over
		[ -z "$counter" ] || expect_some "$counter"
		end_relay
	done
done <<'END'
none 0 delivered
corrupt 3 corrupt
reorder 3 reordered
duplicate 3 duplicate
forge 3 corrupt
astray 3 corrupt
garbage 3 protocol_errors
hang-up 3 closed
drop 4 lost
deny 1
END
# The same where packets come as fast as they go, in runs that are seen together.
few="--pairs 2 --window 8K --duration 1s --warmup 0 --probe-rate 0 --max-loss 0 --engine io_uring"
while read -r fault status counter; do
	start "$build/tests/e2e/faulty_relay" "$fault"
	read -r port <&4
	# shellcheck disable=SC2086
	bench "fault_${fault}_amid_runs" "$status" $few --drain "$(drain "$fault")"
	expect_some "$counter"
	end_relay
done <<'END'
none 0 delivered
corrupt 3 corrupt
reorder 3 reordered
duplicate 3 duplicate
forge 3 corrupt
astray 3 corrupt
drop 4 lost
END
exit "$failed"
