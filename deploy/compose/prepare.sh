#!/bin/sh
# Makes the secrets that nobody has to give us; those of WeChat and of the SMS provider are left empty for you to fill in.
# mp_token and mp_encoding_aes_key are entered at WeChat as they are made here. What is there stays.
set -eu
umask 077
cd "$(dirname "$0")"
# Files by which WeChat verifies the domain (MP_verify_….txt) are put into verify, what the proxy needs beside its own file
# (deploy/nginx/https.conf or behind.conf) into proxy, certificate and key into certs.
mkdir -p secrets verify proxy certs
chmod 0755 verify proxy
cd secrets
make() { [ -s "$1" ] || printf %s "$2" > "$1"; }
make postgres_password "$(openssl rand -hex 24)"
make database_url "postgres://tejian:$(cat postgres_password)@postgres/tejian"
make link_secret "$(openssl rand -hex 32)"
make seal_keys "k1:$(openssl rand -base64 32)"
make index_key "$(openssl rand -base64 32)"
make s3_secret_key "$(openssl rand -hex 24)"
make mp_token "$(openssl rand -hex 16)"
make mp_encoding_aes_key "$(openssl rand -hex 22 | cut -c 1-43)"
for name in merchant_private_key api_v3_key mp_app_secret sms_secret; do
  [ -e "$name" ] || : > "$name"
  [ -s "$name" ] || echo "请填写 deploy/compose/secrets/$name"
done
# Empty but while a key is being changed: what was used before (docs/operations.md).
for name in link_secret_old api_v3_key_old mp_token_old mp_encoding_aes_key_old; do
  [ -e "$name" ] || : > "$name"
done
# The container's user must read them; the directory around them is yours alone.
chmod 0644 ./*
