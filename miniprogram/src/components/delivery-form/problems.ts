import type { DeliveryDraft } from '@/api/types'
import { isMobilePhone } from '@/text/typed'

/** What is still missing before a report can be handed over this way; empty when complete. */
export function deliveryProblems(delivery: DeliveryDraft): Record<string, string> {
  const problems: Record<string, string> = {}
  if (delivery.kind === 'counter' && !delivery.office) problems.office = '请选择领取地点'
  if (delivery.kind !== 'post') return problems
  if (!delivery.recipient) problems.recipient = '请填写收件人'
  if (!isMobilePhone(delivery.phone ?? '')) problems.phone = '请填写 11 位手机号'
  if ((delivery.address ?? '').length < 6) problems.address = '请填写完整地址（区、街道、门牌号）'
  return problems
}
