import { effectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { usePayment } from '@/pages/pay/payment'
import { phone, refusal, serverOf, type Answer } from './support/phone'
import { summary } from './support/shapes'

const openPaySheet = vi.hoisted(() => vi.fn())
const channel = vi.hoisted(() => ({ value: 'jsapi' }))
vi.mock('@/platform/pay', () => ({ openPaySheet, paymentChannel: () => channel.value }))

const PARAMETERS = { appId: 'wx1' }
const begun = (kind: string): Answer => ({
  data: {
    id: 'att_1',
    order_id: 'ord_1',
    channel: kind,
    amount_fen: 1,
    expires_at: 0,
    parameters: PARAMETERS,
    code_url: 'weixin://x'
  }
})
const says = (state: string, id = 'ord_1'): Answer => ({ data: { state, message: '', order: summary(id) } })

let states: Answer[] = []
let begins: Answer[] = []
const next = (queue: Answer[]) => (queue.length > 1 ? queue.shift()! : queue[0])
const keys = () => phone.askedFor('POST', '/payments').map(({ data }) => (data as { key: string }).key)

let scope = effectScope()
function visit() {
  return scope.run(() => usePayment())!
}

beforeEach(() => {
  vi.useFakeTimers()
  scope = effectScope()
  channel.value = 'jsapi'
  openPaySheet.mockReset()
  openPaySheet.mockResolvedValue('closed-after-paying')
  states = [says('unpaid')]
  begins = [begun('jsapi')]
  phone.server = serverOf({
    'GET /orders/ord_1/payment-state': () => next(states),
    'GET /orders/ord_2/payment-state': says('unpaid', 'ord_2'),
    'POST /orders/ord_1/payments': () => next(begins),
    'POST /orders/ord_2/payments': () => next(begins)
  })
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

describe('a payment', () => {
  it('is paid when the server says so, not when the sheet says so', async () => {
    const pay = visit()
    expect(await pay.open(['ord_1'])).toBe(true)
    states = [says('confirming'), says('confirming'), says('paid')]
    await pay.begin()
    expect(openPaySheet).toHaveBeenCalledWith(PARAMETERS)
    expect(pay.phase.value).toBe('confirming')
    await vi.advanceTimersByTimeAsync(2000)
    expect(pay.phase.value).toBe('confirming')
    await vi.advanceTimersByTimeAsync(2000)
    expect(pay.phase.value).toBe('paid')
  })

  it('stays unconfirmed for as long as the server does not know, and can be asked again', async () => {
    const pay = visit()
    await pay.open(['ord_1'])
    states = [says('confirming')]
    await pay.begin()
    await vi.advanceTimersByTimeAsync(120_000)
    expect(pay.phase.value).toBe('unsure')
    const asked = phone.asked.length
    await vi.advanceTimersByTimeAsync(60_000)
    expect(phone.asked.length).toBe(asked)
    states = [says('paid')]
    await pay.confirm()
    expect(pay.phase.value).toBe('paid')
  })

  it('invites the server to ask WeChat, but not each time', async () => {
    const pay = visit()
    await pay.open(['ord_1'])
    states = [says('confirming')]
    await pay.begin()
    await vi.advanceTimersByTimeAsync(18_000)
    const polls = phone.asked.filter(({ url }) => url.includes('payment-state')).slice(1)
    expect(polls).toHaveLength(10)
    expect(polls.filter(({ url }) => url.endsWith('ask=1'))).toHaveLength(2)
  })

  it('was not made when the sheet was closed and the server agrees', async () => {
    openPaySheet.mockResolvedValue('cancelled')
    const pay = visit()
    await pay.open(['ord_1'])
    await pay.begin()
    expect(pay.phase.value).toBe('unpaid')
    expect(phone.asked[phone.asked.length - 1].url).toMatch(/ask=1$/)
  })

  it('was made although the sheet said cancelled, when the server knows better', async () => {
    openPaySheet.mockResolvedValue('cancelled')
    const pay = visit()
    await pay.open(['ord_1'])
    states = [says('paid')]
    await pay.begin()
    expect(pay.phase.value).toBe('paid')
  })

  it('uses the same key again after a lost answer and a new one after a refusal', async () => {
    const pay = visit()
    await pay.open(['ord_1'])
    begins = ['offline', refusal(503, 'channel_unavailable'), begun('jsapi')]
    await pay.begin()
    expect(pay.phase.value).toBe('failed')
    await pay.begin()
    await pay.begin()
    const [lost, refused, last] = keys()
    expect(refused).toBe(lost)
    expect(last).not.toBe(lost)
  })

  it('looks at the result when the order turns out to be paid already', async () => {
    const pay = visit()
    await pay.open(['ord_1'])
    begins = [refusal(409, 'order_paid')]
    states = [says('paid')]
    await pay.begin()
    expect(pay.phase.value).toBe('paid')
    expect(openPaySheet).not.toHaveBeenCalled()
  })

  it('fails where no sheet can be opened', async () => {
    const { unsupportedPayment } = await import('@/platform/pay/outcome')
    openPaySheet.mockRejectedValue(unsupportedPayment())
    const pay = visit()
    await pay.open(['ord_1'])
    await pay.begin()
    expect(pay.phase.value).toBe('failed')
    expect(pay.error.value?.message).toContain('没有扣款')
  })

  it('opens nothing for a double tap', async () => {
    let close: (result: string) => void = () => undefined
    openPaySheet.mockReturnValue(new Promise((resolve) => (close = resolve)))
    const pay = visit()
    await pay.open(['ord_1'])
    const first = pay.begin()
    await pay.begin()
    await vi.advanceTimersByTimeAsync(0)
    close('cancelled')
    await first
    expect(keys()).toHaveLength(1)
  })

  it('by code is watched until the server sees the money', async () => {
    channel.value = 'native'
    begins = [begun('native')]
    const pay = visit()
    await pay.open(['ord_1'])
    await pay.begin()
    expect(pay.phase.value).toBe('code')
    expect(openPaySheet).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(pay.phase.value).toBe('code')
    states = [says('paid')]
    await vi.advanceTimersByTimeAsync(2000)
    expect(pay.phase.value).toBe('paid')
  })

  it('survives a bad line while it is being watched', async () => {
    channel.value = 'native'
    begins = [begun('native')]
    const pay = visit()
    await pay.open(['ord_1'])
    await pay.begin()
    states = ['offline', 'offline', says('paid')]
    await vi.advanceTimersByTimeAsync(4000)
    expect(pay.phase.value).toBe('paid')
  })

  it('of an order that is void or being refunded is not started', async () => {
    const pay = visit()
    states = [says('void')]
    expect(await pay.open(['ord_1'])).toBe(false)
    expect(pay.phase.value).toBe('void')
    states = [says('refunding')]
    expect(await pay.open(['ord_1'])).toBe(false)
    expect(pay.phase.value).toBe('refunding')
  })

  it('stops asking where money that does not fit waits for a person', async () => {
    states = [says('disputed')]
    const pay = usePayment()
    expect(await pay.open(['ord_1'])).toBe(false)
    expect(pay.phase.value).toBe('disputed')
  })

  it('goes on with the second order of the confirmation', async () => {
    const pay = visit()
    states = [says('paid')]
    await pay.open(['ord_1', 'ord_2'])
    expect([pay.phase.value, pay.rest.value]).toEqual(['paid', 1])
    openPaySheet.mockResolvedValue('cancelled')
    await pay.next()
    expect(phone.askedFor('POST', '/orders/ord_2/payments')).toHaveLength(1)
    expect([pay.phase.value, pay.rest.value]).toEqual(['unpaid', 0])
  })
})
