#!/bin/sh
# Get what the Kubernetes of the long tests starts and does not build: containerd and runc, unpacked
# and not installed, since nothing of them is to run outside; the plugins of its network; busybox, of
# which its images are made.
#
# At once where all are there.
set -eu
cd "$(dirname "$0")/.."

packages=
need() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null 2>&1 || packages="$packages $2"
}

need nft nftables
need ip iproute2
need sysctl procps
need openssl openssl

# shellcheck disable=SC2086  # a list of words
[ -z "$packages" ] || sh scripts/apt_install.sh $packages
sh scripts/unpack_debian.sh containerd runc containernetworking-plugins busybox-static
