import type { WholeOrder } from '@/api/money'
import { dateTime, promisedDay } from '@/text/time'

/** What comes next, as the order's page says it (B-12). */
export interface NextStep {
  text: string
  /** By when it is promised, unless the text names that moment already. */
  promised: string
  /** Whether a promise of the institute's was broken: then somebody is to be called. */
  late: boolean
}

/** A deadline of the payer's is no promise; those of the institute are for reviews and for what is paid. */
const ofInstitute = (order: WholeOrder) => order.under_review || order.state === 'paid'

function overdue(text: string, promised_at: number, now_ms: number): NextStep {
  const [subject] = text.split('，')
  const day = promisedDay(promised_at, now_ms)
  return {
    text: `${subject}，本应在 ${day}办好，现在已经晚了，很抱歉。请打电话催办，报订单号就行。`,
    promised: '',
    late: true
  }
}

/** A transfer lives as long as its code does; the order itself lives longer, which helps nobody. */
function ofTransfer({ method, state, received_fen, payment_notice: notice }: WholeOrder): string {
  if (method !== 'transfer' || state !== 'pending_payment' || received_fen > 0) return ''
  if (notice?.state === 'issued' && notice.expires_at)
    return `请在 ${dateTime(notice.expires_at)} 前转账，摘要必须填写缴款码；到账后自动变为已支付。`
  if (notice?.state === 'expired') return '缴款码已过期，请重新生成一个，用新的缴款码转账。'
  return notice?.state === 'failed' ? '缴款码没有申请成功，请重新生成。' : ''
}

/** The server's words are part of other sentences too; here they are one. */
const sentence = (text: string) => (/[。！？]$/.test(text) ? text : `${text}。`)

/** The step that follows; nothing when nothing does. */
export function nextStepOf(order: WholeOrder, now_ms: number): NextStep | null {
  const step = order.next_step
  if (!step) return null
  const text = ofTransfer(order)
  if (text) return { text, promised: '', late: false }
  if (!step.promised_at)
    return {
      text: sentence(step.text),
      promised: '',
      late: order.under_review && order.remittance?.late === true
    }
  if (ofInstitute(order) && step.promised_at < now_ms) return overdue(step.text, step.promised_at, now_ms)
  const moment = dateTime(step.promised_at)
  return { text: sentence(step.text), promised: step.text.includes(moment) ? '' : moment, late: false }
}
