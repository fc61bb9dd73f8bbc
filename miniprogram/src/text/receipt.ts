import type { OrderSummary } from '@/api/types'

/** What people call the receipt of a class: a fiscal receipt is no invoice. */
export function receiptWord(receipt_class: OrderSummary['receipt_class']): string {
  return receipt_class === 'vat' ? '发票' : '票据'
}
