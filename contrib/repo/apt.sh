#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# apt.sh [--key ID] DEBS REPOSITORY: an apt repository, in the folder REPOSITORY,
# of the packages in the folder DEBS, for any web server or for file: URLs. With
# --key it is signed by that key of gpg's; the public half is put beside it, for
# signed-by. What is there already stays, so that older versions can be had; an
# index names all. Needs apt-utils, and gpg with --key. Then, on a client:
#
#   deb [signed-by=/etc/apt/keyrings/hyper-derp.gpg] https://HOST/PATH ./
set -eu
key=
if [ "${1-}" = --key ]; then
	key=$2
	shift 2
fi
[ $# -eq 2 ] || {
	echo "usage: apt.sh [--key ID] DEBS REPOSITORY" >&2
	exit 2
}
debs=$1 repository=$2
command -v apt-ftparchive >/dev/null || {
	echo "apt.sh: apt-ftparchive is missing: apt-get install apt-utils" >&2
	exit 1
}
mkdir -p "$repository"
find "$debs" -maxdepth 1 -name '*.deb' ! -name '*-dbgsym_*' -exec cp -t "$repository" {} +
cd "$repository"

# Written aside and renamed, Release last: a client never sees a half.
apt-ftparchive packages . >Packages.new
gzip -9n <Packages.new >Packages.gz.new
mv Packages.new Packages
mv Packages.gz.new Packages.gz
architectures=$(sed -n 's/^Architecture: //p' Packages | sort -u | grep -vx all | xargs)
apt-ftparchive -o APT::FTPArchive::Release::Origin=hyper-derp -o APT::FTPArchive::Release::Label=hyper-derp \
	-o "APT::FTPArchive::Release::Architectures=$architectures" release . >Release.new
if [ -n "$key" ]; then
	gpg --batch --yes --export "$key" >hyper-derp.gpg
	gpg --batch --yes --local-user "$key" --clearsign --output InRelease.new Release.new
	mv InRelease.new InRelease
fi
mv Release.new Release
echo "$(grep -c '^Package: ' Packages) packages, for $architectures"
