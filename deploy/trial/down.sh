#!/usr/bin/env bash
# Ends the trial. What it wrote stays for the next up.sh; with the word `away` it goes as well.
. "$(dirname "$0")/places.sh"
for name in proxy node-1 node-2 simulator redis; do
  # A process that stands still hears nothing.
  if is_running "$name"; then kill -CONT "$(cat "$place/run/$name")"; fi
  finish "$name"
done
if nft list table inet tejian_trial >/dev/null 2>&1; then nft delete table inet tejian_trial; fi
for server in primary standby; do
  if pg_is_running "$server"; then
    # shellcheck disable=SC2046 — a list of numbers
    kill -CONT $(pg_processes "$server")
    pg pg_ctl -D "$place/disk/$server" -s -m fast stop
  fi
done
if mountpoint -q "$place/disk"; then umount "$place/disk"; fi
if [ "${1:-}" = away ]; then rm -rf "$place"; fi
