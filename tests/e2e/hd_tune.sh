#!/bin/sh
# SPDX-License-Identifier: MIT
# hd-tune measure with the real relay and the real load generator, for as short
# a time as it takes: what it does, not how fast. And hd-tune as a command.
set -u
build=${HD_BUILDDIR:-.}
tune=$build/hd-tune
scratch=$(mktemp -d)
failed=0
export TMPDIR="$scratch/tmp"
mkdir "$TMPDIR"
trap 'rm -rf "$scratch"' EXIT

ok() { echo "ok $1"; }
not_ok() {
	echo "not ok $1"
	cat "$scratch/out" "$scratch/err"
	failed=1
}

# expect NAME STATUS ARG...: hd-tune with these arguments ends with that status.
expect() {
	name=$1 want=$2
	shift 2
	status=0
	"$tune" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
	case " $want " in
	*" $status "*) ok "$name" ;;
	*) not_ok "$name: exit $status, expected $want" ;;
	esac
}
says() { # FILE TEXT
	grep -qF -- "$2" "$scratch/$1" || not_ok "$name: no '$2'"
}
nothing_is_left() {
	[ -z "$(ls -A "$TMPDIR")" ] || not_ok "$name: left $(ls -A "$TMPDIR")"
}

# 0: the present setting stays; 3: another one is better. Which is not the point.
expect measure_runs_the_relay "0 3" measure --for 2 --root "$scratch"
says out "present: "
says out " packets/s, spread "
nothing_is_left
expect measure_prints_json "0 3" measure --for 2 --json --root "$scratch"
says out '"settings": ['
says out '"better": '

# On a terminal it tells how far it is, and takes that away at the end; else not.
name=measure_tells_its_progress_to_a_terminal_only
if command -v script >/dev/null; then
	script -qec "'$tune' measure --for 2 --root '$scratch' >/dev/null" /dev/null >"$scratch/out" 2>"$scratch/err" </dev/null
	ok "$name"
	grep -qE '[0-9] of [0-9]+ s: ' "$scratch/out" || not_ok "$name: no progress on a terminal"
	printf '\r\033[K' >"$scratch/end"
	tail -c 4 "$scratch/out" | cmp -s - "$scratch/end" || not_ok "$name: the line stays"
	"$tune" measure --for 2 --root "$scratch" >"$scratch/out" 2>"$scratch/err" </dev/null
	grep -q ' s: ' "$scratch/err" && not_ok "$name: progress in a file"
else
	echo "# skipped: no script(1), which makes a terminal"
fi

# The configuration is where it starts from.
mkdir -p "$scratch/etc/hyper-derp"
printf 'workers: 3 # mine\n' >"$scratch/etc/hyper-derp/hyper-derp.yaml"
expect measure_starts_from_the_configuration "0 3" measure --for 2 --root "$scratch"
says out "present: 3 workers, not pinned"
[ "$(cat "$scratch/etc/hyper-derp/hyper-derp.yaml")" = "workers: 3 # mine" ] ||
	not_ok "measure_changes_nothing_unless_told"
printf 'workers: x\n' >"$scratch/etc/hyper-derp/hyper-derp.yaml"
expect measure_refuses_a_wrong_configuration 1 measure --for 2 --root "$scratch"
says err "workers"
rm "$scratch/etc/hyper-derp/hyper-derp.yaml"

# A generator whose figures leave no doubt: one worker is best, by far.
cat >"$scratch/bench" <<'END'
#!/bin/sh
for target; do :; done
relay=$(ps -o pid=,args= --ppid $PPID 2>/dev/null | sed -n 's/^ *\([0-9]*\) .*--workers 1 .*/\1/p')
[ -n "$relay" ] && rate=9000 || rate=1000
echo "{\"packets_per_second\": $rate}"
END
chmod +x "$scratch/bench"
if ps -o pid= --ppid 1 >/dev/null 2>&1; then
	printf 'workers: 2 # mine\n' >"$scratch/etc/hyper-derp/hyper-derp.yaml"
	expect measure_tells_what_is_better 3 measure --for 600 --hd-bench "$scratch/bench" --root "$scratch"
	says out "better: by more than the spread"
	says out "to have it: hd-tune apply --workers 1 --pin="
	expect measure_keeps_what_is_better 0 measure --for 600 --keep --yes --hd-bench "$scratch/bench" --root "$scratch"
	grep -q '^workers: 1 # mine' "$scratch/etc/hyper-derp/hyper-derp.yaml" || not_ok "measure_keeps_what_is_better"
	expect measure_that_was_kept_is_undone 0 undo --root "$scratch"
	[ "$(cat "$scratch/etc/hyper-derp/hyper-derp.yaml")" = "workers: 2 # mine" ] ||
		not_ok "measure_that_was_kept_is_undone"
else
	echo "# skipped: ps cannot list children here"
fi

# What is missing or fails is named.
expect measure_without_a_generator 1 measure --hd-bench "$scratch/none"
says err "$scratch/none"
mkdir "$scratch/alone"
cp "$tune" "$scratch/alone/"
PATH_kept=$PATH tune=$scratch/alone/hd-tune
PATH=$scratch/none expect measure_without_the_relay 1 measure --for 2
PATH=$PATH_kept tune=$build/hd-tune
says err "measure needs hyper-derp"
says err "--hyper-derp FILE"
printf '#!/bin/sh\necho "ERROR no luck today" >&2\nexit 1\n' >"$scratch/relay"
chmod +x "$scratch/relay"
expect measure_with_a_relay_that_fails 1 measure --for 2 --hyper-derp "$scratch/relay"
says err "no luck today"
nothing_is_left
expect measure_of_a_recorded_machine 2 measure --topology x.xml
expect measure_with_a_wrong_time 2 measure --for 1
says err "--for"

exit $failed
