#!/bin/sh
# Set up .venv from a pinned, hashed lock: venv.sh runtime|test|dev. Does nothing where that is done already.
set -eu
cd "$(dirname "$0")/.."
lock=$1
venv=.venv

case $lock in
    runtime) locks="runtime" ;;
    test) locks="runtime test" ;;
    dev) locks="runtime test dev" ;;
    *) echo "venv.sh: runtime, test or dev, not $lock" >&2; exit 2 ;;
esac

sum=$(cksum < "requirements/$lock.txt")
[ -x $venv/bin/python ] && [ "$(cat "$venv/.lock-$lock" 2>/dev/null || true)" = "$sum" ] && exit 0

# Debian's python3 has no ensurepip until python3-venv is installed, hence the second import.
suits='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
if ! $venv/bin/python -c "$suits" 2>/dev/null; then
    for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c "$suits" 2>/dev/null; then
            "$python" -m venv --clear $venv
            break
        fi
    done
fi
if [ ! -x $venv/bin/python ]; then
    echo "nimdeck needs Python 3.11 or newer with venv: apt install python3-venv (Debian, Ubuntu) or brew install python (macOS)" >&2
    exit 1
fi

echo "setting up $venv ($lock); this happens once" >&2
$venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r "requirements/$lock.txt"
for done in $locks; do cksum < "requirements/$done.txt" > "$venv/.lock-$done"; done
