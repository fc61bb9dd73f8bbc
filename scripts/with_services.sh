#!/usr/bin/env bash
# Runs a command beside a PostgreSQL and a Redis of its own, on private ports, thrown away afterwards:
#   scripts/with_services.sh cargo test --workspace
# The command finds them in TEJIAN_TEST_POSTGRES and TEJIAN_TEST_REDIS. With TEJIAN_SERVICES_DURABLE=1 PostgreSQL writes as
# in production (fsync, synchronous_commit): for measurements.
set -eu
[ $# -gt 0 ] || { sed -n '2,5s/^# //p' "$0"; exit 2; }

bin=$(command -v initdb >/dev/null 2>&1 && dirname "$(readlink -f "$(command -v initdb)")" || ls -d /usr/lib/postgresql/*/bin | tail -1)
directory=$(mktemp -d "${TMPDIR:-/tmp}/tejian-services.XXXXXX")

# PostgreSQL refuses to run as root.
as_owner=()
if [ "$(id -u)" -eq 0 ]; then
  owner=$(id -un postgres 2>/dev/null || echo nobody)
  as_owner=(runuser -u "$owner" --)
  chown "$owner" "$directory"
fi

redis=
cleanup() {
  trap - EXIT INT TERM
  [ -z "$redis" ] || kill "$redis" 2>/dev/null || true
  if [ -f "$directory/postgres/postmaster.pid" ]; then
    (cd / && "${as_owner[@]}" "$bin/pg_ctl" -D "$directory/postgres" -m immediate -s stop) || true
  fi
  rm -rf "$directory"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
  local port
  while port=$((20000 + RANDOM % 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

cd_root() { (cd / && "$@"); }
postgres_port=$(free_port)
cd_root "${as_owner[@]}" "$bin/initdb" -D "$directory/postgres" -U tejian --auth=trust \
  --encoding=UTF8 --locale=C.UTF-8 >"$directory/initdb.log" || { cat "$directory/initdb.log" >&2; exit 1; }
if [ "${TEJIAN_SERVICES_DURABLE:-}" = 1 ]; then
  safety=on
else
  safety=off # nothing here must survive a power failure
fi
cat >>"$directory/postgres/postgresql.conf" <<CONFIGURATION
listen_addresses = '127.0.0.1'
port = $postgres_port
unix_socket_directories = '$directory'
max_connections = 300
shared_buffers = 256MB
fsync = $safety
synchronous_commit = $safety
full_page_writes = $safety
CONFIGURATION
cd_root "${as_owner[@]}" "$bin/pg_ctl" -D "$directory/postgres" -l "$directory/postgres/server.log" -s -w start \
  || { cat "$directory/postgres/server.log" >&2; exit 1; }

# A port that was free a moment ago may be taken now: then another one.
redis_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$redis_port") 2>/dev/null && kill -0 "$redis" 2>/dev/null; }
for _ in 1 2 3 4 5; do
  redis_port=$(free_port)
  redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no --dir /tmp --logfile '' >/dev/null &
  redis=$!
  for _ in $(seq 100); do
    redis_answers && break 2
    kill -0 "$redis" 2>/dev/null || break
    sleep 0.1
  done
  kill "$redis" 2>/dev/null || true
  redis=
done
[ -n "$redis" ] || { echo "Redis did not start" >&2; exit 1; }

export TEJIAN_TEST_POSTGRES="postgres://tejian@127.0.0.1:$postgres_port/postgres"
export TEJIAN_TEST_REDIS="redis://127.0.0.1:$redis_port/"
"$@"
