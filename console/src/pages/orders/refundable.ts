import type { StaffOrder } from '@/api/types'

const GIVEN_UP = ['declined']

/** Whether the order waits for the rest of its money: what came goes back whole, and the order is voided with it. */
export const isPartPaid = (order: Pick<StaffOrder, 'state' | 'received_fen'>) =>
  order.state === 'pending_payment' && (order.received_fen ?? 0) > 0

/** What of an order can still be given back: its amount without refunds that were made or are under way. */
export function refundable(
  order: Pick<StaffOrder, 'state' | 'amount_fen' | 'received_fen' | 'refunds'>
): number {
  const gone_fen = order.refunds
    .filter((refund) => !GIVEN_UP.includes(refund.state) && !refund.of_line)
    .reduce((sum, refund) => sum + refund.amount_fen, 0)
  const here_fen = isPartPaid(order) ? (order.received_fen ?? 0) : order.amount_fen
  return Math.max(0, here_fen - gone_fen)
}
