/** Words for the sums of a day; the ones we do not know are shown by their own name. */
const NAMES: Record<string, string> = {
  channel_fen: '微信账单收款',
  channel_paid_fen: '微信账单收款',
  channel_refunded_fen: '微信账单退款',
  channel_refund_fen: '微信账单退款',
  channel_fee_fen: '微信手续费',
  fee_fen: '微信手续费',
  books_fen: '系统账目收款',
  books_paid_fen: '系统账目收款',
  books_refunded_fen: '系统账目退款',
  books_refund_fen: '系统账目退款',
  core_fen: '核心系统收款',
  core_paid_fen: '核心系统收款',
  bank_fen: '银行到账',
  bank_claimed_fen: '银行已认领',
  counter_fen: '窗口收款',
  net_fen: '净额',
  count: '笔数',
  channel_count: '微信笔数',
  books_count: '系统笔数'
}

const STATES: Record<string, string> = {
  none: '未对账',
  open: '待日结',
  differences: '有差异',
  closed: '已日结'
}

export const dayStateText = (state: string) => STATES[state] ?? state

/** The sums as lines; what ends in `_fen` is money. */
export function sumLines(
  sums: Record<string, number | null> | undefined
): { name: string; value: number; money: boolean }[] {
  return Object.entries(sums ?? {})
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    .map(([name, value]) => ({ name: NAMES[name] ?? name, value, money: name.endsWith('_fen') }))
}
