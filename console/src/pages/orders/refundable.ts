import type { StaffOrder } from '@/api/types'

const GIVEN_UP = ['declined']

/** What of an order can still be given back: its amount without refunds that were made or are under way. */
export function refundable(order: Pick<StaffOrder, 'amount_fen' | 'refunds'>): number {
  const gone_fen = order.refunds
    .filter((refund) => !GIVEN_UP.includes(refund.state))
    .reduce((sum, refund) => sum + refund.amount_fen, 0)
  return Math.max(0, order.amount_fen - gone_fen)
}
