#!/bin/sh
# Run a command under a name, and say how long it took.
#
# Usage: step.sh NAME COMMAND...
set -eu
name=$1
shift
begun=$(date +%s)
status=0
"$@" || status=$?
printf '[%4d s] %s%s\n' $(($(date +%s) - begun)) "$name" "$([ $status = 0 ] || echo ': failed')"
exit $status
