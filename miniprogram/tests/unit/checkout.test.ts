import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { useCheckout } from '@/pages/confirm/checkout'
import { selection } from '@/stores/selection'
import { session } from '@/stores/session'
import { phone, refusal, serverOf, type Answer } from './support/phone'
import { fee, preview, session as signedIn, summary, title } from './support/shapes'

const fees = [fee('a', 100), fee('b', 250), fee('c', 5)]
const chosen = (ids: string[]) => preview(fees.filter(({ id }) => ids.includes(id)))

let submits: Answer[] = []

beforeEach(() => {
  session.adopt(signedIn())
  selection.clear()
  submits = [{ status: 201, data: { orders: [summary()] } }]
  phone.server = serverOf({
    'POST /checkouts/preview': ({ data }) => {
      const wanted = data as { fee_ids?: string[] }
      return { data: chosen(wanted.fee_ids ?? ['a', 'b', 'c']) }
    },
    'POST /checkouts': () => (submits.length > 1 ? submits.shift()! : submits[0])
  })
})

const sent = () => phone.askedFor('POST', '/checkouts').map(({ data }) => data as Record<string, unknown>)

describe('the confirmation', () => {
  it('is complete without typing anything', async () => {
    const checkout = useCheckout()
    await checkout.load({ all_matching: {} })
    expect(checkout.amount_fen.value).toBe(355)
    expect(checkout.title.value).toEqual(title())
    expect(checkout.kinds.value).toEqual({ nontax: 'fiscal_receipt' })
    const orders = await checkout.submit()
    expect(orders).toHaveLength(1)
    expect(sent()[0]).toMatchObject({
      fee_ids: ['a', 'b', 'c'],
      expected_amount_fen: 355,
      method: 'online',
      invoice: { kind_by_group: { nontax: 'fiscal_receipt' }, title_id: 'ttl_1' },
      delivery: { kind: 'electronic' }
    })
  })

  it('sends the same key however often it must be repeated', async () => {
    const checkout = useCheckout()
    await checkout.load({ all_matching: {} })
    submits = ['offline', { status: 201, data: { orders: [summary()] } }]
    await expect(checkout.submit()).rejects.toMatchObject({ offline: true })
    await checkout.submit()
    const [first, second] = sent()
    expect(first.key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(second.key).toBe(first.key)
    expect(useCheckout()).toBeTruthy()
  })

  it('takes a new key on the next visit', async () => {
    for (const visit of [useCheckout(), useCheckout()]) {
      await visit.load({ all_matching: {} })
      await visit.submit()
    }
    const [one, other] = sent()
    expect(one.key).not.toBe(other.key)
  })

  it('shows what was asked for last, whatever comes late', async () => {
    const late: ((answer: Answer) => void)[] = []
    const answerNow = phone.server
    const checkout = useCheckout()
    phone.server = () => new Promise((resolve) => late.push(resolve))
    const asking = [checkout.load({ fee_ids: ['a'] }), checkout.load({ fee_ids: ['b'] })]
    await flushPromises()
    phone.server = answerNow
    await checkout.load({ fee_ids: ['c'] })
    late[0]({ data: chosen(['a']) })
    late[1]('offline')
    await Promise.all(asking)
    expect(checkout.preview.value?.fee_ids).toEqual(['c'])
  })

  it('lets a report be removed and brought back', async () => {
    const checkout = useCheckout()
    await checkout.load({ all_matching: {} })
    await checkout.remove(fees[1])
    expect(checkout.preview.value?.fee_ids).toEqual(['a', 'c'])
    expect([selection.count.value, selection.amount_fen.value]).toEqual([2, 105])
    await checkout.bringBack()
    expect(checkout.amount_fen.value).toBe(355)
    expect(checkout.removed.value).toEqual([])
  })

  it('is empty after the last report was removed, and can still be mended', async () => {
    const checkout = useCheckout()
    await checkout.load({ fee_ids: ['a'] })
    await checkout.remove(fees[0])
    expect(checkout.preview.value).toBeNull()
    await checkout.bringBack()
    expect(checkout.preview.value?.fee_ids).toEqual(['a'])
  })

  it('shows the new sum when fees changed meanwhile, and does not go on by itself', async () => {
    const checkout = useCheckout()
    await checkout.load({ all_matching: {} })
    submits = [refusal(409, 'fees_changed')]
    await expect(checkout.submit()).rejects.toMatchObject({ code: 'fees_changed' })
    expect(checkout.notice.value).toContain('请核对')
    expect(sent()).toHaveLength(1)
  })

  it('says why reports were left out', async () => {
    const checkout = useCheckout()
    phone.server = () => ({
      data: preview([fees[0]], { unavailable: [{ fee_id: 'b', reason: '已在另一笔订单里' }] })
    })
    await checkout.load({ fee_ids: ['a', 'b'] })
    expect(checkout.notice.value).toContain('有 1 份')
    expect(checkout.notice.value).toContain('已在另一笔订单里')
  })

  it('remembers how it was filled in', async () => {
    const first = useCheckout()
    await first.load({ all_matching: {} })
    first.delivery.value = {
      kind: 'post',
      recipient: '张三',
      phone: '13900000001',
      address: '重庆市江北区 1 号'
    }
    first.title.value = { ...title('ttl_9'), name: '另一个抬头' }
    first.remember()
    const later = useCheckout()
    await later.load({ all_matching: {} })
    expect(later.delivery.value).toMatchObject({ kind: 'post', recipient: '张三' })
    expect(later.title.value?.id).toBe('ttl_9')
  })

  it('forgets the selection once the orders exist', async () => {
    selection.toggle(fees[0])
    const checkout = useCheckout()
    await checkout.load(selection.request())
    await checkout.submit()
    expect(selection.count.value).toBe(0)
  })
})
