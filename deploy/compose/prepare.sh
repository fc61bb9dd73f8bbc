#!/bin/sh
# Makes the secrets that nobody has to give us; those of WeChat are left empty for you to fill in. What is there stays.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
cd secrets
make() { [ -s "$1" ] || printf %s "$2" > "$1"; }
make postgres_password "$(openssl rand -hex 24)"
make database_url "postgres://tejian:$(cat postgres_password)@postgres/tejian"
make link_secret "$(openssl rand -hex 32)"
make seal_keys "k1:$(openssl rand -base64 32)"
make index_key "$(openssl rand -base64 32)"
make s3_secret_key "$(openssl rand -hex 24)"
for name in merchant_private_key api_v3_key mp_app_secret; do
  [ -e "$name" ] || : > "$name"
  [ -s "$name" ] || echo "请填写 deploy/compose/secrets/$name"
done
# The container's user must read them.
chmod 0444 ./*
