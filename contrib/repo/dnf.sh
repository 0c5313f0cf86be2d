#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# dnf.sh [--key ID] RPMS REPOSITORY: a dnf repository, in the folder REPOSITORY,
# of the packages in the folder RPMS, for any web server or for file: URLs. With
# --key packages and index are signed by that key of gpg's; the public half is
# put beside them. What is there already stays, so that older versions can be
# had. Needs createrepo_c, and with --key gpg and rpmsign. Then, on a client, in
# /etc/yum.repos.d/hyper-derp.repo (gpgcheck=0 without a key):
#
#   [hyper-derp]
#   name=hyper-derp
#   baseurl=https://HOST/PATH
#   gpgcheck=1
#   repo_gpgcheck=1
#   gpgkey=https://HOST/PATH/hyper-derp.asc
set -eu
key=
if [ "${1-}" = --key ]; then
	key=$2
	shift 2
fi
[ $# -eq 2 ] || {
	echo "usage: dnf.sh [--key ID] RPMS REPOSITORY" >&2
	exit 2
}
rpms=$1 repository=$2
command -v createrepo_c >/dev/null || {
	echo "dnf.sh: createrepo_c is missing: dnf install createrepo_c, apt-get install createrepo-c" >&2
	exit 1
}
mkdir -p "$repository"
if [ ! "$rpms" -ef "$repository" ]; then
	find "$rpms" -maxdepth 1 -name '*.rpm' ! -name '*-debug*' -exec cp -t "$repository" {} +
fi
cd "$repository"
[ -z "$key" ] || rpmsign --define "_gpg_name $key" --define "__gpg $(command -v gpg)" --addsign ./*.rpm >/dev/null
createrepo_c --quiet --update .
if [ -n "$key" ]; then
	gpg --batch --yes --local-user "$key" --armor --detach-sign --output repodata/repomd.xml.asc repodata/repomd.xml
	gpg --batch --yes --armor --export "$key" >hyper-derp.asc
fi
