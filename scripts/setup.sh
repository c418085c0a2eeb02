#!/bin/sh
# Create .venv, or bring it up to date: pinned and hashed packages first, then clew_logging and clew.
#
# The stamp is touched last, so an interrupted run is begun again by the next `make setup`.
set -eu
cd "$(dirname "$0")/.."

create_venv() {
    python=$(sh scripts/find_python.sh) || exit 1
    # Debian keeps ensurepip in a package of its own, and `python -m venv` fails half-way without it.
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        sh scripts/apt_install.sh "python$version-venv"
    fi
    echo "Creating .venv with $("$python" --version), $python"
    "$python" -m venv --clear .venv
}

pip() {
    .venv/bin/python -m pip --disable-pip-version-check "$@"
}

.venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || create_venv

echo "Installing the packages of requirements/dev.txt"
pip install --quiet --require-hashes -r requirements/dev.txt
# hatchling is among them: an isolated build would fetch another one, unpinned.
pip install --quiet --no-deps --no-build-isolation --editable ./clew_logging --editable .
# Says so if pyproject.toml asks for what requirements/dev.txt does not bring.
pip check >/dev/null || { pip check; echo "\`make requirements\` pins them again" >&2; exit 1; }
touch .venv/complete
