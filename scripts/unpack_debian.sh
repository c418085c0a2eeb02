#!/bin/sh
# Unpack Debian packages into .cache/debian/PACKAGE without installing them: for programs that tests
# start, and whose packages would start services. At once where all are there.
#
# Usage: unpack_debian.sh PACKAGE...
set -eu
cd "$(dirname "$0")/.."

beside=
trap '[ -z "$beside" ] || rm -rf "$beside"' EXIT

fetch() { # PACKAGE, into $beside
    (cd "$beside" && apt-get -qq -o Acquire::Retries=3 -o APT::Sandbox::User=root download "$1")
}

unpack() { # PACKAGE
    echo "Unpacking $1"
    mkdir -p .cache/debian
    beside=$(mktemp -d ".cache/debian/$1.XXXXXX")
    if ! fetch "$1"; then # a fresh container has no lists of packages
        apt-get -qq update
        fetch "$1"
    fi
    dpkg -x "$beside"/*.deb "$beside/unpacked"
    mv -T "$beside/unpacked" ".cache/debian/$1" # complete or not there at all
    rm -rf "$beside"
    beside=
}

for package in "$@"; do
    [ -d ".cache/debian/$package" ] || unpack "$package"
done
