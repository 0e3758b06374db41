#!/bin/sh
# A real prometheus for the contract tests: from PATH, else Debian's package unpacked into .tools - without root, and
# without starting a service. Where neither can be had, the tests that need it skip and say so; that is no error here.
set -eu
cd "$(dirname "$0")/.."
target=$PWD/.tools/prometheus-bin

[ -x "$target/prometheus" ] && exit 0
command -v prometheus >/dev/null && exit 0
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    echo "no prometheus on PATH and no apt: the tests that need it will be skipped" >&2
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# A machine that never ran apt-get update, and a user who may not: package lists of our own, beside the system's.
mkdir -p state/lists/partial cache/archives/partial
own="-o Dir::State=$work/state -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache=$work/cache"
echo "fetching Debian's prometheus for the tests; this happens once" >&2
# shellcheck disable=SC2086  # the options are several words on purpose
if apt-get download -qq prometheus 2>/dev/null ||
    { apt-get $own -qq update && apt-get $own download -qq prometheus; } >/dev/null 2>&1; then
    dpkg-deb -x prometheus_*.deb unpacked
    mkdir -p "$target"
    cp unpacked/usr/bin/prometheus "$target/"
else
    echo "apt has no prometheus to give: the tests that need it will be skipped" >&2
fi
