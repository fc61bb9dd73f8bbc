# What the scripts of the trial share: where everything lies, and how each process is begun and ended. Nothing of the machine's
# own PostgreSQL, Redis or nginx is touched; everything is below one directory and on ports of its own.
set -eu
source_directory=$(cd "$(dirname "$0")/../.." && pwd)
place=${TEJIAN_TRIAL:-/var/lib/tejian-trial}
user=${TEJIAN_TRIAL_USER:-tejian}
first_port=8081 second_port=8082 proxy_port=8080 phones_port=8700 browser_port=8701
postgres_port=15432 standby_port=15433 redis_port=16379

[ "$(id -u)" -eq 0 ] || { echo "请用 root 运行" >&2; exit 1; }
postgres_programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$postgres_programs" ] || { echo "没有安装 PostgreSQL：apt-get install postgresql" >&2; exit 1; }

# as USER COMMAND…: takes the place of the shell that says it, so that the process keeps the number that its parent knows.
# Nothing of root's own surroundings comes along: in root's HOME the user may not even look for a password file.
as() {
  local who=$1
  shift
  exec setpriv --reuid "$who" --regid "$who" --init-groups --reset-env "$@"
}

# begin NAME USER COMMAND…: in the background, with its number in run/NAME and what it says in log/NAME.log.
begin() {
  local name=$1
  shift
  is_running "$name" && return
  (
    cd "$place"
    as_user=$1
    shift
    as "$as_user" setsid "$@" </dev/null >>"$place/log/$name.log" 2>&1
  ) &
  echo $! >"$place/run/$name"
}

# The number may be somebody else's by now, after the machine was started anew: ours work below the place.
is_running() {
  [ -f "$place/run/$1" ] || return 1
  case "$(readlink "/proc/$(cat "$place/run/$1")/cwd" 2>/dev/null)" in
    "$place" | "$place"/*) return 0 ;;
    *) return 1 ;;
  esac
}

# finish NAME [SIGNAL]: and waits until it is gone.
finish() {
  is_running "$1" || return 0
  local process
  process=$(cat "$place/run/$1")
  kill -s "${2:-TERM}" "$process"
  for _ in $(seq 400); do
    is_running "$1" || break
    sleep 0.1
  done
  rm -f "$place/run/$1"
}

until_answers() { # until_answers NAME ADDRESS
  for _ in $(seq 120); do
    if curl -s -o /dev/null --max-time 2 "$2"; then return; fi
    sleep 0.5
  done
  echo "$1 没有启动，原因在 $place/log/$1.log 的最后几行" >&2
  exit 1
}

begin_redis() {
  begin redis "$user" redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no --dir "$place/run-redis"
}

# node NUMBER [NAME=VALUE…]: what is set beside trial.toml, for this start alone.
begin_node() {
  local number=$1 port
  shift
  if [ "$number" = 1 ]; then port=$first_port; else port=$second_port; fi
  begin "node-$number" "$user" env "TEJIAN__HTTP__LISTEN=127.0.0.1:$port" "TEJIAN__HTTP__METRICS_LISTEN=127.0.0.1:1$port" \
    "$@" "$place/bin/tejian" --config "$place/trial.toml" serve
  until_answers "node-$number" "http://127.0.0.1:$port/healthz"
}

begin_simulator() {
  begin simulator root "$place/bin/simulator" --listen "127.0.0.1:$phones_port" --browser-listen "127.0.0.1:$browser_port" \
    --identities "$place/simulator-identities" --state "$place/simulator.json" \
    --web-base-url "http://127.0.0.1:$proxy_port" --mp-push-url "http://127.0.0.1:$proxy_port/wechat/mp"
  until_answers simulator "http://127.0.0.1:$phones_port/"
}

begin_proxy() { begin proxy root nginx -c "$place/nginx.conf" -g 'daemon off;'; }

tejian() { (cd "$place" && as "$user" "$place/bin/tejian" --config "$place/trial.toml" "$@"); }

# The two servers of PostgreSQL: `disk/primary` and `disk/standby` lead to their directories.
pg() { (cd / && as postgres "$postgres_programs/$@"); }
pg_begin() { # pg_begin primary|standby
  local port=$postgres_port
  if [ "$1" = standby ]; then port=$standby_port; fi
  pg pg_ctl -D "$place/disk/$1" -o "-p $port" -l "$place/log/postgres-$1.log" -s -w start
}
pg_is_running() { pg pg_ctl -D "$place/disk/$1" status >/dev/null 2>&1; }
pg_ask() { pg psql -X -q -A -t -h 127.0.0.1 -p "$postgres_port" -U tejian -d "${database:-tejian}" "$@"; }
# Everything that belongs to a server: the process that holds the others first.
pg_processes() {
  local first
  first=$(head -1 "$place/disk/$1/postmaster.pid")
  echo "$first"
  cat "/proc/$first/task/$first/children"
}

# A new standby beside the primary that there is, and from then on every commit waits for it.
make_standby() {
  local directory
  directory=$place/disk/server-$(date +%s)
  pg pg_basebackup -h 127.0.0.1 -p "$postgres_port" -U tejian -D "$directory" -R -X stream -c fast
  ln -sfn "$directory" "$place/disk/standby"
  pg_begin standby
  pg_ask -c "ALTER SYSTEM SET synchronous_standby_names = '*'" -c "SELECT pg_reload_conf()" >/dev/null
  for _ in $(seq 120); do
    [ "$(pg_ask -c "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")" = 1 ] && return
    sleep 0.5
  done
  echo "备机没有跟上，原因在 $place/log/postgres-standby.log 的最后几行" >&2
  exit 1
}
