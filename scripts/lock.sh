#!/bin/sh
# Compile requirements/*.in; dev is held to base's pins, so an environment for dev also fits base. UPGRADE=1 moves pins.
set -eu
cd "$(dirname "$0")/.."
compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        --no-emit-index-url --no-emit-find-links ${UPGRADE:+--upgrade} "$@"
}
compile requirements/base.in --output-file requirements/base.txt
compile requirements/dev.in --constraint requirements/base.txt --output-file requirements/dev.txt
