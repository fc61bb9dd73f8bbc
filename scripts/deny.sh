#!/usr/bin/env bash
# Looks at what is built in: licences, banned crates, sources, doubled versions, and advisories where their database is at
# hand. Without a network, TEJIAN_ADVISORIES names a copy of ~/.cargo/advisory-dbs from a machine that has one.
#   scripts/deny.sh --offline    without advisories, and without complaint where cargo-deny is not installed (`make lint`)
set -eu
cd "$(dirname "$0")/.."
if ! cargo deny --version >/dev/null 2>&1; then
  if [ "${1:-}" = --offline ]; then
    echo "deny.toml: looked at by \`make test\` only in part, because cargo-deny is not installed"
    exit 0
  fi
  echo "cargo-deny is not installed: cargo install --locked cargo-deny" >&2
  exit 1
fi
cargo deny --locked check --hide-inclusion-graph licenses bans sources
[ "${1:-}" != --offline ] || exit 0
if [ -n "${TEJIAN_ADVISORIES:-}" ]; then
  config=$(mktemp "${TMPDIR:-/tmp}/tejian-deny.XXXXXX.toml")
  trap 'rm -f "$config"' EXIT
  sed "s|^\[advisories\]|[advisories]\ndb-path = \"$TEJIAN_ADVISORIES\"|" deny.toml >"$config"
  cargo deny --locked check --disable-fetch --config "$config" advisories
elif timeout 60 cargo deny --locked fetch db >/dev/null 2>&1; then
  cargo deny --locked check advisories
else
  echo "advisories: not looked at, because their database cannot be fetched here and TEJIAN_ADVISORIES names no copy"
fi
