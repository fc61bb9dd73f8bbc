import type { PaymentNotice } from '@/api/money'
import { yuan } from '@/text/money'

/** Everything a finance office types into its bank's form, as one text to send on (S0-34, S0-35). */
export function noticeText(notice: PaymentNotice): string {
  return [
    `收款人：${notice.account_name}`,
    `账号：${notice.account_no}`,
    `开户行：${notice.bank_name}`,
    `金额：${yuan(notice.amount_fen)} 元`,
    `摘要（必须填写）：${notice.payment_code ?? ''}`,
    `缴款书编号：${notice.notice_no}`
  ].join('\n')
}

/** The notice with what is still to be transferred: after a part payment the whole sum would be too much. */
export function stillOwed(
  order:
    | { payment_notice?: PaymentNotice | null; received_fen?: number; missing_fen?: number }
    | null
    | undefined
): PaymentNotice | null {
  if (!order?.payment_notice) return null
  const owed_fen = order.received_fen ? order.missing_fen : undefined
  return { ...order.payment_notice, amount_fen: owed_fen || order.payment_notice.amount_fen }
}
