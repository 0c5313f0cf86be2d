#!/bin/sh
# SPDX-License-Identifier: MIT
# Relays side by side: same load, same machine, in turn, several rounds. Each
# relay runs on one CPU, the generator on another. Not part of make check: it
# measures time.
#
#   cd BUILD && make all tests/bench/pump && sh SRC/tests/bench/compare.sh [LOAD...]
#
# From the environment:
#   HD_BUILDDIR  where hyper-derp, hd-bench and tests/bench/pump are (default: .)
#   DERPER       Go derper, for instance of: go install tailscale.com/cmd/derper@latest
#   OTHER        any other relay: a command that serves plain DERP on port $PORT
#   ROUNDS       5     DURATION 3s    WARMUP 1s
#   RELAY_CPU    0     BENCH_CPU 1     ALL_CPUS 0,1     NICE 0 (below 0 needs root)
#   PORT         first of the ports used (23400); below those that the kernel gives out
#   OUT          folder for results.csv, table.md, goals.md and plot.svg (bench-results)
#   APPEND       not empty: what is in results.csv stays, this run adds to it
#   CEILING_RATES  offered to derper once a round, to find what it can deliver then;
#                CEILING: skip that, this is it, in Mbit/s
# Arguments choose among the loads below; more can be given with TESTS_FILE,
# lines of "NAME: [@SETTING...] ARGUMENT..." like these. Settings:
#   @workers=N   of hyper-derp (1)
#   @all-cpus    relay and generator run on ALL_CPUS, both
#   @only=RELAY  the others are left out
#   @place=cross, @place=same   the two ends of each pair are of two workers, or of
#                one: by keys whose worker /debug/peers tells
#   @ceiling=N   the rate is N per cent of what derper can deliver
set -eu
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
build=${HD_BUILDDIR:-.}
hyper_derp=$(cd "$build" && pwd)/hyper-derp
out=${OUT:-bench-results}
rounds=${ROUNDS:-5}
port=${PORT:-23400}
nice=${NICE:-0}
all_cpus=${ALL_CPUS:-0,1}
awk=${AWK:-awk}
candidates=64 # clients whose worker is looked up, for placing ten pairs
scratch=$(mktemp -d)
relay=
idlers=
end_relay() {
	[ -z "$idlers" ] || { kill "$idlers" 2>/dev/null || :; wait "$idlers" 2>/dev/null || :; }
	[ -z "$relay" ] || { kill "$relay" 2>/dev/null || :; wait "$relay" 2>/dev/null || :; }
	relay='' idlers=''
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
same-worker: @only=ours @workers=2 @all-cpus @place=same --pairs 10 --window 32K --probe-rate 0
cross-worker: @only=ours @workers=2 @all-cpus @place=cross --pairs 10 --window 32K --probe-rate 0
peers-20: @only=ours --pairs 10 --window 32K
peers-5000: @only=ours --pairs 10 --window 32K --idle 4980
ceiling-75: @workers=2 @all-cpus @ceiling=75 --pairs 10 --tick 1ms
ceiling-150: @workers=2 @all-cpus @ceiling=150 --pairs 10 --tick 1ms
memory: @workers=2 --storm 1
idle-5000: --no-traffic --probe-rate 0 --idle 5000
storm-2000: --storm 2000
END

relays="pump ours"
[ -z "${DERPER:-}" ] || relays="$relays derper"
[ -z "${OTHER:-}" ] || relays="$relays other"

(cd "$scratch" && "$hyper_derp" --make-cert 127.0.0.1 >/dev/null)

# --- one relay ------------------------------------------------------------------

# start RELAY TLS-ARGUMENTS: on $port, and waits until it lets somebody in.
start() {
	PORT=$port tls=$2
	export PORT
	case $1${2:+-tls} in
	ours*) set -- "$hyper_derp" --port "$port" --listen 127.0.0.1 --workers "$workers" --log-level warn \
		--key-file "$scratch/key" ${2:+--tls-cert "$scratch/127.0.0.1.crt"} \
		${2:+--tls-key "$scratch/127.0.0.1.key"} ${place:+--metrics-port "$metrics_port"} \
		${place:+--debug-endpoints} ;;
	derper-tls) set -- "$DERPER" -a "127.0.0.1:$port" -http-port -1 -stun=false -hostname 127.0.0.1 \
		-c "$scratch/derper.json" -certmode manual -certdir "$scratch" ;;
	pump) set -- "$build/tests/bench/pump" "$port" ;;
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

# listing COUNT: waits until so many peers are connected; "KEY WORKER" lines in $scratch/listing.
listing() {
	tries=0
	while :; do
		curl -s "http://127.0.0.1:$metrics_port/debug/peers" | tr '{' '\n' |
			sed -n 's/.*"key": *"\(nodekey:[0-9a-f]*\)".*"worker": *\([0-9]*\).*/\1 \2/p' >"$scratch/listing"
		[ "$(wc -l <"$scratch/listing")" -ne "$1" ] || return 0
		tries=$((tries + 1))
		if [ "$tries" -gt 2000 ]; then
			echo "compare: $1 peers are not listed" >&2
			exit 1
		fi
	done
}

