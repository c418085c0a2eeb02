#!/bin/sh
# Install Debian packages where that is ours to do: as root, or with sudo under CI=true.
# Anywhere else it names them and the command, and exits 1.
#
# Usage: apt_install.sh PACKAGE...
set -eu

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing: $*. There is no apt-get here, so please install them by hand." >&2
    exit 1
fi

if [ "$(id -u)" = 0 ]; then
    as_root=
elif [ "${CI:-}" = true ]; then
    as_root="sudo -n"
else
    echo "Missing: $*. To install them: sudo apt-get install $*" >&2
    exit 1
fi

apt() {
    # shellcheck disable=SC2086  # empty, or the two words of sudo -n
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq \
        -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

echo "Installing $*"
apt update
apt install --yes --no-install-recommends "$@" >/dev/null
