import type { Remittance, SubjectOrder } from '@/api/types'
import { yuan } from '@/text/money'

/** Names without what banks and people write differently: brackets, blanks, full-width signs. */
const bare = (name: string) => name.normalize('NFKC').replace(/[\s()（）·.．]/g, '')

/** What in a remittance does not fit its order, in words; nothing where it fits. */
export function differences(
  order: SubjectOrder | null | undefined,
  remittance: Remittance | null | undefined
): { amount?: string; payer?: string } {
  if (!order || !remittance) return {}
  const off_fen = remittance.amount_fen - order.amount_fen
  return {
    amount: off_fen === 0 ? undefined : `比订单${off_fen > 0 ? '多' : '少'} ${yuan(Math.abs(off_fen))} 元`,
    payer: bare(remittance.payer_name) === bare(order.unit_name) ? undefined : `订单单位是 ${order.unit_name}`
  }
}
