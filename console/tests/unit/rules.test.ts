import { describe, expect, it } from 'vitest'
import { fieldOf, mappingOf, missingFields } from '@/pages/bank/mapping'
import { refundable } from '@/pages/orders/refundable'
import { differences } from '@/pages/remittances/differences'
import { lookOf } from '@/states'
import { detailLines } from '@/text/detail'
import type { Mapping, Refund } from '@/api/types'
import { ORDER, REFUND, REMITTANCE } from './samples'

describe('columns of a bank statement', () => {
  const guess: Mapping = {
    header_row: 2,
    booked_on: '日期',
    credit: '收入',
    payer_name: '户名',
    remark: '摘要',
    remark_more: ['附言'],
    date_format: 'ymd'
  }

  it('a guess fills the columns it names', () => {
    expect(fieldOf(guess, '收入')).toBe('credit')
    expect(fieldOf(guess, '附言')).toBe('remark')
    expect(fieldOf(guess, '余额')).toBe('')
  })

  it('what is needed and not chosen is named', () => {
    expect(missingFields({ 日期: 'booked_on', 户名: 'payer_name' })).toEqual(['摘要、附言（可多列）', '金额'])
    expect(missingFields({ a: 'booked_on', b: 'payer_name', c: 'remark', d: 'amount' })).toEqual([])
  })

  it('the choice becomes a mapping; several columns may be the remark', () =>
    expect(mappingOf({ A: 'booked_on', B: 'remark', C: 'remark', D: '' }, 2, 'ymd')).toMatchObject({
      booked_on: 'A',
      remark: 'B',
      remark_more: ['C'],
      header_row: 2
    }))
})

describe('a remittance beside its order', () => {
  const order = ORDER
  const remittance = REMITTANCE

  it('the same payer and amount have no differences', () =>
    expect(differences(order, remittance)).toEqual({}))

  it('brackets and blanks do not make another payer', () =>
    expect(
      differences(
        { ...order, unit_name: '示例(集团)公司' },
        { ...remittance, payer_name: '示例（集团） 公司' }
      ).payer
    ).toBeUndefined())

  it('another amount is told with its direction', () => {
    expect(differences(order, { ...remittance, amount_fen: order.amount_fen - 5_000 }).amount).toBe(
      '比订单少 50.00 元'
    )
    expect(differences(order, { ...remittance, amount_fen: order.amount_fen + 1 }).amount).toBe(
      '比订单多 0.01 元'
    )
  })
})

describe('refunds', () => {
  const made = (state: Refund['state']) => ({ ...REFUND, state, amount_fen: 10_000 })

  const order = (refunds: Refund[]) => ({
    state: 'paid' as const,
    received_fen: 0,
    amount_fen: 60_500,
    refunds
  })

  it('what was given back or is on its way cannot be given back again', () =>
    expect(refundable(order([made('success'), made('requested')]))).toBe(40_500))

  it('what was refused still can', () => expect(refundable(order([made('declined')]))).toBe(60_500))

  it('a transfer that goes back to its sender was never money of the order', () =>
    expect(refundable(order([{ ...made('success'), of_line: true }]))).toBe(60_500))

  it('of an order that waits for the rest, what came goes back', () =>
    expect(refundable({ ...order([]), state: 'pending_payment', received_fen: 20_000 })).toBe(20_000))
})

describe('words', () => {
  it('details of the audit trail are told in yuan and in Chinese', () =>
    expect(detailLines({ old_amount_fen: 60_500, reason: '录错', gone: null })).toEqual([
      { name: '原金额', value: '605.00 元' },
      { name: '原因', value: '录错' }
    ]))

  it('a state that nobody foresaw is quiet, never an error', () =>
    expect(lookOf('something_new').tone).toBe('quiet'))
})
