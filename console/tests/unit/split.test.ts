import { describe, expect, it } from 'vitest'
import { judge, suggestion, type Part } from '@/pages/bank/split'

const part = (order_id: string, missing_fen: number, typed: string): Part => ({
  order_id,
  order_no: order_id,
  unit_name: '',
  missing_fen,
  typed
})

describe('claiming a bank transaction', () => {
  it('one transfer pays several orders', () => {
    const split = judge([part('a', 60_500, '605'), part('b', 126_500, '1,265.00')], 187_000)
    expect(split).toMatchObject({ ok: true, left_fen: 0, sum_fen: 187_000 })
  })

  it('what is left stays unclaimed', () =>
    expect(judge([part('a', 60_500, '605')], 70_000)).toMatchObject({ ok: true, left_fen: 9_500 }))

  it('a part of an order is fine, more than it misses is not', () => {
    expect(judge([part('a', 60_500, '300')], 30_000).ok).toBe(true)
    expect(judge([part('a', 60_500, '605.01')], 100_000).problems).toEqual({ a: '超过这张订单还差的金额' })
  })

  it('more than came is refused', () =>
    expect(judge([part('a', 60_500, '605'), part('b', 60_500, '605')], 100_000)).toMatchObject({
      ok: false,
      left_fen: -21_000
    }))

  it('nothing chosen or nothing typed is no claim', () => {
    expect(judge([], 100).ok).toBe(false)
    expect(judge([part('a', 100, '')], 100).ok).toBe(false)
  })

  it('a new order is offered what it misses, as far as the money reaches', () => {
    expect(suggestion([], 100_000, 60_500)).toBe(60_500)
    expect(suggestion([part('a', 60_500, '605')], 100_000, 60_500)).toBe(39_500)
    expect(suggestion([part('a', 60_500, '1000')], 100_000, 60_500)).toBe(0)
  })
})
