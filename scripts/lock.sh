#!/bin/sh
# Pin every package, with the hashes of all its files for every platform, for Python 3.11 and newer.
#
# Pins that are there already are kept as long as pyproject.toml allows them.
# Usage: lock.sh [--upgrade | --upgrade-package NAME]
set -eu
cd "$(dirname "$0")/.."

uv=.cache/uv/bin/uv
if [ ! -x "$uv" ]; then
    python=$(sh scripts/find_python.sh)
    "$python" -m venv --clear .cache/uv
    .cache/uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
fi

compile() { # FILE ARGUMENT...
    file=$1
    shift
    # No index and no address may get into the file: every user has an index of their own.
    # clew_logging is built here, as clew is, and has no pin.
    "$uv" pip compile --quiet --no-emit-package clew-logging --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
        --extra demo pyproject.toml --output-file "$file" "$@"
}

compile requirements/runtime.txt "$@"
compile requirements/dev.txt --group dev --constraint requirements/runtime.txt "$@"
