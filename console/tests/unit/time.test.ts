import { describe, expect, it } from 'vitest'
import { ago, dateTime, dayFromToday, distance, monthAway, monthGrid, thisMonth } from '@/text/time'

const LATE_EVENING_UTC = Date.UTC(2026, 11, 31, 16, 30)

describe('time', () => {
  it('instants are shown in Beijing time, across the end of a year', () =>
    expect(dateTime(LATE_EVENING_UTC)).toBe('2027-01-01 00:30'))

  it('days and months are counted in Beijing', () => {
    expect(dayFromToday(0, LATE_EVENING_UTC)).toBe('2027-01-01')
    expect(dayFromToday(-1, LATE_EVENING_UTC)).toBe('2026-12-31')
    expect(thisMonth(LATE_EVENING_UTC)).toBe('2027-01')
  })

  it('a promise says how long it still has, or how late it is', () => {
    expect(distance(50 * 3_600_000, 0)).toBe('还剩 2 天')
    expect(distance(0, 3 * 3_600_000)).toBe('逾期 3 小时')
    expect(distance(20_000, 0)).toBe('还剩 1 分钟')
  })

  it('what is fresh is told by age, what is old by date', () => {
    expect(ago(0, 30_000)).toBe('刚刚')
    expect(ago(0, 300_000)).toBe('5 分钟前')
    expect(ago(Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 9))).toBe('2026-01-01 08:00')
  })

  it('a month is rows of seven days that begin on Monday', () => {
    const grid = monthGrid('2026-11')
    expect(grid[0]).toEqual([null, null, null, null, null, null, '2026-11-01'])
    expect(grid.every((week) => week.length === 7)).toBe(true)
    expect(grid.flat().filter(Boolean)).toHaveLength(30)
  })

  it('months go over the end of a year', () => {
    expect(monthAway('2026-12', 1)).toBe('2027-01')
    expect(monthAway('2026-01', -1)).toBe('2025-12')
  })
})
