#!/usr/bin/env bash
# Whether the promises were kept: WeChat's payments and refunds (the simulator's) and those of our books, one by one; nothing
# left half done; nobody has touched the audit trail. Ends with 0 only if all is well. After a plug was put back, wait until
# the nodes have asked what they do not know (a minute or two) and ask again.
. "$(dirname "$0")/places.sh"
set -o pipefail
wrong=0

theirs() { # theirs WHAT FILTER: what the simulator knows, as lines
  curl -sf --max-time 30 "http://127.0.0.1:$phones_port/_sim/$1" | jq -r "$2" | LC_ALL=C sort >"$place/run/theirs" ||
    { echo "[问题] 模拟器没有回答，比较不了" && exit 1; }
}

compare() { # compare WHAT, both sides as lines in run/theirs and run/ours
  if diff "$place/run/theirs" "$place/run/ours" >"$place/run/difference"; then
    echo "[正常] $1：两边逐笔相同，$(wc -l <"$place/run/ours") 笔"
  else
    echo "[问题] $1：两边不同（< 只有微信有，> 只有账上有）"
    cat "$place/run/difference"
    wrong=1
  fi
}

nothing() { # nothing WHAT QUERY
  local count
  count=$(pg_ask -c "$2")
  if [ "$count" = 0 ]; then echo "[正常] $1：没有"; else echo "[问题] $1：$count 个" && wrong=1; fi
}

theirs orders '.[] | select(.payment != null) | "\(.payment.transaction_id) \(.amount_fen)"'
pg_ask -F ' ' -c "SELECT transaction_id, amount_fen FROM payment_attempts WHERE state = 'paid'" | LC_ALL=C sort >"$place/run/ours"
compare 付款
theirs refunds '.[] | select(.state | ascii_downcase == "success") | "\(.out_refund_no) \(.refund_fen)"'
pg_ask -F ' ' -c "SELECT out_refund_no, amount_fen FROM refunds WHERE channel = 'wechat' AND state = 'success' AND bank_reference IS NULL" |
  LC_ALL=C sort >"$place/run/ours"
compare 退款
nothing "收到而没有入账的通知" "SELECT count(*) FROM channel_events WHERE state = 'received'"
nothing "停下的任务" "SELECT count(*) FROM jobs WHERE state = 'dead'"
nothing "还在重试的任务" "SELECT count(*) FROM jobs WHERE state = 'waiting' AND last_error IS NOT NULL"
nothing "付了款而报告没有放行的订单（支付中）" \
  "SELECT count(*) FROM orders o JOIN payment_attempts a ON a.order_id = o.id WHERE a.state = 'paid' AND o.state = 'paying'"
nothing "还没有开出或冲红的票据" "SELECT count(*) FROM invoices WHERE state IN ('requested', 'failed', 'reversing')"
by_hand=$(pg_ask -c "SELECT count(*) FROM refunds WHERE state IN ('abnormal', 'closed')")
[ "$by_hand" = 0 ] || echo "[提示] 退不成、等人处理的退款 $by_hand 笔：业务台「退款」"
if audit=$(tejian audit verify 2>&1); then echo "[正常] $audit"; else echo "[问题] $audit" && wrong=1; fi
if ready=$(curl -sf --max-time 30 "http://127.0.0.1:$proxy_port/readyz"); then
  echo "[正常] 经过代理可以办理：$ready"
else
  echo "[问题] 经过代理办理不了，/readyz 不是 200" && wrong=1
fi
exit "$wrong"
