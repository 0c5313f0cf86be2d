#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# rpm.sh [FOLDER]: the RPM packages of this tree (those in FOLDER, or made by
# contrib/rpm.sh): what rpmlint says of them, what they hold, and what becomes of
# a root of rpm's own when they are installed, upgraded and removed: the user,
# the configuration that somebody changed, what the scripts leave. Needs root,
# rpmbuild, createrepo_c; skipped (77) without them.
set -u -o pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
for command in rpmbuild createrepo_c; do
	command -v $command >/dev/null || { echo "skipped: no $command"; exit 77; }
done
[ "$(id -u)" -eq 0 ] || { echo "skipped: not root"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

same() { # GOT WANTED WHAT
	if [ "$1" = "$2" ]; then
		echo "ok rpm: $3"
	else
		echo "not ok rpm: $3: '$1', not '$2'"
		failed=1
	fi
}

folder=${1-}
repository=$work/repository
if [ -z "$folder" ]; then
	folder=$work/rpms
	"$top/contrib/rpm.sh" "$folder" || exit 1
fi
version=$(sed -n 's/^AC_INIT(.*\[\(.*\)\])/\1/p' "$top/configure.ac")
machine=$(uname -m)
relay=$(echo "$folder/hyper-derp-$version"-*."$machine.rpm")
tools=$(echo "$folder/hyper-derp-tools-$version"-*."$machine.rpm")
same "$(rpm -qp --qf '%{NAME} %{VERSION} %{ARCH} %{LICENSE}' "$relay")" "hyper-derp $version $machine MIT" "relay: name, version, architecture"
same "$(rpm -qp --qf '%{NAME} %{VERSION} %{ARCH}' "$tools")" "hyper-derp-tools $version $machine" "tools: name, version, architecture"

# ---- contents ----
contents() { rpm -qlp "$1" | sed 's/\.gz$//' | grep -v -e /usr/share/doc/ -e /usr/share/licenses/ -e /usr/lib/.build-id; }
same "$(contents "$relay")" "/etc/hyper-derp
/etc/hyper-derp/hyper-derp.yaml
/usr/bin/hyper-derp
/usr/lib/firewalld/services/hyper-derp-plain.xml
/usr/lib/firewalld/services/hyper-derp.xml
/usr/lib/systemd/system/hyper-derp.service
/usr/lib/sysusers.d/hyper-derp.conf
/usr/lib/tmpfiles.d/hyper-derp.conf
/usr/share/bash-completion/completions/hyper-derp
/usr/share/man/man5/hyper-derp.yaml.5
/usr/share/man/man8/hyper-derp.8" "relay: contents"
same "$(contents "$tools")" "/usr/bin/hd-bench
/usr/bin/hd-probe
/usr/bin/hd-tune
/usr/share/bash-completion/completions/hd-bench
/usr/share/bash-completion/completions/hd-probe
/usr/share/bash-completion/completions/hd-tune
/usr/share/man/man1/hd-bench.1
/usr/share/man/man1/hd-probe.1
/usr/share/man/man8/hd-tune.8" "tools: contents"
same "$(rpm -qcp "$relay")" /etc/hyper-derp/hyper-derp.yaml "relay: files of configuration"
same "$(rpm -qp --scripts "$relay" | grep -c '%systemd')" 0 "relay: scripts have no macro left"

# ---- rpmlint ----
if command -v rpmlint >/dev/null; then
	rpmlint --config "$top/tests/packages/rpmlint.toml" "$top/rpm/hyper-derp.spec" "$relay" "$tools" >"$work/rpmlint" 2>&1
	cat "$work/rpmlint"
	same "$(grep -cE ': (E|W): ' "$work/rpmlint")" 0 "rpmlint, with tests/packages/rpmlint.toml"
fi

# ---- the repository ----
"$top/contrib/repo/dnf.sh" "$folder" "$repository"
same "$(zcat "$repository"/repodata/*primary.xml.gz | grep -o '<name>[^<]*' | sort -u | tr '\n' ' ')" \
	"<name>hyper-derp <name>hyper-derp-tools " "repository: names"

# ---- a root of rpm's own ----
# Scripts run in it, so it needs a shell; systemd-sysusers shows what it would do.
root=$work/root
mkdir -p "$root"/{etc,bin,usr/bin,usr/sbin,usr/lib/sysusers.d,tmp,dev,var/lib/rpm}
sh "$top/contrib/container/gather.sh" "$root" "$(command -v bash)" "$(command -v cat)" "$(command -v systemd-sysusers)"
rm -r "$root/etc/hyper-derp" "$root/var/lib/hyper-derp" # of the image, not of the package
ln -s /usr/bin/bash "$root/bin/sh"
: >"$root/etc/passwd"
: >"$root/etc/group"
mknod -m 666 "$root/dev/null" c 1 3
debian=()
[ ! -f /etc/debian_version ] || debian=(--force-debian)
rpm() { command rpm --root "$root" --dbpath /var/lib/rpm --nosignature "${debian[@]}" "$@"; }

installed=$(rpm -i --nodeps "$relay" "$tools" 2>&1)
same "$? $installed" "0 " "install: without a word"
same "$(rpm -q hyper-derp hyper-derp-tools 2>/dev/null | wc -l)" 2 "install: both are there"
same "$(cut -d: -f1,6,7 "$root/etc/passwd")" "hyper-derp:/:/usr/sbin/nologin" "install: the user"
same "$(cut -d: -f1 "$root/etc/group")" hyper-derp "install: its group"
same "$(LD_LIBRARY_PATH='' "$root/usr/bin/hyper-derp" --config "$root/etc/hyper-derp/hyper-derp.yaml" --check-config 2>&1)" "" "install: the configuration is right"
verified=$(rpm -V --nodeps hyper-derp hyper-derp-tools 2>&1)
same "$verified" "" "install: verifies"

echo "log_level: debug" >>"$root/etc/hyper-derp/hyper-derp.yaml"
: >"$root/etc/hyper-derp/mine.yaml"
upgraded=$(rpm -U --nodeps --replacepkgs --replacefiles "$relay" 2>&1)
same "$? $upgraded" "0 " "upgrade: without a word"
same "$(tail -n 1 "$root/etc/hyper-derp/hyper-derp.yaml")" "log_level: debug" "upgrade: keeps the configuration"

removed=$(rpm -e --nodeps hyper-derp hyper-derp-tools 2>&1)
same "$(echo "$removed" | grep -v -e 'saved as' -e 'directory not empty')" "" "remove: nothing but what was kept is told"
same "$(cd "$root" && find usr etc -path '*hyper-derp*' -o -name 'hd-*' | sort | tr '\n' ' ')" \
	"etc/hyper-derp etc/hyper-derp/hyper-derp.yaml.rpmsave etc/hyper-derp/mine.yaml " "remove: leaves what the administrator wrote"
exit "$failed"
