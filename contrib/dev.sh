#!/bin/sh
# SPDX-License-Identifier: MIT
# From a fresh clone to a running or tested relay; see usage below.
set -eu

usage() {
	cat <<'END'
Usage: contrib/dev.sh COMMAND [ARGUMENT...]

  run [OPTION...]    build, then serve a relay on port 3340 in the foreground;
                     options go to hyper-derp (try: run --help)
  check [MAKE-ARG..] build with warnings as errors and run all tests; the last
                     line says how many checks passed and failed. An argument
                     like TESTS=tests/lint/style.sh goes to make
  asan [MAKE-ARG..]  the same with AddressSanitizer and UndefinedBehaviorSanitizer
  tsan [MAKE-ARG..]  the same with ThreadSanitizer
  clang [MAKE-ARG..] the same with clang, and without intel-ipsec-mb, as on aarch64
  build              build only
  deps [test]        install what building (and testing) needs, and stop
  help               this text

Builds lie in build/dev (run, build), build/check, build/asan and so on. Missing
packages are installed with apt-get or dnf, as root or through sudo; if nothing
is missing, no package manager is called and no network is needed.

Environment:
  JOBS               parallel jobs (default: number of CPUs)
  HD_INTEROP         tests with Tailscale's Go client: yes (fail if they cannot
                     run), no, or auto (default: skip them without Go)
  HD_TOTALS          file that gets the last line of a check
END
}

say() { echo "dev.sh: $*"; }
die() {
	echo "dev.sh: error: $*" >&2
	exit 1
}

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$top"
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
modules_build="liburing openssl libsodium yaml-0.1 hwloc jansson"
modules_test="check"

# Packages

have() { command -v "$1" >/dev/null 2>&1; }

# Only x86_64 has it, and it has no .pc file.
have_ipsec_mb() {
	[ "$(uname -m)" != x86_64 ] || echo '#include <intel-ipsec-mb.h>' | "${CC:-cc}" -E - >/dev/null 2>&1
}

have_all_of() { # build | test
	have "${CC:-cc}" && have make && have autoreconf && have automake && have pkg-config || return 1
	# shellcheck disable=SC2086
	pkg-config --exists $modules_build && have_ipsec_mb || return 1
	[ "$1" = build ] || { pkg-config --exists $modules_test && have xz; }
}

os_family() {
	# shellcheck disable=SC1091
	ids=$( (. /etc/os-release && echo "${ID-} ${ID_LIKE-}") 2>/dev/null || :)
	case " $ids " in
	*" debian "* | *" ubuntu "*) echo apt ;;
	*" fedora "* | *" rhel "* | *" centos "*) echo dnf ;;
	*) echo unknown ;;
	esac
}

packages_of() { # FAMILY build | test
	case $1-$2 in
	apt-build) echo gcc libc6-dev make autoconf automake pkg-config liburing-dev libssl-dev libsodium-dev libyaml-dev libhwloc-dev libjansson-dev ;;
	apt-test) echo check xz-utils ;;
	dnf-build) echo gcc make autoconf automake pkgconf-pkg-config liburing-devel openssl-devel libsodium-devel libyaml-devel hwloc-devel jansson-devel ;;
	dnf-test) echo check-devel diffutils tar xz ;;
	esac
	case $1-$2-$(uname -m) in
	apt-build-x86_64) echo libipsec-mb-dev ;;
	dnf-build-x86_64) echo intel-ipsec-mb-devel ;;
	esac
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif have sudo; then
		sudo "$@"
	else
		die "not root and no sudo; run this as root: $*"
	fi
}

install_packages() {
	say "installing: $*"
	case $(os_family) in
	apt)
		set -- env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
			-o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@"
		as_root apt-get -qq -o DPkg::Lock::Timeout=300 update || say "apt-get update failed; trying on"
		as_root "$@" </dev/null
		;;
	dnf) as_root dnf -q -y install --setopt=install_weak_deps=False "$@" </dev/null ;;
	*) die "neither Debian's nor Fedora's family; install what README.md lists under Dependencies" ;;
	esac
}

ensure_deps() { # build | test
	if ! have_all_of "$1"; then
		family=$(os_family)
		list=$(packages_of "$family" build)
		[ "$1" = build ] || list="$list $(packages_of "$family" test)"
		# shellcheck disable=SC2086
		install_packages $list
		have_all_of "$1" || die "packages are installed, but something is still missing:" \
			"a C compiler, make, autoconf, automake, pkg-config, intel-ipsec-mb (x86_64) or one of:" \
			"$modules_build $modules_test"
	fi
}

# Go, for the tests with Tailscale's client. Where the package is older than the
# version their go.mod names, that one is fetched as a module.

go_wanted() { sed -n 's/^go //p' tests/interop/go.mod 2>/dev/null || :; }

go_number() { # 1.26.6 -> 1026006
	echo "$1" | awk -F. '{ print $1 * 1000000 + $2 * 1000 + $3 }'
}

go_is_new_enough() { # GO
	go_has=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null | sed 's/^go//')
	[ "$(go_number "$go_has")" -ge "$(go_number "$(go_wanted)")" ]
}

