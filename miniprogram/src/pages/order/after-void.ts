import type { WholeOrder } from '@/api/money'

/**
 * What somebody is to know whose order was voided: first of the money that may be on its way, in the words of the
 * message that tells of it (config/messages.toml). Where money goes back, the part on the refund says what becomes of it.
 */
export function afterVoid(order: WholeOrder, service_phone: string): string {
  const again = '报告已放回待缴费，可以重新缴费。'
  if (order.refund || order.money_back || order.received_fen > 0) return again
  const call = service_phone ? `，或致电 ${service_phone}` : ''
  if (order.method === 'transfer')
    return `若已转账，请不要重复付款，到账后会自动认领${call}。没有转账的，${again}`
  if (order.method === 'remitted')
    return `若已汇款，请不要重复付款，凭回单重新提交即可${call}。没有汇款的，${again}`
  return `没有扣款。${again}`
}
