#!/bin/sh
# Install the programs that the tests start: a browser, what Elasticsearch runs on, what makes
# certificates. Unpack those that would start services: Prometheus, its node_exporter, Alertmanager,
# systemd's journal, nginx.
#
# At once where all are there. Exits 1 if any is still missing; the tests that need it then say so.
set -eu
cd "$(dirname "$0")/.."

packages=
need() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null 2>&1 || packages="$packages $2"
}

need chromium chromium
need javac default-jdk-headless
need mvn maven
need openssl openssl

unpack() {
    sh scripts/unpack_debian.sh prometheus prometheus-alertmanager prometheus-node-exporter \
        systemd libsystemd-shared systemd-journal-remote nginx || return 1
    # The library that systemd-journal-remote needs has another name from Debian 13 on.
    microhttpd=libmicrohttpd12t64
    [ -n "$(apt-cache -q show $microhttpd 2>/dev/null)" ] || microhttpd=libmicrohttpd12
    sh scripts/unpack_debian.sh $microhttpd
}

# shellcheck disable=SC2086  # a list of words
if { [ -n "$packages" ] && ! sh scripts/apt_install.sh $packages; } ||
    ! unpack; then
    echo "Tests that need them will be skipped until then; \`sudo make setup-system\` installs all." >&2
    exit 1
fi
