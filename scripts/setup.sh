#!/usr/bin/env bash
# Installs what is missing for `run` or `test` on Debian; says so and stops where it may not.
set -eu
purpose=${1:?run or test}

missing=()
need() { # need COMMAND PACKAGE…
  local command=$1
  shift
  command -v "$command" >/dev/null 2>&1 || missing+=("$@")
}

need cc build-essential
if [ "$purpose" = test ]; then
  need chromium chromium
  need redis-server redis-server
  need pdftotext poppler-utils
  need openssl openssl
  need curl curl
  need python3 python3
  if ! command -v initdb >/dev/null 2>&1 && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    missing+=(postgresql)
  fi
  ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1 || missing+=(fonts-noto-cjk)
fi

for tool in cargo node npm; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "needed but not installed: $tool (Rust from rustup.rs, Node 20 or newer from nodejs.org)" >&2
    exit 1
  fi
done

[ ${#missing[@]} -eq 0 ] && exit 0

echo "==> installing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || { echo "please install as root: apt-get install ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq
# A PostgreSQL that came by apt need not run: the tests start one of their own.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
