import { describe, expect, it } from 'vitest'
import { parseYuan, yuan, yuanShort } from '@/text/money'

describe('money', () => {
  it.each([
    [0, '0.00'],
    [1, '0.01'],
    [60_500, '605.00'],
    [123_456_789, '1,234,567.89'],
    [-250, '-2.50'],
    [200_000_000_00, '200,000,000.00']
  ])('%d fen is shown as %s', (fen, text) => expect(yuan(fen)).toBe(text))

  it.each([
    ['605', 60_500],
    ['1,265.5', 126_550],
    ['¥ 0.01', 1],
    ['８００．０５', 80_005],
    ['12,345.67元', 1_234_567],
    ['0.29', 29]
  ])('what is typed as %s becomes %d fen exactly', (typed, fen) => expect(parseYuan(typed)).toBe(fen))

  it.each(['', 'abc', '1.234', '-5', '1e3', '.5'])('%j is no amount', (typed) =>
    expect(parseYuan(typed)).toBeNull()
  )

  it('large amounts on an axis are shortened', () => expect(yuanShort(12_340_000)).toBe('12.3 万'))
})