# Keys of ten pairs, in the order in which hd-bench gives them out, placed as $place says.
choose_keys() {
	"$build/hd-bench" --make-keys "$candidates" >"$scratch/candidates"
	"$build/hd-bench" --quiet --no-traffic --probe-rate 0 --idle "$candidates" --keys "$scratch/candidates" \
		--duration 60m "127.0.0.1:$port" >/dev/null 2>&1 &
	idlers=$!
	listing "$candidates"
	"$awk" -v place="$place" '
		NR == FNR { worker[$1] = $2; next }
		{ line[worker[$2], ++count[worker[$2]]] = $0 }
		END {
			for (i = 0; i < 10; i++) {
				a = i % 2; b = place == "cross" ? 1 - a : a
				one = line[a, ++used[a]]; two = line[b, ++used[b]]
				if (one == "" || two == "") exit 1
				print one; print two
			}
		}' "$scratch/listing" "$scratch/candidates" >"$scratch/keys"
	kill "$idlers"
	wait "$idlers" 2>/dev/null || :
	idlers=
	listing 0
}

# measure LOAD RELAY ROUND ARG...: one line more in results.csv.
measure() {
	test=$1 who=$2 round=$3
	shift 3
	[ "$who" != pump ] || set -- "$@" --untouched
	status=0
	nice -n "$nice" taskset -c "$bench_cpu" "$build/hd-bench" --quiet --csv --relay-pid "$relay" \
		--duration "${DURATION:-3s}" --warmup "${WARMUP:-1s}" "$@" "127.0.0.1:$port" \
		>"$scratch/csv" 2>"$scratch/errors" || status=$?
	if [ "$status" -ne 0 ]; then
		echo "compare: $test, $who: hd-bench exit $status: $(cat "$scratch/errors")" >&2
		[ "$status" -ge 3 ] || exit 1
	fi
	[ -s "$out/results.csv" ] || echo "test,who,round,status,$(sed -n 1p "$scratch/csv")" >"$out/results.csv"
	echo "$test,$who,$round,$status,$(sed -n 2p "$scratch/csv")" >>"$out/results.csv"
}

# --- one load -------------------------------------------------------------------

# settle ARG...: settings from the @ words at the start; the rest in $args.
settle() {
	workers=1 only='' place='' share=''
	relay_cpu=${RELAY_CPU:-0} bench_cpu=${BENCH_CPU:-1}
	while [ $# -gt 0 ]; do
		case $1 in
		@workers=*) workers=${1#*=} ;;
		@all-cpus) relay_cpu=$all_cpus bench_cpu=$all_cpus ;;
		@only=*) only=${1#*=} ;;
		@place=*) place=${1#*=} ;;
		@ceiling=*) share=${1#*=} ;;
		*) break ;;
		esac
		shift
	done
	args=$*
}

# What derper delivers at most, in Mbit/s, of several offered rates, on all CPUs.
find_ceiling() {
	[ -z "$ceiling" ] || return 0
	ceiling=0
	for offered in ${CEILING_RATES:-1000M 2000M 3000M 4000M}; do
		settle @all-cpus
		port=$((port + 1))
		start derper ""
		measure "offered-$offered" derper "$1" --pairs 10 --tick 1ms --rate "$offered" </dev/null
		end_relay
		ceiling=$("$awk" -F , -v most="$ceiling" 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
			END { got = $column["mbit_per_second"]; print (got > most ? got : most) }' "$out/results.csv")
	done
	echo "compare: derper delivers $ceiling Mbit/s at most" >&2
}

# run LOAD ROUND ARG...: each relay that can carry it, in turn.
run() {
	load=$1 turn=$2
	shift 2
	settle "$@"
	if [ -n "$share" ]; then
		[ -n "${DERPER:-}$ceiling" ] || return 0
		find_ceiling "$turn"
		settle "$@"
		args="$args --rate $("$awk" -v c="$ceiling" -v s="$share" 'BEGIN { printf "%.0f", c * s * 10000 }')"
	fi
	for who in $relays; do
		[ -z "$only" ] || [ "$who" = "$only" ] || continue
		# A pump carries pairs only, and on one CPU; what TLS another relay wants is not known.
		tls=
		case $who$args in
		pump*--tls* | other*--tls*) continue ;;
		*--tls*) tls="--tls --insecure" ;;
		pump*--pairs*) [ "$workers" = 1 ] || continue ;;
		pump*) continue ;;
		esac
		port=$((port + 2))
		metrics_port=$((port + 1))
		start "$who" "$tls"
		keys=
		if [ -n "$place" ]; then
			choose_keys
			keys="--keys $scratch/keys"
		fi
		# shellcheck disable=SC2086
		measure "$load" "$who" "$turn" $args $keys </dev/null
		end_relay
	done
}

mkdir -p "$out"
[ -n "${APPEND:-}" ] || rm -f "$out/results.csv"
chosen=" $* "
round=0
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	ceiling=${CEILING:-}
	while IFS=: read -r name words; do
		[ $# -eq 0 ] || case $chosen in *" $name "*) ;; *) continue ;; esac
		# shellcheck disable=SC2086
		run "$name" "$round" $words
	done <"$tests"
	echo "compare: round $round of $rounds" >&2
done

for made in table goals; do
	"$awk" -f "$here/$made.awk" "$out/results.csv" >"$out/$made.md"
	cat "$out/$made.md"
	echo
done
"$awk" -f "$here/plot.awk" "$out/results.csv" >"$out/plot.svg"