go_fetch() { # GO -> the toolchain's go, put below build/go
	case $(uname -m) in
	x86_64) arch=amd64 ;;
	aarch64) arch=arm64 ;;
	*) return 1 ;;
	esac
	version=v0.0.1-go$(go_wanted).linux-$arch
	go_root=$top/build/go/golang.org/toolchain@$version
	if [ ! -x "$go_root/bin/go" ]; then
		say "fetching Go $(go_wanted)" >&2
		mkdir -p build/go/boot
		(
			cd build/go/boot
			[ -f go.mod ] || "$1" mod init boot 2>/dev/null
			GOMODCACHE=$top/build/go GOFLAGS="-mod=mod -modcacherw" GOTOOLCHAIN=local \
				"$1" mod download "golang.org/toolchain@$version" >&2
		) || return 1
		# A module holds no execute bits and no nested go.mod files.
		find "$go_root" -name _go.mod | while read -r file; do mv "$file" "${file%_go.mod}go.mod"; done
		find "$go_root/pkg/tool" -type f -exec chmod +x {} +
		chmod +x "$go_root"/bin/*
	fi
	echo "$go_root/bin/go"
}

# Prints the go to test with, or nothing.
find_go() {
	[ -n "$(go_wanted)" ] || return 0
	for go in "${GO-}" go /usr/local/go/bin/go; do
		if [ -n "$go" ] && have "$go" && go_is_new_enough "$go"; then
			command -v "$go"
			return 0
		fi
	done
	go=$(command -v go || :)
	if [ -z "$go" ]; then
		case $(os_family) in
		apt) install_packages golang-go >&2 || return 0 ;;
		dnf) install_packages golang >&2 || return 0 ;;
		*) return 0 ;;
		esac
		go=$(command -v go || :)
	fi
	[ -n "$go" ] || return 0
	if go_is_new_enough "$go"; then
		echo "$go"
	else
		go_fetch "$go" || :
	fi
}

# Building

# configure_in NAME ARGUMENT...: build/NAME, configured with these arguments.
configure_in() {
	dir=build/$1
	shift
	if [ ! -f configure ] || [ ! -f Makefile.in ]; then
		say "making configure"
		autoreconf -fi >/dev/null 2>build-aux.log || {
			cat build-aux.log >&2
			die "autoreconf failed"
		}
		rm -f build-aux.log
	fi
	mkdir -p "$dir"
	if [ ! -f "$dir/config.status" ] || [ "$(cat "$dir/dev-arguments" 2>/dev/null)" != "$*" ]; then
		say "configuring $dir"
		(cd "$dir" && ../../configure -q "$@" && echo "$*" >dev-arguments) || die "configure failed; see $dir/config.log"
	fi
}

build_in() {
	say "building in build/$1"
	make -s -C "build/$1" -j"$jobs" "$2" || die "the build failed"
}

# check_in NAME MAKE-ARGUMENT...: runs the tests of build/NAME and counts.
check_in() {
	dir=build/$1
	shift
	find "$dir" -name '*.trs' -exec rm -f {} +
	code=0
	make -s -C "$dir" -j"$jobs" check "$@" >"$dir/check.log" 2>&1 || code=$?
	sed -n -e '/^\(PASS\|FAIL\|SKIP\|ERROR\|XFAIL\|XPASS\): /p' "$dir/check.log"
	find "$dir" -name '*.trs' -exec grep -lE '^:test-result: (FAIL|ERROR|XPASS)' {} + | sort |
		while read -r trs; do
			echo "---- ${trs%.trs}.log"
			tail -n 300 "${trs%.trs}.log"
			echo "----"
		done
	total=$(sh contrib/count-checks.sh "$dir")
	case $total in
	*" passed, 0 failed") [ "$code" -eq 0 ] || {
		tail -n 50 "$dir/check.log"
		total="${total% passed, *} passed, 1 failed"
	} ;;
	esac
	case $total in
	0" passed, 0 failed") total="0 passed, 1 failed" ;;
	esac
	[ -z "${HD_TOTALS-}" ] || echo "$total" >"$HD_TOTALS"
	echo "$total"
	case $total in *" passed, 0 failed") ;; *) exit 1 ;; esac
}

command_check() { # NAME "CONFIGURE-ARGUMENTS" MAKE-ARGUMENT...
	name=$1 arguments=$2
	shift 2
	ensure_deps test
	GO=
	case ${HD_INTEROP:=auto} in
	no) ;;
	yes | auto) GO=$(find_go) ;;
	*) die "HD_INTEROP is yes, no or auto, not '$HD_INTEROP'" ;;
	esac
	[ -n "$GO" ] || [ "$HD_INTEROP" = no ] || say "no Go: the tests with Tailscale's client cannot run"
	# shellcheck disable=SC2086
	configure_in "$name" --enable-werror --enable-interop="$HD_INTEROP" $arguments ${GO:+GO="$GO"}
	build_in "$name" all
	check_in "$name" "$@"
}

command=${1-help}
[ $# -eq 0 ] || shift
case $command in
run)
	ensure_deps build
	configure_in dev
	build_in dev hyper-derp
	exec build/dev/hyper-derp "$@"
	;;
build)
	[ $# -eq 0 ] || die "build takes no arguments"
	ensure_deps build
	configure_in dev
	build_in dev all
	;;
deps)
	case ${1-build} in build | test) ;; *) die "deps takes nothing or 'test', not '$1'" ;; esac
	ensure_deps "${1-build}"
	[ "${1-build}" = build ] || GO=$(find_go)
	;;
check) command_check check "" "$@" ;;
asan) command_check asan "--enable-asan --enable-ubsan" "$@" ;;
tsan) command_check tsan "--enable-tsan" "$@" ;;
clang) CC=clang command_check clang "CC=clang --without-ipsec-mb" "$@" ;;
help | -h | --help) usage ;;
*)
	usage >&2
	die "unknown command '$command'"
	;;
esac
