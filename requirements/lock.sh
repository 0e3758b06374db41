#!/bin/sh
# Resolve pyproject.toml anew into the pinned, hashed locks: for Python 3.11 to 3.14 on Linux and macOS at once.
# The hashes are the truth; where a package comes from is the machine's own setting, so no address is written.
set -eu
cd "$(dirname "$0")/.."

resolve() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-header --no-annotate pyproject.toml "$@"
}

resolve --upgrade -o requirements/runtime.txt
resolve --upgrade --group test -c requirements/runtime.txt -o requirements/test.txt
resolve --upgrade --group dev -c requirements/test.txt -o requirements/dev.txt
