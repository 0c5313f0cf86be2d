# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What deb.sh and rpm.sh share; read with ".": the tree, $top; a folder that goes
# with the script, $work.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { echo "${0##*/}: $*"; }
quietly() { # COMMAND...: what it says is told if it fails
	"$@" >"$work/log" 2>&1 || {
		tail -n 60 "$work/log"
		say "failed: $*"
		exit 1
	}
}
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

into_folder() { # USAGE WORD...: if the words are a folder's name, it is there: $out
	case $#-${2-} in
	2-[!-]*) ;;
	*)
		echo "usage: ${0##*/} $1" >&2
		exit 2
		;;
	esac
	mkdir -p "$2"
	out=$(cd "$2" && pwd)
}

make_release() { # as make dist makes it: $release
	[ -f "$top/configure" ] || (cd "$top" && quietly autoreconf -fi)
	mkdir "$work/dist"
	(cd "$work/dist" && quietly "$top/configure" -q --disable-interop && quietly make -s dist)
	release=$(echo "$work"/dist/hyper-derp-*.tar.xz)
}
