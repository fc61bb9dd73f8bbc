#!/usr/bin/env bash
# Where cargo puts what it builds: CARGO_TARGET_DIR or target/.
set -eu
cd "$(dirname "$0")/.."
cargo metadata --format-version 1 --no-deps --locked | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
