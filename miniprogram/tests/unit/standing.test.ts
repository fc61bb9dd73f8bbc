import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import OrderCard from '@/components/order-card/order-card.vue'
import RemittanceReview from '@/pages/bank/remittance-review.vue'
import { nextStepOf } from '@/pages/order/next-step'
import Order from '@/pages/order/order.vue'
import { session } from '@/stores/session'
import { dateTime } from '@/text/time'
import { tap, visit } from './support/mount'
import { phone, serverOf } from './support/phone'
import { notice, order, remittance, session as signedIn, summary } from './support/shapes'

const DAY_MS = 24 * 3600 * 1000
const NOW_MS = Date.now()

beforeEach(() => {
  session.adopt(signedIn())
})

describe('what comes next', () => {
  const review = { text: '汇款正在审核，三个工作日内完成，结果会通知您', promised_at: NOW_MS - DAY_MS }

  it('does not promise what is over: it says so and whom to call', async () => {
    const late = order({ method: 'remitted', under_review: true, next_step: review })
    phone.server = serverOf({ 'GET /orders/ord_1': { data: late } })
    const page = await visit(Order, { id: 'ord_1' })
    expect(page.text()).not.toContain('三个工作日内完成')
    expect(page.text()).toContain('现在已经晚了')
    await tap(page, '催办 023-88888888')
    expect(phone.makePhoneCall.mock.calls[0][0].phoneNumber).toBe('02388888888')
  })

  it('keeps a promise that still holds', () => {
    const promised_at = NOW_MS + DAY_MS
    const step = nextStepOf(order({ under_review: true, next_step: { ...review, promised_at } }), NOW_MS)
    expect(step).toEqual({ text: `${review.text}。`, promised: dateTime(promised_at), late: false })
  })

  it("never calls the payer's own deadline a broken promise", () => {
    const next_step = { text: '请在 2026-11-23 20:00 前完成支付', promised_at: NOW_MS - DAY_MS }
    expect(nextStepOf(order({ next_step }), NOW_MS)?.late).toBe(false)
  })

  it('names one day for a transfer: the last of its code', () => {
    const expires_at = NOW_MS + 15 * DAY_MS
    const transfer = order({
      method: 'transfer',
      payment_notice: notice({ expires_at }),
      next_step: { text: '请在 2026-12-22 16:21 前转账', promised_at: NOW_MS + 30 * DAY_MS }
    })
    const step = nextStepOf(transfer, NOW_MS)
    expect(step?.text).toContain(dateTime(expires_at))
    expect(step?.text).not.toContain('2026-12-22')
    const expired = { ...transfer, payment_notice: notice({ state: 'expired', expires_at: NOW_MS }) }
    expect(nextStepOf(expired, NOW_MS)?.text).toContain('重新生成')
  })
})

describe('a remittance under review', () => {
  const shown = (due_at: number) =>
    mount(RemittanceReview, {
      props: { order_no: 'WT1', remittance: remittance({ due_at, working_days_left: 0 }) }
    }).text()

  it('says until when it is answered, and when that is over whom to call', () => {
    expect(shown(NOW_MS + 3600_000)).toContain('今天答复')
    const late = shown(NOW_MS - 1)
    expect(late).toContain('已经晚了')
    expect(late).toContain('报订单号 WT1')
    expect(late).not.toContain('不用守着')
  })
})

describe('an order in the list', () => {
  const card = (more: object) =>
    mount(OrderCard, { props: { order: summary('ord_1', more), now_ms: NOW_MS } }).text()

  it('says what is awaited', () => {
    const expires_at = NOW_MS + 30 * DAY_MS
    expect(card({ under_review: true, method: 'remitted' })).toContain('汇款已提交，等财务核实')
    expect(card({ method: 'transfer', expires_at })).not.toContain('30 天')
    expect(card({ method: 'remitted', expires_at })).toContain('请在 30 天内填写汇款信息')
    expect(card({ received_fen: 100, missing_fen: 250 })).toContain('已收 ¥1.00，还差 ¥2.50')
    expect(card({ state: 'void', going_back_fen: 100 })).toContain('待退 ¥1.00')
  })
})

describe('an order that came to nothing', () => {
  it('warns of paying twice where money may be on its way, and says so where none is', async () => {
    const shown = async (more: object) => {
      const gone = order({ state: 'void', state_text: '已作废', void_reason: '到期未付', ...more })
      phone.server = serverOf({ 'GET /orders/ord_1': { data: gone } })
      return (await visit(Order, { id: 'ord_1' })).text()
    }
    expect(await shown({ method: 'transfer' })).toContain('若已转账，请不要重复付款')
    expect(await shown({ method: 'remitted' })).toContain('若已汇款，请不要重复付款')
    expect(await shown({ method: 'online' })).toContain('没有扣款')
    const money_back = { received_fen: 100, going_back_fen: 100, refunded_fen: 0 }
    const back = await shown({ method: 'transfer', money_back })
    for (const text of ['若已转账', '没有扣款']) expect(back).not.toContain(text)
  })

  it('expects no receipt, and leads back to what is payable again', async () => {
    const gone = order({ state: 'void', state_text: '已作废', can: { ...order().can, pay: false } })
    phone.server = serverOf({ 'GET /orders/ord_1': { data: gone } })
    const page = await visit(Order, { id: 'ord_1' })
    expect(page.text()).not.toContain('未开票')
    await tap(page, '重新缴费')
    expect(phone.navigateTo.mock.calls[0][0].url).toBe('/pages/fees/fees')
  })
})
