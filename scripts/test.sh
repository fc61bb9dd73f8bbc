#!/usr/bin/env bash
# All tests, one phase after another; every phase runs even if one before it failed. Closes with one line per phase and
# the sum: "N passed, N failed".
set -u
cd "$(dirname "$0")/.."
logs=$(mktemp -d "${TMPDIR:-/tmp}/tejian-test.XXXXXX")
trap 'rm -rf "$logs"' EXIT
# What tests leave behind goes with the logs; PostgreSQL, which runs as another user, must be able to pass through.
chmod 711 "$logs"
export TMPDIR="$logs"
passed=0 failed=0 summary=()

# Adds up what the runners say: nextest, cargo test, vitest, and "N passed, N failed" of our own scripts.
count() { # count passed|failed LOG
  sed 's/\x1b\[[0-9;]*m//g' "$2" | awk -v word="$1" '
    /^ *Summary \[/ || /^test result:/ || /^ *Tests  / || /^[0-9]+ passed, [0-9]+ failed$/ {
      line = $0; gsub(/[,;|]/, " ", line); n = split(line, part, " ")
      for (i = 2; i <= n; i++) if (part[i] == word) sum += part[i - 1]
    }
    END { print sum + 0 }'
}

phase() { # phase NAME COMMAND…
  local name=$1 log="$logs/${#summary[@]}.log" started=$SECONDS status=0
  shift
  echo "==> $name"
  "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  local good bad
  good=$(count passed "$log") bad=$(count failed "$log")
  # A phase that broke before counting (did not compile, did not build) is one failure.
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  passed=$((passed + good)) failed=$((failed + bad))
  summary+=("$(printf '%-44s %5d passed, %3d failed  (%d s)' "$name" "$good" "$bad" $((SECONDS - started)))")
}

rust_tests() {
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --workspace --no-fail-fast --hide-progress-bar --status-level slow --final-status-level fail "$@"
  else
    cargo test --locked --workspace --no-fail-fast --quiet "$@"
  fi
}

front() { npm --prefix miniprogram run --silent "$@"; }

if ! cargo nextest --version >/dev/null 2>&1; then echo "(cargo-nextest is not installed: using cargo test)"; fi

phase "Rust, SQLite" rust_tests
phase "Rust, PostgreSQL and Redis" scripts/with_services.sh bash -c "$(declare -f rust_tests); rust_tests"

phase "bill of materials" node scripts/sbom.mjs --check
phase "front end: packages" make --no-print-directory miniprogram/node_modules/.package-lock.json
phase "front end: type check" front typecheck
phase "front end: build for browsers" make --no-print-directory front
phase "front end: build for the mini-program" env CI=true npm --prefix miniprogram run --silent build:mp-weixin
phase "front end: unit tests and build gates" front test
phase "console: packages" make --no-print-directory console/node_modules/.package-lock.json
phase "console: type check" npm --prefix console run --silent typecheck
phase "console: build" make --no-print-directory console
phase "console: unit tests and build gates" npm --prefix console run --silent test
for suite in tests/peers tests/browser; do
  [ -f "$suite/run.mjs" ] || continue
  if [ -f "$suite/package-lock.json" ]; then
    phase "$suite: packages" npm --prefix "$suite" ci --no-audit --no-fund
  fi
  phase "$suite" node "$suite/run.mjs"
done

echo
printf '%s\n' "${summary[@]}"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
