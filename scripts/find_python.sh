#!/bin/sh
# Print the path of a Python that clew runs on, or say how to get one.
set -eu

for name in python3.14 python3.13 python3.12 python3.11 python3; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        command -v "$name"
        exit 0
    fi
done

found=$(python3 --version 2>/dev/null || echo "no python3 at all")
cat >&2 <<MESSAGE
clew needs Python 3.11 or newer, and found $found. To get it:
  Debian 12, Ubuntu 24.04 and newer   sudo apt-get install python3 python3-venv
  Fedora, RHEL 9 and newer            sudo dnf install python3.12
  macOS                               brew install python@3.13
Then run make again.
MESSAGE
exit 1
