#!/usr/bin/env bash
# Pulls a plug of the trial, and puts it back: docs/operations.md, 拔插头.
#   deploy/trial/plug.sh pull NAME
#   deploy/trial/plug.sh back NAME
. "$(dirname "$0")/places.sh"

usage() {
  echo "用法：$0 pull|back 名称" >&2
  echo "名称：$(sed -n 's/^  pull-\([a-z-]*\)).*/\1/p' "$0" | tr '\n' ' ')" >&2
  exit 2
}
[ $# -eq 2 ] || usage

# What the simulator does from now on, as the switches beside the phones.
switch() { curl -sf -X POST -H 'content-type: application/json' --data "$2" "http://127.0.0.1:$phones_port/_sim/$1" >/dev/null; }

# Codes of three hundred requests, fifty at a time, past the proxy.
crowd() {
  seq 300 | xargs -P 50 -I{} curl -s -o /dev/null --max-time 40 -w '%{http_code}\n' "http://127.0.0.1:$first_port/api/v1/offices" |
    sort | uniq -c
}

# lose primary|standby: its machine is gone, and its disk with it. Otherwise the small disk were full after some rounds.
lose() {
  local processes
  processes=$(pg_processes "$1")
  # shellcheck disable=SC2086 — a list of numbers
  kill -KILL $processes
  for process in $processes; do
    for _ in $(seq 100); do
      kill -0 "$process" 2>/dev/null || break
      sleep 0.1
    done
  done
  rm -rf "$(readlink "$place/disk/$1")" "$place/disk/$1"
}

freeze() { # freeze STOP|CONT primary
  # shellcheck disable=SC2046 — a list of numbers
  kill -s "$1" $(pg_processes "$2")
}

case "$1-$2" in
  pull-node) finish node-1 KILL ;;
  back-node) begin_node 1 ;;
  pull-nodes) finish node-1 KILL && finish node-2 KILL ;;
  back-nodes) begin_node 1 && begin_node 2 ;;
  pull-frozen-node) kill -STOP "$(cat "$place/run/node-1")" ;;
  back-frozen-node) kill -CONT "$(cat "$place/run/node-1")" ;;
  pull-redis) finish redis KILL ;;
  back-redis) begin_redis ;;
  pull-database) pg pg_ctl -D "$place/disk/primary" -l "$place/log/postgres-primary.log" -s -m immediate stop ;;
  back-database) pg_begin primary ;;
  # The machine of the primary is gone for good, its standby takes over its address: as if a virtual address moved.
  pull-primary) lose primary ;;
  back-primary)
    pg_is_running standby || pg_begin standby
    pg pg_ctl -D "$place/disk/standby" -s -w promote
    pg pg_ctl -D "$place/disk/standby" -s -m fast stop
    mv -T "$place/disk/standby" "$place/disk/primary"
    # Before requests come: there is nobody yet to wait for.
    echo "synchronous_standby_names = ''" >>"$place/disk/primary/postgresql.auto.conf"
    pg_begin primary
    make_standby
    ;;
  pull-frozen-database) freeze STOP primary ;;
  back-frozen-database) freeze CONT primary ;;
  pull-standby) lose standby ;;
  back-standby)
    pg_ask -c "ALTER SYSTEM RESET synchronous_standby_names" -c "SELECT pg_reload_conf()" >/dev/null
    make_standby
    ;;
  pull-disk)
    mountpoint -q "$place/disk" || { echo "这里没有自己的小磁盘，不填满别人的" >&2; exit 1; }
    cat /dev/zero >"$place/disk/ballast" 2>/dev/null || true
    df -h "$place/disk" | tail -1
    ;;
  back-disk)
    rm -f "$place/disk/ballast"
    # A server that could not write its log has stopped.
    for server in primary standby; do pg_is_running "$server" || pg_begin "$server"; done
    ;;
  pull-files) chmod 000 "$place/disk/files" ;;
  back-files) chmod 700 "$place/disk/files" ;;
  # What the nodes say to WeChat is dropped on its way; what WeChat says comes in.
  pull-wechat)
    nft add table inet tejian_trial
    nft add chain inet tejian_trial out '{ type filter hook output priority 0 ; }'
    nft add rule inet tejian_trial out meta skuid "$user" tcp dport "$phones_port" drop
    ;;
  back-wechat) nft delete table inet tejian_trial ;;
  pull-crowd)
    finish node-1
    begin_node 1 TEJIAN__HTTP__IN_FLIGHT_MAX=1
    crowd
    ;;
  back-crowd)
    finish node-1
    begin_node 1
    crowd
    ;;
  pull-refunds) switch faults '{"refund_outcome":"abnormal"}' ;;
  back-refunds) switch faults/clear '{}' ;;
  pull-clock)
    fake=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -1)
    [ -n "$fake" ] || { echo "没有安装 libfaketime：apt-get install libfaketime" >&2; exit 1; }
    finish node-2
    begin_node 2 "LD_PRELOAD=$fake" FAKETIME=-10m FAKETIME_DONT_FAKE_MONOTONIC=1
    ;;
  back-clock)
    finish node-2
    begin_node 2
    ;;
  *) usage ;;
esac
