#!/bin/sh
# SPDX-License-Identifier: MIT
# Relays side by side: same load, same machine, in turn, several rounds. Each
# relay runs on one CPU, the generator on another. Not part of make check: it
# measures time.
#
#   cd BUILD && make all tests/bench/pump && sh SRC/tests/bench/compare.sh [TEST...]
#
# From the environment:
#   HD_BUILDDIR  where hyper-derp, hd-bench and tests/bench/pump are (default: .)
#   DERPER       Go derper, for instance of: go install tailscale.com/cmd/derper@latest
#   OTHER        any other relay: a command that serves plain DERP on port $PORT
#   ROUNDS       5     DURATION 3s    WARMUP 1s
#   RELAY_CPU    0     BENCH_CPU 1     NICE 0 (of both; below 0 needs root)
#   PORT         first of the ports used (23400)
#   OUT          folder for results.csv, table.md and plot.svg (default: bench-results)
# The other arguments of each load stand below; more can be added with TESTS_FILE,
# lines of "NAME: ARGUMENT..." like these.
set -eu
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
build=${HD_BUILDDIR:-.}
hyper_derp=$(cd "$build" && pwd)/hyper-derp
out=${OUT:-bench-results}
rounds=${ROUNDS:-5}
port=${PORT:-23400}
relay_cpu=${RELAY_CPU:-0}
bench_cpu=${BENCH_CPU:-1}
nice=${NICE:-0}
awk=${AWK:-awk}
scratch=$(mktemp -d)
relay=
end_relay() {
	[ -z "$relay" ] || { kill "$relay" 2>/dev/null || :; wait "$relay" 2>/dev/null || :; }
	relay=
}
trap 'end_relay; rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM

tests=$scratch/tests
cat "${TESTS_FILE:-/dev/stdin}" >"$tests" <<'END'
window-1400: --pairs 10 --window 32K
window-128: --pairs 10 --size 128 --window 3K
rated-1400: --pairs 10 --rate 500M --tick 1ms
single-1400: --pairs 10 --rate 500M
tls-window-1400: --tls --insecure --pairs 10 --window 32K
tls-rated-1400: --tls --insecure --pairs 10 --rate 500M --tick 1ms
flood-1400: --pairs 10
flood-128: --pairs 10 --size 128
idle-5000: --no-traffic --probe-rate 0 --idle 5000
storm-2000: --storm 2000
END

relays="pump ours"
[ -z "${DERPER:-}" ] || relays="$relays derper"
[ -z "${OTHER:-}" ] || relays="$relays other"

(cd "$scratch" && "$hyper_derp" --make-cert 127.0.0.1 >/dev/null)

# start RELAY TLS-ARGUMENTS: on $port, and waits until it lets somebody in.
start() {
	PORT=$port tls=$2
	export PORT
	case $1${2:+-tls} in
	ours-tls) set -- "$hyper_derp" --port "$port" --listen 127.0.0.1 --workers 1 --log-level warn \
		--key-file "$scratch/key" --tls-cert "$scratch/127.0.0.1.crt" --tls-key "$scratch/127.0.0.1.key" ;;
	derper-tls) set -- "$DERPER" -a "127.0.0.1:$port" -http-port -1 -stun=false -hostname 127.0.0.1 \
		-c "$scratch/derper.json" -certmode manual -certdir "$scratch" ;;
	pump) set -- "$build/tests/bench/pump" "$port" ;;
	ours) set -- "$hyper_derp" --port "$port" --listen 127.0.0.1 --workers 1 --log-level warn \
		--key-file "$scratch/key" ;;
	derper) set -- "$DERPER" -a "127.0.0.1:$port" -http-port -1 -stun=false -hostname 127.0.0.1 \
		-c "$scratch/derper.json" ;;
	other) set -- sh -c "exec $OTHER" ;;
	esac
	nice -n "$nice" taskset -c "$relay_cpu" "$@" >"$scratch/log" 2>&1 &
	relay=$!
	tries=0
	# shellcheck disable=SC2086
	until "$build/hd-bench" --quiet --storm 1 --timeout 2s $tls "127.0.0.1:$port" >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ "$tries" -gt 500 ] || ! kill -0 "$relay" 2>/dev/null; then
			echo "compare: relay does not start:" >&2
			cat "$scratch/log" >&2
			exit 1
		fi
	done
}

# measure TEST RELAY ROUND ARG...: one line more in results.csv.
measure() {
	test=$1 who=$2 round=$3
	shift 3
	[ "$who" != pump ] || set -- "$@" --untouched
	status=0
	nice -n "$nice" taskset -c "$bench_cpu" "$build/hd-bench" --quiet --csv --relay-pid "$relay" --duration "${DURATION:-3s}" \
		--warmup "${WARMUP:-1s}" "$@" "127.0.0.1:$port" >"$scratch/csv" 2>"$scratch/errors" || status=$?
	if [ "$status" -ne 0 ]; then
		echo "compare: $test, $who: hd-bench exit $status: $(cat "$scratch/errors")" >&2
		[ "$status" -ge 3 ] || exit 1
	fi
	[ -s "$out/results.csv" ] || echo "test,who,round,status,$(sed -n 1p "$scratch/csv")" >"$out/results.csv"
	echo "$test,$who,$round,$status,$(sed -n 2p "$scratch/csv")" >>"$out/results.csv"
}

mkdir -p "$out"
rm -f "$out/results.csv"
chosen=" $* "
while IFS=: read -r name args; do
	[ $# -eq 0 ] || case $chosen in *" $name "*) ;; *) continue ;; esac
	round=0
	while [ "$round" -lt "$rounds" ]; do
		round=$((round + 1))
		for who in $relays; do
			# A pump carries pairs only; what TLS another relay wants is not known.
			tls=
			case $who$args in
			pump*--tls* | other*--tls*) continue ;;
			*--tls*) tls="--tls --insecure" ;;
			pump*--pairs*) ;;
			pump*) continue ;;
			esac
			port=$((port + 1))
			start "$who" "$tls"
			# shellcheck disable=SC2086
			measure "$name" "$who" "$round" $args </dev/null
			end_relay
		done
		echo "compare: $name, round $round of $rounds" >&2
	done
done <"$tests"

"$awk" -f "$here/table.awk" "$out/results.csv" >"$out/table.md"
"$awk" -f "$here/plot.awk" "$out/results.csv" >"$out/plot.svg"
cat "$out/table.md"
