#!/usr/bin/env bash
# Throws bytes at every door through which bytes of strangers come in (src/doors), one after the other, for so many seconds
# each: TEJIAN_FUZZ_SECONDS, 60 when absent. TEJIAN_FUZZ_TARGETS names a few of them. What is found new lies in
# fuzz/found; `scripts/fuzz.sh keep` takes the small part of it that reaches something new into the corpus.
# Needs the nightly compiler and cargo-fuzz. Closes with one line per door: seconds, executions, findings.
set -eu
cd "$(dirname "$0")/.."
seconds=${TEJIAN_FUZZ_SECONDS:-60}
kept_bytes_max=${TEJIAN_FUZZ_KEPT_BYTES:-15000}
for tool in "cargo +nightly --version" "cargo fuzz --version"; do
  if ! $tool >/dev/null 2>&1; then
    echo "missing: $tool (rustup toolchain install nightly; cargo install --locked cargo-fuzz)" >&2
    exit 1
  fi
done
targets=${TEJIAN_FUZZ_TARGETS:-$(cd fuzz/fuzz_targets && ls | sed 's/\.rs$//')}
export CARGO_TARGET_DIR=${TEJIAN_FUZZ_TARGET_DIR:-$PWD/fuzz/target}
# Safe Rust needs no address sanitizer; without it the same second holds many more tries.
echo "==> building the targets (the first time takes a while)"
cargo +nightly fuzz build -s none >/dev/null
binary() { echo "$CARGO_TARGET_DIR/x86_64-unknown-linux-gnu/release/$1"; }

if [ "${1:-}" = keep ]; then
  for name in $targets; do
    [ -d "fuzz/found/$name" ] || continue
    chosen=$(mktemp -d)
    # The smallest first: what they reach, larger ones need not.
    "$(binary "$name")" -merge=1 -rss_limit_mb=3072 "$chosen" "fuzz/corpus/$name" "fuzz/found/$name" >/dev/null 2>&1
    bytes=$(cat "fuzz/corpus/$name"/* | wc -c)
    for file in $(ls -Sr "$chosen"); do
      size=$(stat -c %s "$chosen/$file")
      cmp -s "$chosen/$file" "fuzz/corpus/$name/$file" && continue
      bytes=$((bytes + size))
      [ "$bytes" -gt "$kept_bytes_max" ] && break
      cp "$chosen/$file" "fuzz/corpus/$name/$file"
    done
    rm -rf "$chosen"
    echo "$name: $(ls "fuzz/corpus/$name" | wc -l) files, $(cat "fuzz/corpus/$name"/* | wc -c) bytes"
  done
  exit 0
fi

findings=0 summary=()
for name in $targets; do
  echo "==> $name"
  mkdir -p "fuzz/found/$name" "fuzz/artifacts/$name"
  log=$(mktemp)
  status=0
  "$(binary "$name")" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=3072 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="fuzz/artifacts/$name/" "fuzz/found/$name" "fuzz/corpus/$name" >"$log" 2>&1 || status=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  if [ "$status" -ne 0 ]; then
    findings=$((findings + 1))
    tail -n 40 "$log"
  fi
  summary+=("$(printf '%-18s %5d s %10s executions  %s' "$name" "$seconds" "${runs:-?}" "$([ "$status" -eq 0 ] && echo 'nothing found' || echo 'FOUND SOMETHING')")")
  rm -f "$log"
done
echo
printf '%s\n' "${summary[@]}"
[ "$findings" -eq 0 ]
