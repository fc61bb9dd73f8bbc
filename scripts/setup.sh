#!/usr/bin/env bash
# Installs what is missing for `run`, `test` or `soak` on Debian; says so and stops where it may not.
set -eu
purpose=${1:?run, test or soak}

missing=()
need() { # need COMMAND PACKAGE…
  local command=$1
  shift
  command -v "$command" >/dev/null 2>&1 || missing+=("$@")
}

need cc build-essential
if [ "$purpose" = test ]; then
  need chromium chromium
  need pdftotext poppler-utils
  need openssl openssl
  need curl curl
  ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1 || missing+=(fonts-noto-cjk)
fi
if [ "$purpose" = soak ]; then
  # The clock of one node jumps.
  ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing+=(libfaketime)
  python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || missing+=(python3-venv)
fi
if [ "$purpose" = test ] || [ "$purpose" = soak ]; then
  need redis-server redis-server
  need python3 python3
  if ! command -v initdb >/dev/null 2>&1 && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    missing+=(postgresql)
  fi
fi

for tool in cargo node npm; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "needed but not installed: $tool (Rust from rustup.rs, Node 20 or newer from nodejs.org)" >&2
    exit 1
  fi
done

install_missing() {
  [ ${#missing[@]} -eq 0 ] && return
  echo "==> installing: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "please install as root: apt-get install ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  # A PostgreSQL that came by apt need not run: the tests start one of their own.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}
install_missing

# The S3 server of the soak lives beside what cargo builds.
if [ "$purpose" = soak ]; then
  tools="$("$(dirname "$0")/target_directory.sh")/soak-tools"
  if [ ! -x "$tools/bin/moto_server" ]; then
    echo "==> installing the S3 server of the soak"
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check 'moto[s3,server]>=5.1,<6'
  fi
fi
