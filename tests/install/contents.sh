#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# contents.sh FOLDER ARCH: are the Debian packages there (contrib/deb.sh) for
# amd64 or arm64 by name, field and machine code; do they hold what they must,
# where it must be, and nothing else; are the programs hardened?
set -u -o pipefail
folder=$1 arch=$2
case $arch in
amd64) machine="Advanced Micro Devices X86-64" ;;
arm64) machine=AArch64 ;;
*)
	echo "usage: contents.sh FOLDER amd64|arm64" >&2
	exit 2
	;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

ok() { echo "ok $*"; }
not_ok() {
	echo "not ok $*"
	failed=1
}
same() { # GOT WANTED WHAT
	if [ "$1" = "$2" ]; then ok "$3: $1"; else not_ok "$3: '$1', not '$2'"; fi
}

files_of() { # PACKAGE: what it must hold; a unit's folder depends on the release
	local documents=usr/share/doc/$1
	echo "$documents/changelog.gz $documents/copyright" | tr ' ' '\n'
	case $1 in
	hyper-derp)
		cat <<-END
			etc/hyper-derp/hyper-derp.yaml
			etc/init.d/hyper-derp
			UNITS/hyper-derp.service
			usr/bin/hyper-derp
			usr/lib/sysusers.d/hyper-derp.conf
			usr/lib/tmpfiles.d/hyper-derp.conf
			usr/share/bash-completion/completions/hyper-derp
			$documents/NEWS.gz
			$documents/README.md.gz
			$documents/examples/hyper-derp.modules
			$documents/examples/hyper-derp.socket
			$documents/examples/hyper-derp.sysctl
			$documents/examples/hyper-derp.yaml
			usr/share/man/man5/hyper-derp.yaml.5.gz
			usr/share/man/man8/hyper-derp.8.gz
		END
		;;
	hyper-derp-tools)
		cat <<-END
			usr/bin/hd-bench
			usr/bin/hd-probe
			usr/bin/hd-tune
			usr/share/bash-completion/completions/hd-bench
			usr/share/bash-completion/completions/hd-probe
			usr/share/bash-completion/completions/hd-tune
			usr/share/man/man1/hd-bench.1.gz
			usr/share/man/man1/hd-probe.1.gz
			usr/share/man/man8/hd-tune.8.gz
		END
		;;
	esac
}

# Folders that packages may have files in; anything else is a mistake.
allowed='^(etc/hyper-derp/|etc/init\.d/|UNITS/|usr/bin/h|usr/lib/(sysusers|tmpfiles)\.d/'
allowed+='|usr/share/(bash-completion/completions|doc/hyper-derp(-tools)?|man/man[158])/)'

check_files() { # PACKAGE ROOT
	local file found missing=0
	(cd "$2" && find . -path ./DEBIAN -prune -o -not -type d -print) |
		sed -E 's|^\./||; s|^(usr/)?lib/systemd/system/|UNITS/|' | sort >"$work/has"
	while read -r file; do
		grep -qxF "$file" "$work/has" || {
			not_ok "$1: no $file"
			missing=1
		}
	done < <(files_of "$1")
	[ "$missing" -ne 0 ] || ok "$1: $(files_of "$1" | wc -l) files that must be there"
	found=$(grep -vE "$allowed" "$work/has" | xargs)
	same "$found" "" "$1: files where none belong"
}

check_program() { # PACKAGE FILE
	local name=$1:${2##*/}
	same "$(readelf -hW "$2" | sed -n 's/^ *Machine: *//p')" "$machine" "$name: machine"
	same "$(readelf -hW "$2" | sed -n 's/^ *Type: *\([A-Z]*\).*/\1/p')" DYN "$name: position-independent"
	same "$(readelf -dW "$2" | grep -c 'FLAGS_1.*NOW')" 1 "$name: bound at start"
	same "$(readelf -lW "$2" | awk '$1 == "GNU_STACK" { print $7 }')" RW "$name: stack"
	same "$(readelf -sW --dyn-syms "$2" | grep -c '__stack_chk_fail@')" 1 "$name: stack protector"
	same "$(readelf -dW "$2" | grep -cE 'RPATH|RUNPATH')" 0 "$name: paths of libraries"
}

check_package() { # PACKAGE
	local deb root=$work/$1 file
	deb=$(find "$folder" -maxdepth 1 -name "$1_*_$arch.deb")
	if [ "$(echo "$deb" | grep -c .)" -ne 1 ]; then
		not_ok "$1: one package for $arch in $folder: '$deb'"
		return
	fi
	same "$(dpkg-deb -f "$deb" Architecture)" "$arch" "$1: field Architecture"
	same "${deb##*/}" "$1_$(dpkg-deb -f "$deb" Version)_$arch.deb" "$1: file name"
	dpkg-deb -R "$deb" "$root"
	check_files "$1" "$root"
	for file in "$root"/usr/bin/*; do
		check_program "$1" "$file"
	done
	if (cd "$root" && md5sum --quiet -c DEBIAN/md5sums); then ok "$1: checksums"; else not_ok "$1: checksums"; fi
	for file in "$root"/DEBIAN/p*; do
		if sh -n "$file"; then ok "$1: ${file##*/} parses"; else not_ok "$1: ${file##*/} does not parse"; fi
	done
}

check_package hyper-derp
check_package hyper-derp-tools
same "$(grep -v '^/etc/init.d/' "$work/hyper-derp/DEBIAN/conffiles")" /etc/hyper-derp/hyper-derp.yaml "configuration files"
exit $failed
