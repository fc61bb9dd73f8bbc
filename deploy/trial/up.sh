#!/usr/bin/env bash
# Two nodes behind a proxy on this machine, with PostgreSQL and its standby, Redis, a small disk of their own, and the simulator
# in the place of WeChat, fiscal system and SMS: docs/operations.md, 先在内网试一遍. As root, after
#   cargo build --release --locked --bin tejian --bin simulator && make front console
# What is there already is kept; what does not run is started.
. "$(dirname "$0")/places.sh"
built=${TEJIAN_BUILT:-$("$source_directory/scripts/target_directory.sh")/release}

for program in nginx redis-server jq curl setpriv; do
  command -v "$program" >/dev/null || { echo "没有安装 $program，见 docs/operations.md「先在内网试一遍」" >&2; exit 1; }
done
for needed in "$built/tejian" "$built/simulator" "$source_directory/miniprogram/dist/build/h5/index.html" \
  "$source_directory/console/dist/index.html"; do
  [ -e "$needed" ] || { echo "没有 $needed：先编译程序、构建网页，见 docs/operations.md「先在内网试一遍」" >&2; exit 1; }
done
id "$user" >/dev/null 2>&1 || useradd --system --home-dir /var/lib/tejian "$user"

echo "==> 目录与一块小磁盘：$place"
mkdir -p "$place"/{bin,disk,log,run,run-redis,h5,console,nginx}
chmod 755 "$place" "$place/bin" "$place/h5" "$place/console"
chmod 711 "$place/log"
chown "$user" "$place/run-redis"
if ! mountpoint -q "$place/disk"; then
  [ -f "$place/disk.image" ] || { truncate -s 2G "$place/disk.image" && mkfs.ext4 -q "$place/disk.image"; }
  mount -o loop "$place/disk.image" "$place/disk" || echo "（这里不许挂载磁盘：除了「磁盘」，别的都能拔）"
fi
chmod 755 "$place/disk"
install -m 755 "$built/tejian" "$built/simulator" "$place/bin/"
cp -r "$source_directory/miniprogram/dist/build/h5/." "$place/h5/"
cp -r "$source_directory/console/dist/." "$place/console/"
chmod -R go+rX "$place/h5" "$place/console"

echo "==> PostgreSQL 主备，同步"
touch "$place/log/postgres-primary.log" "$place/log/postgres-standby.log"
chown postgres "$place"/log/postgres-*.log
if [ ! -e "$place/disk/primary" ]; then
  # A new one beside a standby that has everything would begin with empty books.
  [ ! -e "$place/disk/standby" ] || { echo "主机拔掉了，还没有放回：先运行 deploy/trial/plug.sh back primary" >&2; exit 1; }
  install -d -o postgres -g postgres -m 700 "$place/disk/server-0"
  pg initdb -D "$place/disk/server-0" -U tejian --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  cat >>"$place/disk/server-0/postgresql.conf" <<CONFIGURATION
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
max_wal_size = 256MB
wal_keep_size = 256MB
synchronous_commit = on
CONFIGURATION
  # pg_basebackup makes a directory beside it.
  chown postgres "$place/disk"
  ln -sfn "$place/disk/server-0" "$place/disk/primary"
fi
pg_is_running primary || pg_begin primary
[ "$(database=postgres pg_ask -c "SELECT count(*) FROM pg_database WHERE datname = 'tejian'")" = 1 ] ||
  database=postgres pg_ask -c "CREATE DATABASE tejian"
if [ ! -e "$place/disk/standby" ]; then make_standby; fi
pg_is_running standby || pg_begin standby

echo "==> Redis、文件库"
begin_redis
[ -d "$place/disk/files" ] || install -d -o "$user" -g "$user" -m 700 "$place/disk/files"

echo "==> 模拟器与配置"
if [ ! -f "$place/trial.toml" ]; then
  # What somebody wrote into it meanwhile stays.
  [ -f "$place/own.toml" ] || sed "s|PLACE|$place|" "$source_directory/deploy/trial/own.toml" >"$place/own.toml"
  (cd "$place" && bin/tejian --config own.toml trial trial.toml --identities simulator-identities \
    --simulator "http://127.0.0.1:$phones_port" --browser "http://127.0.0.1:$browser_port")
  chgrp "$user" "$place/trial.toml" && chmod 640 "$place/trial.toml"
fi
begin_simulator

echo "==> 升级数据库，两个节点"
tejian migrate
begin_node 1
begin_node 2

echo "==> 代理：deploy/nginx/tejian.conf，只换两个节点的地址和目录"
sed -e "s/tejian-1:8080/127.0.0.1:$first_port/; s/tejian-2:8080/127.0.0.1:$second_port/" \
  -e "s|/etc/nginx/tejian/|$place/nginx/|; s|/var/log/nginx/|$place/log/|" \
  "$source_directory/deploy/nginx/tejian.conf" >"$place/tejian.conf"
cat >"$place/nginx.conf" <<CONFIGURATION
user www-data;
pid $place/run/nginx;
error_log $place/log/proxy.log;
events { worker_connections 1024; }
http {
    include $place/tejian.conf;
    client_body_temp_path $place/nginx/body;
    proxy_temp_path $place/nginx/proxy;
    fastcgi_temp_path $place/nginx/fastcgi;
    uwsgi_temp_path $place/nginx/uwsgi;
    scgi_temp_path $place/nginx/scgi;
}
CONFIGURATION
nginx -t -q -c "$place/nginx.conf"
begin_proxy
until_answers proxy "http://127.0.0.1:$proxy_port/healthz"

if [ ! -f "$place/fees.csv" ]; then
  echo "==> 服务号的菜单，第一位管理员（口令只显示这一次），六十笔待缴费用"
  tejian wechat menu push >/dev/null
  tejian staff add admin --name 管理员 --roles admin
  template=$source_directory/config/import-template.csv
  head -1 "$template" >"$place/fees.csv"
  for number in $(seq -w 1 60); do
    sed -n 2p "$template" | sed "s/MB-DT-2026-0000001/MB-DT-2026-00010$number/; s/MB-F0000001/MB-F00010$number/"
  done >>"$place/fees.csv"
  chmod 644 "$place/fees.csv"
  tejian import fees "$place/fees.csv"
fi

curl -s "http://127.0.0.1:$proxy_port/readyz"
echo
echo "两部手机：http://127.0.0.1:$phones_port/ （手机一 13900000001）；业务台：http://127.0.0.1:$proxy_port/console/ （admin）"
