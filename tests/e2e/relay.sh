# SPDX-License-Identifier: MIT
# What the scripts of this folder share; read with ".": a relay that runs beside
# the script, in $relay, and ends with it; a folder for files, $scratch.
build=${HD_BUILDDIR:-.}
program=$(cd "$build" && pwd)/hyper-derp
scratch=$(mktemp -d)
relay=
failed=0

# Leaves the status it ended with in $ended.
end_relay() {
	exec 3>&- 4<&-
	ended=0
	if [ -n "$relay" ]; then
		kill "$relay" 2>/dev/null || :
		wait "$relay" 2>/dev/null || ended=$?
	fi
	relay=
	rm -f "$scratch/in" "$scratch/out"
}
trap 'end_relay; rm -rf "$scratch"' EXIT

# start COMMAND...: a relay that writes to descriptor 4 and ends with descriptor 3.
start() {
	mkfifo "$scratch/in" "$scratch/out"
	"$@" <"$scratch/in" >"$scratch/out" 2>&1 &
	relay=$!
	exec 3>"$scratch/in" 4<"$scratch/out"
}

# start_ours ARG...: ours, until it serves: on $port of loopback, with $key.
start_ours() {
	start "$program" --port 0 --listen 127.0.0.1 --key-file "$scratch/key" "$@"
	port='' key='' last=
	while read -r line <&4; do
		case $line in
		*"public key nodekey:"*) key=nodekey:${line##*nodekey:} ;;
		*"listening on 127.0.0.1:"*) port=${line##*127.0.0.1:} port=${port%%[!0-9]*} ;;
		*"relay: serving") break ;;
		*"io_uring"*) last=$line ;;
		esac
	done
	[ -n "$port" ] || { echo "skipped: ${last:-the relay does not serve}"; exit 77; }
	# What else it says must not fill the pipe.
	cat <&4 >/dev/null &
}
