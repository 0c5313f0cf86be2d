#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The last stage of contrib/container/Containerfile, by hand: what gather.sh puts
# together runs with nothing else around it, as its user, under seccomp.json; the
# same profile without io_uring is what keeps the relay from starting. Needs
# root, crun and jq; skipped (77) without them, or where nothing may be mounted.
set -u
container=${HD_SRCDIR:?}/contrib/container
build=${HD_BUILDDIR:?}
scratch=$(mktemp -d)
name=hd-test-$$
failed=0

skip() {
	echo "skipped: $*"
	exit 77
}
for command in crun jq unshare; do
	command -v $command >/dev/null || skip "no $command"
done
[ "$(id -u)" -eq 0 ] || skip "not root"

# crun wants the second kind of control groups, or none.
engine() {
	unshare -m sh -c 'mount -t cgroup2 none /sys/fs/cgroup && exec crun --cgroup-manager=disabled "$@"' sh \
		--root "$scratch/state" "$@"
}
trap 'engine delete -f "$name" >/dev/null 2>&1; rm -rf "$scratch"' EXIT
unshare -m mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || skip "no control groups can be mounted here"

result() { # WHAT GOT WANTED
	if [ "$2" = "$3" ]; then
		echo "ok container: $1"
	else
		echo "not ok container: $1: $2, not $3"
		failed=1
	fi
}
says() { # WHAT TEXT PART
	case $2 in
	*"$3"*) result "$1" "$3" "$3" ;;
	*) result "$1" "$2" "$3" ;;
	esac
}

# bundle JQ-FILTER ARG...: config.json of a relay with these arguments.
bundle() {
	local filter=$1
	shift
	rm -f "$scratch/config.json"
	(cd "$scratch" && crun spec)
	jq -n --args '{args: $ARGS.positional}' -- /usr/bin/hyper-derp "$@" >"$scratch/args.json"
	jq --slurpfile seccomp "$container/seccomp.json" --slurpfile args "$scratch/args.json" "
		.process.terminal = false | .process.args = \$args[0].args
		| .process.user = {uid: 65532, gid: 65532} | .process.noNewPrivileges = true
		| .process.env += [\"STATE_DIRECTORY=/var/lib/hyper-derp\"] | .root.readonly = false
		| .mounts |= map(select(.destination != \"/sys/fs/cgroup\")) | del(.linux.resources)
		| .linux.namespaces |= map(select(.type != \"cgroup\"))
		| .linux.seccomp = (\$seccomp[0] | del(.comment) | .syscalls |= map(del(.comment)) | $filter)" \
		"$scratch/config.json" >"$scratch/config.new" && mv "$scratch/config.new" "$scratch/config.json"
}

sh "$container/gather.sh" "$scratch/rootfs" "$build/hyper-derp" "$build/hd-probe" || exit 1
shells=$(find "$scratch/rootfs" -type f -name '*sh' | wc -l)
result "no shell inside" "$shells" 0

bundle . --port 3340 --workers 2
cd "$scratch" || exit 1
mkfifo "$scratch/log"
engine run "$name" >"$scratch/log" 2>&1 &
pid=$!
exec 9<"$scratch/log"
while read -r -t 60 line <&9; do
	echo "  $line"
	case $line in *"relay: serving") break ;; esac
done
says "it serves" "${line:-nothing}" "relay: serving"
# The command of the image's HEALTHCHECK, with more time.
says "its health check" "$(engine exec "$name" /usr/bin/hd-probe --timeout 30s 127.0.0.1:3340 2>&1)" "OK: 127.0.0.1:3340"
says "another port is not well" "$(engine exec "$name" /usr/bin/hd-probe 127.0.0.1:3341 2>&1)" "CRITICAL: 127.0.0.1:3341: connect"
result "its key is in the volume" "$(stat -c %a:%u "$scratch/rootfs/var/lib/hyper-derp/derper.key")" 600:65532
engine kill "$name" TERM
cat <&9 >/dev/null
wait "$pid"
result "it ends with 0" $? 0

bundle 'del(.syscalls[0])' --port 3340
code=0
text=$(engine run "$name" 2>&1) || code=$?
result "without io_uring it exits with 3" "$code" 3
says "and says why" "$text" io_uring
exit "$failed"
