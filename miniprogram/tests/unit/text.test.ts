import { describe, expect, it } from 'vitest'
import { sumFen, yuan, yuanWithSign } from '@/text/money'
import { countdown, dateTime, friendlyTime, timeLeft } from '@/text/time'
import { digitsOnly, isMobilePhone, normaliseCode, normalisePhone, normaliseSearch } from '@/text/typed'
import { isUscc, taxNumberProblem } from '@/text/uscc'

describe('money', () => {
  it.each([
    [0, '0.00'],
    [1, '0.01'],
    [10, '0.10'],
    [99, '0.99'],
    [100, '1.00'],
    [126500, '1,265.00'],
    [100000000, '1,000,000.00'],
    [200000000, '2,000,000.00'],
    [-1005, '-10.05'],
    [9007199254740991, '90,071,992,547,409.91']
  ])('%i fen is %s yuan', (amount_fen, text) => {
    expect(yuan(amount_fen)).toBe(text)
  })

  it('has a sign in front', () => {
    expect(yuanWithSign(880)).toBe('¥8.80')
  })

  it.each([0.5, NaN, Infinity, 2 ** 53])('refuses %d, which is no exact number of fen', (amount_fen) => {
    expect(() => yuan(amount_fen)).toThrow(RangeError)
  })

  it('does not add beyond what is exact', () => {
    expect(sumFen([1, 2, 3])).toBe(6)
    expect(() => sumFen([Number.MAX_SAFE_INTEGER, 1])).toThrow(RangeError)
  })
})

describe('time', () => {
  const at_ms = Date.UTC(2026, 6, 31, 16, 5)

  it('is that of Beijing, wherever the phone is', () => {
    expect(dateTime(at_ms)).toBe('2026-08-01 00:05')
    expect(dateTime(Date.UTC(2024, 1, 28, 16, 0))).toBe('2024-02-29 00:00')
  })

  it('is short where the day is near', () => {
    expect(friendlyTime(at_ms, at_ms + 60_000)).toBe('今天 00:05')
    expect(friendlyTime(at_ms, at_ms + 3 * 86_400_000)).toBe('8月1日 00:05')
    expect(friendlyTime(at_ms, Date.UTC(2027, 5, 1))).toBe('2026年8月1日')
  })

  it('counts down and never below zero', () => {
    expect(countdown(300)).toBe('5:00')
    expect(countdown(59.2)).toBe('1:00')
    expect(countdown(-3)).toBe('0:00')
    expect(countdown(6580)).toBe('1 小时 49 分')
    expect(timeLeft(30 * 60_000, 0)).toBe('30 分钟')
    expect(timeLeft(5 * 3_600_000, 0)).toBe('5 小时')
    expect(timeLeft(72 * 3_600_000, 0)).toBe('3 天')
  })
})

describe('what people type', () => {
  it('loses full-width signs and doubled blanks before it is searched', () => {
    expect(normaliseSearch('　３１１０　５Ａ－１ ')).toBe('3110 5A-1')
  })

  it('becomes a clean code', () => {
    expect(normaliseCode(' 9150 0105ｍa5u-0qnw1p​')).toBe('91500105MA5U0QNW1P')
  })

  it('becomes a phone number', () => {
    expect(normalisePhone('+86 139 0000 0001')).toBe('13900000001')
    expect(digitsOnly('１２３-4')).toBe('1234')
    expect(isMobilePhone('13900000001')).toBe(true)
    expect(isMobilePhone('1390000000')).toBe(false)
    expect(isMobilePhone('02388888888')).toBe(false)
  })
})

describe('the credit code', () => {
  it('must carry the right check sign', () => {
    expect(isUscc('91350100M000100Y43')).toBe(true)
    expect(isUscc('91350100M000100Y44')).toBe(false)
    expect(isUscc('91350100M0001I0Y43')).toBe(false)
  })

  it('says in plain words what is wrong', () => {
    expect(taxNumberProblem('')).toContain('请填写')
    expect(taxNumberProblem('9135')).toContain('现在是 4 位')
    expect(taxNumberProblem('91350100M000100Y44')).toContain('逐位核对')
    expect(taxNumberProblem('91350100M000100Y43')).toBe('')
    expect(taxNumberProblem('123456789012345')).toBe('')
  })
})
